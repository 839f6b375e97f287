"""Layers over several ranks, seen from one whose others are played by the test or that is alone in its group."""

# B images, C channels, H x W pixels

import pytest
import torch
from torch import nn

from fudemoji.errors import SettingsError
from fudemoji.launch import Launch
from fudemoji.models import build_model
from fudemoji.models.layers import HalfDropout
from fudemoji.models.spread import SharedBatchNorm, SharedDropout, own_statistics, spread
from fudemoji.ranks import ALONE, Ranks

TWO = Ranks(Launch(rank=1, size=2))


class Mirrored(Ranks):
    """Two ranks with the same images: what the other says is what this one says."""

    def add_up(self, tensor):
        return tensor.mul_(2)

    def gather(self, tensor):
        return torch.stack([tensor, tensor])


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 5), (6, 3, 5, 4), (4, 3, 2, 5, 4)])
@pytest.mark.parametrize("momentum", [0.1, None])
def test_batch_norm_over_two_ranks_is_that_of_both_batches(shape, momentum):
    torch.manual_seed(0)
    kind = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}[len(shape)]
    plain = kind(3, momentum=momentum)
    nn.init.uniform_(plain.weight)
    nn.init.normal_(plain.bias)
    shared = SharedBatchNorm.of(kind(3, momentum=momentum), Mirrored(Launch(size=2)))
    shared.load_state_dict(plain.state_dict())
    x = torch.randn(shape) * 3 + 1
    ours, both = x.clone().requires_grad_(), torch.cat([x, x]).requires_grad_()
    weights = torch.randn(shape)
    for _ in range(2):
        (shared(ours) * weights).sum().backward()
        (plain(both) * torch.cat([weights, weights])).sum().backward()
    torch.testing.assert_close(ours.grad, both.grad[: len(x)])
    torch.testing.assert_close(2 * shared.weight.grad, plain.weight.grad)
    torch.testing.assert_close(2 * shared.bias.grad, plain.bias.grad)
    torch.testing.assert_close(shared.state_dict(), plain.state_dict())
    torch.testing.assert_close(shared.eval()(x), plain.eval()(x))


def test_in_bf16_the_values_stay_bf16():
    shared = SharedBatchNorm.of(nn.BatchNorm2d(3), Mirrored(Launch(size=2)))
    x = torch.randn(4, 3, 5, 5, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)
    x.requires_grad_()
    normed = shared(x)
    normed.float().pow(2).sum().backward()
    assert normed.dtype == x.grad.dtype == torch.bfloat16


@pytest.mark.parametrize("layer", [nn.Dropout(0.3), HalfDropout()])
def test_a_rank_drops_what_one_process_would(layer):
    x = torch.rand(7, 4, 6) + 1
    torch.manual_seed(3)
    whole = layer(x)
    shared = SharedDropout(layer, TWO)
    torch.manual_seed(3)
    with TWO.slice_of(7):
        part = shared(x[3:])
    torch.testing.assert_close(part, whole[3:])
    assert shared.eval()(x) is x


def test_names_and_parameters_stay_and_alone_all_does():
    model = build_model("fude-s", num_classes=4, image_size=12)
    before = dict(model.named_parameters())
    state = list(model.state_dict())
    assert spread(model, ALONE, sync_bn=True) is model
    assert not any(isinstance(module, SharedBatchNorm) for module in model.modules())
    spread(model, TWO, sync_bn=True)
    assert list(model.state_dict()) == state
    assert all(parameter is before[name] for name, parameter in model.named_parameters())
    assert own_statistics(model) == []


def test_norms_that_stay_alone_have_statistics_of_their_own():
    model = spread(build_model("fude-s", num_classes=4, image_size=12), TWO, sync_bn=False)
    assert len(own_statistics(model)) == 2 * sum(isinstance(m, nn.BatchNorm2d) for m in model.modules()) > 0


def test_timms_norms_keep_their_activation():
    layers = pytest.importorskip("timm.layers")
    plain = layers.BatchNormAct2d(3)
    shared = spread(nn.Sequential(layers.BatchNormAct2d(3)), Mirrored(Launch(size=2)), sync_bn=True)
    x = torch.randn(4, 3, 5, 5)
    torch.testing.assert_close(shared(x), plain(torch.cat([x, x]))[:4])


def test_a_norm_of_an_unknown_kind_is_refused():
    class OwnNorm(nn.BatchNorm2d):
        pass

    message = "^ranks cannot share the statistics of a OwnNorm; pass --no-sync-bn, so that each normalises its own part"
    with pytest.raises(SettingsError, match=message):
        spread(nn.Sequential(OwnNorm(3)), TWO, sync_bn=True)
    assert type(spread(nn.Sequential(OwnNorm(3)), TWO, sync_bn=False)[0]) is OwnNorm
