import typing

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from builders import OPTIMISERS, differing, optim, random_batches, small_net, tensors_of
from fudemoji.config import OptimSettings
from fudemoji.engine import optim as module
from fudemoji.engine.optim import Optimiser
from fudemoji.errors import RunError, SettingsError

RATES = [0.01, 0.03, 0.02, 0.005, 0.001]
MOMENTA = [0.95, 0.9, 0.85, 0.9, 0.95]


def plain(opt, parameter):
    """Torch's own optimiser for one parameter; norms and biases are not decayed."""
    decay = 0.01 if parameter.ndim > 1 else 0.0
    if opt == "sgd":
        return torch.optim.SGD([parameter], momentum=0.9, nesterov=True, weight_decay=decay)
    if opt == "adam":
        return torch.optim.Adam([parameter], betas=(0.9, 0.99), weight_decay=decay)
    if opt == "adamw":
        return torch.optim.AdamW([parameter], betas=(0.9, 0.99), weight_decay=decay)
    if opt == "adagrad":
        return torch.optim.Adagrad([parameter], weight_decay=decay, initial_accumulator_value=0.1, eps=1e-7)
    return torch.optim.RMSprop([parameter], momentum=0.9, weight_decay=decay)


def gradients(net, batches, step):
    images, labels = batches.at(step)
    return torch.autograd.grad(cross_entropy(net(images), labels), list(net.parameters()))


@pytest.mark.parametrize("opt", OPTIMISERS)
def test_it_steps_like_the_plain_torch_optimiser_of_every_single_parameter(opt):
    ours, theirs, batches = small_net(), small_net(), random_batches(5)
    optimiser = Optimiser(ours, optim(opt))
    singles = [plain(opt, parameter) for parameter in theirs.parameters()]
    for step, (lr, momentum) in enumerate(zip(RATES, MOMENTA, strict=True)):
        for parameter, gradient in zip(ours.parameters(), gradients(ours, batches, step), strict=True):
            parameter.grad = gradient
        optimiser.set(lr=lr, momentum=momentum)
        optimiser.step()
        for parameter, gradient in zip(theirs.parameters(), gradients(theirs, batches, step), strict=True):
            parameter.grad = gradient
        for single in singles:
            group = single.param_groups[0]
            group["lr"] = lr
            if "betas" in group:
                group["betas"] = (momentum, 0.99)
            elif opt != "adagrad":
                group["momentum"] = momentum
            single.step()
    for mine, plain_one in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, plain_one, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("opt", OPTIMISERS)
def test_norms_and_biases_are_not_decayed_and_filters_and_matrices_are(opt):
    net = small_net()
    before = tensors_of(net)
    optimiser = Optimiser(net, optim(opt, weight_decay=0.5))
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.set(lr=0.1, momentum=0.9)
    optimiser.step()
    for name, parameter in net.named_parameters():
        assert torch.equal(parameter, before[name]) == (parameter.ndim < 2), name


def test_a_step_forgets_the_gradient():
    net = small_net()
    optimiser = Optimiser(net, optim())
    cross_entropy(net(torch.randn(4, 1, 6, 6)), torch.zeros(4, dtype=torch.int64)).backward()
    optimiser.step()
    assert all(parameter.grad is None for parameter in net.parameters())


def test_the_gradient_is_clipped_to_the_norm_asked_for():
    net = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(net.weight)
    optimiser = Optimiser(net, optim("sgd", clip_grad=1.0, momentum=0.0, weight_decay=0.0))
    net.weight.grad = torch.tensor([[30.0, 40.0]])
    optimiser.set(lr=1.0, momentum=0.0)
    optimiser.step()
    torch.testing.assert_close(net.weight.data, torch.tensor([[-0.6, -0.8]]), rtol=1e-5, atol=1e-6)


def test_frozen_parameters_stay():
    net = small_net()
    net[0].requires_grad_(False)
    before = tensors_of(net)
    optimiser = Optimiser(net, optim(weight_decay=0.5))
    cross_entropy(net(torch.randn(4, 1, 6, 6)), torch.zeros(4, dtype=torch.int64)).backward()
    optimiser.set(lr=1.0, momentum=0.0)
    optimiser.step()
    changed = differing(tensors_of(net), before)
    assert "5.weight" in changed
    assert not {"0.weight", "0.bias"} & set(changed)


@pytest.mark.parametrize("opt", ["sgd", "adamw"])
def test_rates_by_depth_are_those_of_a_plain_optimiser_for_each_group(opt):
    """Body of two filters and a norm, then the head: 1/100, 1/10 and 1 of the rate."""

    def net():
        with torch.random.fork_rng([]):
            torch.manual_seed(0)
            return nn.Sequential(
                nn.Conv2d(1, 3, 3, bias=False),
                nn.BatchNorm2d(3),
                nn.Conv2d(3, 3, 3),
                nn.Flatten(),
                nn.Linear(12, 4),
            )

    ours, theirs, batches = net(), net(), random_batches(4)
    optimiser = Optimiser(ours, optim(opt, body_lr=0.01))
    shares = [0.01] * 3 + [0.1] * 2 + [1.0] * 2
    singles = [plain(opt, parameter) for parameter in theirs.parameters()]
    for step, lr in enumerate((0.1, 0.2, 0.05)):
        for parameter, gradient in zip(ours.parameters(), gradients(ours, batches, step), strict=True):
            parameter.grad = gradient
        optimiser.set(lr=lr, momentum=0.9)
        optimiser.step()
        for parameter, gradient in zip(theirs.parameters(), gradients(theirs, batches, step), strict=True):
            parameter.grad = gradient
        for share, single in zip(shares, singles, strict=True):
            single.param_groups[0]["lr"] = lr * share
            single.step()
    for mine, plain_one in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, plain_one, rtol=1e-5, atol=1e-6)


def test_a_frozen_body_needs_no_gradient_and_its_norms_do():
    net = small_net()
    optimiser = Optimiser(net, optim())
    optimiser.freeze(frozen=True)
    assert [n for n, p in net.named_parameters() if not p.requires_grad] == ["0.weight"]
    optimiser.freeze(frozen=False)
    assert all(p.requires_grad for p in net.parameters())


def test_state_of_another_model_is_refused():
    optimiser = Optimiser(small_net(), optim())
    with pytest.raises(
        RunError, match=r"^the checkpoint's optimiser has a parameter '7\.weight' that this model lacks$"
    ):
        optimiser.load([("momentum_buffer/7.weight", torch.zeros(1))])


def test_every_optimiser_of_the_settings_is_there():
    choices = set(typing.get_args(OptimSettings.model_fields["opt"].annotation))
    assert choices == set(module.OPTIMISERS) == set(OPTIMISERS)


def test_an_unknown_optimiser_is_told_with_the_nearest():
    with pytest.raises(SettingsError, match=r"^unknown optimiser 'adamm' \(did you mean 'adam'\?\); known: "):
        Optimiser(small_net(), OptimSettings.model_construct(opt="adamm", weight_decay=0.0))
