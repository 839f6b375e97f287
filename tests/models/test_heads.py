import pytest
import torch
from torch import nn

from fudemoji.models import CLIP_MODELS, MODELS, build_model
from fudemoji.models.heads import head_name, places


def on_meta(name, **values):
    frames = 4 if name in CLIP_MODELS else 0
    with torch.device("meta"):
        return build_model(
            name, **{"in_channels": 3, "num_classes": 7, "image_size": 64, "num_frames": frames, **values}
        )


@pytest.mark.parametrize("name", MODELS)
def test_the_head_is_the_layer_that_gives_the_logits(name):
    model = on_meta(name)
    head = model.get_submodule(head_name(model))
    assert isinstance(head, nn.Linear)
    assert head.out_features == 7


def test_the_groups_of_a_resnet18_are_those_of_fastai():
    found = places(on_meta("resnet18"))
    early = {name.partition(".")[0] for name, place in found.items() if place.part == "early"}
    late = {name.partition(".")[0] for name, place in found.items() if place.part == "late"}
    head = {name for name, place in found.items() if place.part == "head"}
    assert early == {"conv1", "bn1", "layer1", "layer2"}
    assert late == {"layer3", "layer4"}
    assert head == {"fc.weight", "fc.bias"}


@pytest.mark.parametrize("name", MODELS)
def test_each_parameter_has_a_place_and_norms_are_told_from_filters(name):
    model = on_meta(name)
    found = places(model)
    assert list(found) == [n for n, _ in model.named_parameters()]
    order = [("early", "late", "head").index(place.part) for place in found.values()]
    assert order == sorted(order)
    parameters = dict(model.named_parameters())
    assert not [n for n, place in found.items() if place.is_norm and parameters[n].ndim > 1]
    num_norms = sum(2 for module in model.modules() if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d))
    assert sum(place.is_norm for place in found.values()) == num_norms
