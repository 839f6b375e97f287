import functools

import pytest
import torch
import torchvision
from torch import nn
from torch.nn.functional import cross_entropy

from fudemoji.models import build_model, num_parameters
from fudemoji.models.vgg import VGG, Pool

VGGS = ("vgg16_bn", "vgg19_bn")


@pytest.mark.parametrize("name", VGGS)
def test_names_and_shapes_are_torchvisions(name):
    with torch.device("meta"):
        theirs = getattr(torchvision.models, name)(num_classes=10).state_dict()
        ours = build_model(name, in_channels=3, num_classes=10, image_size=224).state_dict()
    assert {n: v.shape for n, v in ours.items()} == {n: v.shape for n, v in theirs.items()}


def test_vgg16_has_its_138_million_parameters():
    with torch.device("meta"):
        assert num_parameters(build_model("vgg16_bn", in_channels=3, num_classes=1000)) == 138_365_992


@functools.cache
def small():
    """One convolution a stage of ours, and the same in torch's own layers as torchvision strings them together."""
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        ours = VGG((1, 1, 1, 1, 1), in_channels=3, num_classes=5)
    theirs = nn.Module()
    theirs.features = nn.Sequential(
        *(nn.MaxPool2d(2) if isinstance(layer, Pool) else layer for layer in ours.features)
    )
    theirs.classifier = ours.classifier
    return ours.eval(), theirs.eval()


@pytest.mark.parametrize("size", [32, 64, 100])
def test_outputs_are_torchvisions_from_32_pixels_on(size):
    ours, theirs = small()
    images = torch.randn(2, 3, size, size)
    pooled = nn.AdaptiveAvgPool2d(7)(theirs.features(images)).flatten(1)
    torch.testing.assert_close(ours(images), theirs.classifier(pooled))


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (17, 40)])
def test_smaller_images_keep_a_place_to_look_at(size):
    ours, _ = small()
    logits = ours(torch.randn(2, 3, *size))
    assert logits.isfinite().all()
    cross_entropy(logits, torch.tensor([0, 1])).backward()
