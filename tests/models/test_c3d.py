# B clips, C channels, T frames, H x W pixels, K classes

import pytest
import torch
import torchvision
from torch import nn

from fudemoji.errors import SettingsError
from fudemoji.models import build_model, num_parameters
from fudemoji.models.layers import ClipConv

BLOG = {"in_channels": 3, "num_classes": 8, "image_size": 112, "num_frames": 16}


def on_paper(name, **values):
    with torch.device("meta"):
        return build_model(name, **values)


def counted(ins, num_classes, features):
    """The parameters of C3D, added up from its description."""
    widths, count = (64, 128, 256, 256, 512, 512, 512, 512), 0
    for width in widths:
        count += 27 * ins * width + width  # 3x3x3 filters and their biases
        count += 2 * width  # scale and shift of the norm
        ins = width
    for outs in (4096, 4096, num_classes):
        count += features * outs + outs
        features = outs
    return count


def test_c3d_has_the_layers_and_the_parameters_of_its_description():
    net = on_paper("c3d", **BLOG)
    dense = [m for m in net if isinstance(m, nn.Linear)]
    assert [m.in_features for m in dense] == [8192, 4096, 4096]
    assert dense[-1].out_features == 8
    assert [m.out_channels for m in net if isinstance(m, nn.Conv3d)] == [64, 128, 256, 256, *[512] * 4]
    assert num_parameters(net) == counted(3, 8, 8192) == 78_034_056
    kinds = [type(m) for m in net if isinstance(m, nn.Conv3d | nn.MaxPool3d | nn.BatchNorm3d)]
    conv, pool = [ClipConv, nn.BatchNorm3d], [nn.MaxPool3d]
    assert kinds == conv + pool + conv + pool + (2 * conv + pool) * 3
    pools = [m for m in net if isinstance(m, nn.MaxPool3d)]
    assert [m.kernel_size for m in pools] == [(1, 2, 2), *[(2, 2, 2)] * 4]
    assert [m.padding for m in pools] == [*[(0, 0, 0)] * 4, (0, 1, 1)]


def test_the_maps_of_c3d_shrink_as_described():
    net, x = on_paper("c3d", **BLOG), torch.empty(1, 3, 16, 112, 112, device="meta")
    sizes = []
    for module in net:
        x = module(x)
        if isinstance(module, nn.MaxPool3d):
            sizes.append(tuple(x.shape[1:]))
    assert sizes == [(64, 16, 56, 56), (128, 8, 28, 28), (256, 4, 14, 14), (512, 2, 7, 7), (512, 1, 4, 4)]
    assert x.shape == (1, 8)


@pytest.mark.parametrize("num_frames", [1, 2, 3, 5, 8, 16, 33])
@pytest.mark.parametrize("size", [(8, 8), (17, 9), (32, 32), (48, 64)])
@pytest.mark.parametrize("name", ["c3d", "r3d_18"])
def test_clips_of_other_sizes_pass(name, num_frames, size):
    net = on_paper(name, in_channels=1, num_classes=3, image_size=size, num_frames=num_frames)
    assert net(torch.empty(2, 1, num_frames, *size, device="meta")).shape == (2, 3)
    if name == "c3d":
        features = next(m for m in net if isinstance(m, nn.Linear)).in_features
        assert num_parameters(net) == counted(1, 3, features)


def test_an_untrained_c3d_guesses_evenly_and_its_activations_keep_their_size():
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        net = build_model("c3d", in_channels=3, num_classes=4, image_size=16, num_frames=4)
        probs_BK = net(torch.randn(4, 3, 4, 16, 16)).softmax(1)
        assert probs_BK.min() > 0.02
        assert 0.3 < net[:-1](torch.randn(4, 3, 4, 16, 16)).std() < 3


def test_r3d_18_is_torchvisions():
    theirs = torchvision.models.video.r3d_18(num_classes=4).eval()
    ours = build_model("r3d_18", in_channels=3, num_classes=4, image_size=24, num_frames=4).eval()
    ours.load_state_dict(theirs.state_dict())
    clips = torch.randn(2, 3, 4, 24, 24)
    torch.testing.assert_close(ours(clips), theirs(clips))


def test_r3d_18_takes_grey_clips():
    grey, colour = (
        on_paper("r3d_18", in_channels=channels, num_classes=4, image_size=24, num_frames=4)
        for channels in (1, 3)
    )
    assert num_parameters(colour) - num_parameters(grey) == 2 * 64 * 3 * 7 * 7


def test_a_model_for_images_refuses_clips_and_names_those_that_take_them():
    message = r"^model resnet18 reads images, not clips of 16 frames; for clips take c3d or r3d_18, .* recipe clips$"
    with pytest.raises(SettingsError, match=message):
        build_model("resnet18", num_classes=4, num_frames=16)


def test_a_model_for_clips_refuses_images_and_names_those_that_take_them():
    message = r"^model c3d reads clips, not images; for images take one of: mlp, cnn, fude-s, .*, resnet50$"
    with pytest.raises(SettingsError, match=message):
        build_model("c3d", num_classes=4)


@pytest.mark.parametrize("num_frames", [1, 2, 3, 4, 8])
def test_the_convolution_of_clips_is_torchs_own_for_any_number_of_frames(num_frames):
    ours, theirs = ClipConv(3, 5), nn.Conv3d(3, 5, 3, padding=1)
    theirs.load_state_dict(ours.state_dict())
    clips_BCTHW = torch.randn(2, 3, num_frames, 6, 7)
    assert torch.allclose(ours(clips_BCTHW), theirs(clips_BCTHW), atol=1e-6)


@pytest.mark.parametrize("num_frames", [1, 2, 3, 4, 8])
def test_its_bf16_gradient_is_near_that_of_fp32(num_frames):
    torch.manual_seed(0)
    conv, clips_BCTHW = ClipConv(32, 32), torch.randn(8, 32, num_frames, 4, 4)
    gradients = []
    for enabled in (False, True):
        conv.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            out = conv(clips_BCTHW)
        out.float().square().sum().backward()
        gradients.append(conv.weight.grad.clone())
    right, found = gradients
    assert (found - right).norm() < 0.02 * right.norm()
