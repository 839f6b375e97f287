# B images, C channels, H x W pixels, K classes

import functools

import pytest
import torch
import torchvision
from torch import nn
from torch.nn.functional import cross_entropy

from builders import random_states
from fudemoji.config.settings import CLIP_MODEL_NAMES, MODEL_NAMES
from fudemoji.errors import SettingsError
from fudemoji.models import CLIP_MODELS, MODELS, build_model, num_parameters
from fudemoji.models.resnet import Conv, _live_taps
from fudemoji.models.zoo import count_parameters

RESNETS = ("resnet18", "resnet34", "resnet50")
VGGS = ("vgg16_bn", "vgg19_bn")
LIGHT = [name for name in MODELS if name not in (*RESNETS, *VGGS, *CLIP_MODELS)]
LEAST = {"keras-cats-dogs": 10}  # pixels, where it is not 8


def build(name, **values):
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        return build_model(name, **{"num_classes": 10, "num_frames": frames_of(name), **values})


def frames_of(name):
    return 4 if name in CLIP_MODELS else 0


def test_the_names_known_before_torch_are_the_models_there_are():
    assert sorted(MODELS) == sorted(MODEL_NAMES)
    assert sorted(CLIP_MODELS) == sorted(CLIP_MODEL_NAMES)


@pytest.mark.parametrize(
    ("name", "stem", "count"),
    [("mlp", "auto", 89_610), ("cnn", "auto", 540_298), ("resnet34", "standard", 21_283_530)],
)
def test_the_reports_models_have_its_parameters_to_the_last_one(name, stem, count):
    assert num_parameters(build(name, stem=stem)) == count


@pytest.mark.parametrize("name", RESNETS)
@pytest.mark.parametrize(("channels", "num_classes"), [(3, 1000), (1, 10), (3, 49)])
def test_resnets_have_torchvisions_parameters(name, channels, num_classes):
    with torch.device("meta"):
        theirs = num_parameters(getattr(torchvision.models, name)(num_classes=num_classes))
        ours = build_model(name, in_channels=channels, num_classes=num_classes, image_size=224)
    assert num_parameters(ours) == theirs - (3 - channels) * 64 * 49


@pytest.mark.parametrize("name", RESNETS)
def test_the_small_stem_is_one_3x3_convolution(name):
    with torch.device("meta"):
        small, standard = (build_model(name, num_classes=10, stem=stem) for stem in ("small", "standard"))
    assert num_parameters(standard) - num_parameters(small) == 64 * (49 - 9)
    assert isinstance(small.maxpool, nn.Identity)


def test_auto_takes_the_small_stem_up_to_64_pixels():
    with torch.device("meta"):
        sizes = [
            build_model("resnet18", num_classes=2, image_size=s).conv1.kernel_size for s in (64, 65, (64, 80))
        ]
    assert sizes == [(3, 3), (7, 7), (7, 7)]


def test_parameters_are_counted_without_memory_for_them():
    assert count_parameters("cnn", in_channels=1, num_classes=10, image_size=(28, 28)) == 540_298


CASES = [(name, 3, (17, LEAST.get(name, 9)), 2) for name in MODELS]
CASES += [(name, 1, size, 10) for name in LIGHT for size in ((28, 28), (LEAST.get(name, 8),) * 2)]


@pytest.mark.parametrize(("name", "channels", "size", "num_classes"), CASES)
def test_every_model_goes_forward_and_backward(name, channels, size, num_classes):
    net = build(name, in_channels=channels, num_classes=num_classes, image_size=size)
    frames = [frames_of(name)] if name in CLIP_MODELS else []
    logits_BK = net(torch.randn(3, channels, *frames, *size))
    assert logits_BK.shape == (3, num_classes)
    cross_entropy(logits_BK, torch.tensor([0, 1, 1])).backward()
    for parameter_name, parameter in net.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name
        assert not parameter_name.endswith("bias") or parameter.ndim == 1


@pytest.mark.parametrize("name", LIGHT)
def test_the_same_seed_gives_the_same_weights_and_they_are_finite(name):
    one, other = build(name).state_dict(), build(name).state_dict()
    assert all(torch.equal(value, other[key]) for key, value in one.items())
    assert all(value.isfinite().all() for value in one.values())


def test_building_draws_from_the_global_state_and_counting_does_not():
    before = random_states()
    count_parameters("fude-s", in_channels=1, num_classes=10, image_size=(28, 28))
    assert random_states() == before


# --- equal to torchvision --------------------------------------------------------------------------------------


@functools.cache
def both(name, *, channels, stem):
    """Our ResNet and torchvision's with the same first layers and a copy of the same weights."""
    ours = build(name, in_channels=channels, num_classes=5, stem=stem)
    with torch.device("meta"):
        theirs = getattr(torchvision.models, name)(num_classes=5)
        if stem == "small":
            theirs.conv1 = nn.Conv2d(channels, 64, 3, padding=1, bias=False)
            theirs.maxpool = nn.Identity()
        elif stem == "wide":
            theirs.conv1 = nn.Conv2d(channels, 64, 7, padding=3, bias=False)
            theirs.maxpool = nn.Identity()
        else:
            theirs.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
    theirs = theirs.to_empty(device="cpu")
    theirs.load_state_dict(ours.state_dict())
    return ours.eval(), theirs.eval()


@pytest.mark.parametrize(
    ("name", "stem", "channels", "size"),
    [
        ("resnet18", "standard", 1, 28),  # last maps 1x1: eight of nine taps are left out
        ("resnet18", "standard", 1, 32),
        ("resnet18", "standard", 1, 64),  # last maps 2x2
        ("resnet18", "standard", 1, 136),  # last maps 5x5, from odd ones
        ("resnet18", "small", 3, 12),
        ("resnet18", "small", 3, 28),
        ("resnet18", "wide", 1, 28),
        ("resnet50", "standard", 3, 28),
    ],
)
def test_outputs_and_gradients_are_torchvisions(name, stem, channels, size):
    images_BCHW, labels_B = torch.randn(2, channels, size, size), torch.tensor([4, 2])
    answers = []
    for net in both(name, channels=channels, stem=stem):
        logits_BK = net(images_BCHW)
        net.zero_grad()
        cross_entropy(logits_BK, labels_B).backward()
        answers.append((logits_BK, [parameter.grad for parameter in net.parameters()]))
    (mine, my_gradients), (other, other_gradients) = answers
    torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-4)
    for ours, theirs in zip(my_gradients, other_gradients, strict=True):
        assert (ours - theirs).norm() <= 1e-4 * theirs.norm()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("side", [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (1, 5), (3, 3), (2, 7), (8, 8)])
def test_a_convolution_that_leaves_out_dead_taps_is_the_whole_convolution(side, size, stride):
    ours = Conv(2, 3, size, stride=stride).double()
    theirs = nn.Conv2d(2, 3, size, stride=stride, padding=size // 2, bias=False).double()
    theirs.load_state_dict(ours.state_dict())
    images = torch.randn(2, 2, *side, dtype=torch.float64, requires_grad=True)
    copied = images.detach().clone().requires_grad_()
    one, other = ours(images), theirs(copied)
    torch.testing.assert_close(one, other)
    (one.sin().sum() + other.sin().sum()).backward()
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)
    torch.testing.assert_close(images.grad, copied.grad)


@pytest.mark.parametrize("side", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [3, 7])
def test_the_live_taps_are_those_that_meet_a_pixel(side, stride, size):
    ones = torch.ones(1, 1, 1, side)
    outs = (side + 2 * (size // 2) - size) // stride + 1
    met = []
    for tap in range(size):
        filters = torch.zeros(1, 1, 1, size)
        filters[..., tap] = 1
        answer = nn.functional.conv2d(ones, filters, stride=(1, stride), padding=(0, size // 2))
        assert answer.shape[-1] == outs
        met.append(bool(answer.any()))
    first, end = _live_taps(side, size=size, stride=stride)
    assert met == [first <= tap < end for tap in range(size)]


# --- what makes no sense ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in MODELS if name != "mlp"])
def test_an_image_that_is_too_small_is_told(name):
    least = LEAST.get(name, 8)
    with pytest.raises(SettingsError, match=rf"^model {name} .*{least}x{least}") as caught:
        build(name, image_size=(7, 28))
    assert "7x28" in str(caught.value)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("values", [{"in_channels": 0}, {"num_classes": 1}, {"image_size": 0}])
def test_counts_that_make_no_sense_are_told(name, values):
    with pytest.raises(
        SettingsError, match=rf"^model {name} cannot take .*; it needs a channel, a pixel and two"
    ):
        build(name, **values)


def test_an_unknown_model_is_told_with_the_nearest():
    with pytest.raises(
        SettingsError, match=r"^unknown model 'resent34' \(did you mean 'resnet34'\?\); known: c3d, cnn, "
    ):
        build("resent34")


def test_a_stem_for_a_model_without_one_is_told():
    with pytest.raises(SettingsError, match=r"^model cnn has no stem to choose; stem is for resnet18, "):
        build("cnn", stem="small")
