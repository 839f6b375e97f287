# B images, C channels, H x W pixels

import numpy as np
import pytest
import torch
from torch import nn

from builders import CPU, tensors_of
from fudemoji.data.batches import Pixels
from fudemoji.engine.gradcam import feature_map, grad_cam
from fudemoji.errors import DataError, SettingsError
from fudemoji.models import CLIP_MODELS, MODELS, build_model
from fudemoji.runtime import Runtime

UNIT = Pixels((0.0,), (255.0,))
RGB = Pixels((0.0,) * 3, (255.0,) * 3)


class Planted(nn.Module):
    """Class 1 is how bright the image is where channel 0 looks, class 2 how bright where channel 1 looks."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1, bias=False)
        self.body = nn.Sequential(self.conv, nn.ReLU(inplace=True))
        self.head = nn.Linear(2, 3, bias=False)
        nn.init.ones_(self.conv.weight)
        with torch.no_grad():
            self.head.weight.copy_(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, -1.0]]))

    def forward(self, x):
        return self.head(self.body(x).mean(dim=(2, 3)))


def spot(*, top, left, side=12):
    image = np.zeros((1, 1, side, side), np.uint8)
    image[..., top : top + 3, left : left + 3] = 200
    return torch.from_numpy(image)


def cam(model, images, classes, **how):
    return grad_cam(model, images, torch.tensor(classes), pixels=UNIT, runtime=CPU, **how)


@pytest.mark.parametrize(("top", "left"), [(0, 0), (5, 2), (9, 9)])
def test_the_heat_lies_where_the_evidence_is(top, left):
    heat = cam(Planted(), spot(top=top, left=left), [1])
    assert heat.shape == (1, 12, 12)
    expected = np.zeros((12, 12))
    expected[top : top + 3, left : left + 3] = 1
    assert heat[0] == pytest.approx(expected)


def test_what_speaks_against_a_class_leaves_no_heat():
    assert (cam(Planted(), spot(top=2, left=2), [2]) == 0).all()


def test_a_trained_net_looks_at_the_sign_and_not_at_the_noise_around_it():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 90, (160, 1, 24, 24)).astype(np.uint8)
    labels = np.arange(160) % 2
    corners = rng.integers(0, 16, (160, 2))
    for image, label, (top, left) in zip(images[:, 0], labels, corners, strict=True):
        sign = np.tri(8) if label else np.eye(8)
        image[top : top + 8, left : left + 8] = np.where(sign, 250, 10)
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 2),
    )  # fmt: skip
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    inputs, targets = torch.from_numpy(images).float() / 255, torch.from_numpy(labels)
    for _ in range(60):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(inputs), targets).backward()
        optimiser.step()
    solid = np.flatnonzero(labels)
    assert (net(inputs).argmax(1) == targets).float().mean() > 0.95
    heat = cam(net, torch.from_numpy(images[solid]), [1] * len(solid))
    inside = 0.0
    for map_HW, (top, left) in zip(heat, corners[solid], strict=True):
        inside += map_HW[max(0, top - 2) : top + 10, max(0, left - 2) : left + 10].sum() / map_HW.sum()
    assert inside / len(solid) > 0.6  # of the heat, on a quarter of the image at most


def test_it_is_the_formula_of_the_paper_written_out():
    torch.manual_seed(1)
    conv, head = nn.Conv2d(1, 3, 3, padding=1), nn.Linear(3 * 16, 4)
    net = nn.Sequential(conv, nn.ReLU(), nn.Flatten(), head)
    image = torch.randint(0, 256, (1, 1, 4, 4), dtype=torch.uint8)
    maps = conv(image.float() / 255).relu().detach()[0]
    weights = head.weight[2].detach().reshape(3, 16).mean(1)
    expected = (weights[:, None, None] * maps).sum(0).relu()
    assert cam(net, image, [2])[0] == pytest.approx((expected / expected.max()).numpy(), abs=1e-6)


def test_of_two_classes_the_difference_counts_and_of_labels_each_for_itself():
    torch.manual_seed(1)
    conv, head = nn.Conv2d(1, 3, 3, padding=1), nn.Linear(3, 2)
    net = nn.Sequential(conv, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    image = torch.randint(0, 256, (1, 1, 8, 8), dtype=torch.uint8)
    maps = conv(image.float() / 255).relu().detach()[0]
    weights = head.weight.detach()

    def expected(weight_C):
        heat = (weight_C[:, None, None] * maps).sum(0).relu()
        return (heat / heat.max().clamp_min(1e-38)).numpy()

    assert cam(net, image, [1])[0] == pytest.approx(expected(weights[1] - weights[0]), abs=1e-6)
    assert cam(net, image, [1], multi_label=True)[0] == pytest.approx(expected(weights[1]), abs=1e-6)


IMAGE_MODELS = sorted(MODELS.keys() - CLIP_MODELS.keys() - {"mlp"})


@pytest.mark.parametrize("name", IMAGE_MODELS)
@pytest.mark.parametrize("classes", [2, 5])
def test_every_convolutional_model_of_the_zoo_has_a_map_with_places(name, classes):
    torch.manual_seed(0)
    model = build_model(name, in_channels=3, num_classes=classes, image_size=32).eval()
    for layer in model.modules():
        if isinstance(layer, nn.Linear) and not layer.weight.any():
            nn.init.normal_(layer.weight)  # a head that starts from 0 speaks for nothing
    before = tensors_of(model)
    images = torch.randint(0, 256, (1, 3, 32, 32), dtype=torch.uint8).expand(classes, 3, 32, 32)
    heat = grad_cam(model, images, torch.arange(classes), pixels=RGB, runtime=CPU)
    assert heat.shape == (classes, 32, 32)
    assert ((heat >= 0) & (heat <= 1)).all()
    assert heat.any()
    assert all(torch.equal(value, before[key]) for key, value in tensors_of(model).items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("name", sorted(CLIP_MODELS))
def test_of_clips_every_frame_has_its_map(name):
    torch.manual_seed(0)
    model = build_model(name, in_channels=3, num_classes=5, image_size=32, num_frames=8).eval()
    clips = torch.randint(0, 256, (2, 3, 8, 32, 32), dtype=torch.uint8)
    runtime = Runtime(torch.device("cpu"), "fp32", channels_last=True)
    heat = grad_cam(model, clips, torch.tensor([0, 4]), pixels=RGB, runtime=runtime)
    assert heat.shape == (2, 8, 32, 32)
    assert heat.max() <= 1


@pytest.mark.parametrize(
    ("name", "channels", "side"),
    [
        ("resnet18", 512, 7),
        ("mobilenetv3_small_050", 288, 7),
        ("efficientnet_b0", 1280, 7),
        ("convnext_atto", 320, 7),
        ("densenet121", 1024, 7),
        ("regnetx_002", 368, 7),
    ],
)
def test_the_map_of_a_timm_model_is_its_last_convolutional_one(name, channels, side):
    pytest.importorskip("timm")
    model = build_model(f"timm/{name}", in_channels=3, num_classes=4, image_size=224).eval()
    assert feature_map(model, torch.zeros(1, 3, 224, 224)).shape == (channels, side, side)
    heat = grad_cam(
        model,
        torch.randint(0, 256, (1, 3, 224, 224), dtype=torch.uint8),
        torch.tensor([1]),
        pixels=RGB,
        runtime=CPU,
    )
    assert heat.shape == (1, 224, 224)


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "mixer_s32_224"])
def test_a_model_of_tokens_is_refused(name):
    pytest.importorskip("timm")
    model = build_model(f"timm/{name}", in_channels=3, num_classes=4, image_size=224).eval()
    message = (
        rf"^model {name} has no Grad-CAM: behind its convolutions it works on tokens, as transformers do$"
    )
    with pytest.raises(SettingsError, match=message):
        feature_map(model, torch.zeros(1, 3, 224, 224), name=f"model {name}")


def test_a_model_without_convolutions_is_refused_with_the_reason():
    model = build_model("mlp", num_classes=4, image_size=12)
    message = (
        r"^model mlp has no Grad-CAM: it has no convolution over an image, so no feature map with places$"
    )
    with pytest.raises(SettingsError, match=message):
        cam(model, spot(top=0, left=0), [1], name="model mlp")


def test_images_and_classes_must_be_as_many():
    with pytest.raises(DataError, match=r"^Grad-CAM for 1 images and 2 classes$"):
        cam(Planted(), spot(top=0, left=0), [1, 2])
    with pytest.raises(DataError, match=r"^Grad-CAM for 0 images and 0 classes$"):
        cam(Planted(), torch.zeros(0, 1, 12, 12, dtype=torch.uint8), [])


def test_very_many_images_come_in_parts_and_bf16_finds_the_same_place(monkeypatch):
    images = torch.cat([spot(top=k, left=9 - k) for k in range(10)])
    whole = cam(Planted(), images, [1] * 10)
    monkeypatch.setattr("fudemoji.engine.gradcam._GRADIENT_SHARE", 10**9)
    assert (cam(Planted(), images, [1] * 10) == whole).all()
    half = Runtime(torch.device("cpu"), "bf16", channels_last=True)
    found = grad_cam(Planted(), images, torch.ones(10, dtype=torch.int64), pixels=UNIT, runtime=half)
    assert found == pytest.approx(whole, abs=0.02)
