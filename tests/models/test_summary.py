import pytest
from torch import nn

from fudemoji.models import MODELS, build_model, num_parameters
from fudemoji.models.summary import summary_of
from fudemoji.models.zoo import CLIP_MODELS


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_told_in_lines_that_hold_all_its_parameters(name):
    clips = {"num_frames": 8, "image_size": 32} if name in CLIP_MODELS else {"image_size": 32}
    model = build_model(name, num_classes=10, **clips)
    lines = summary_of(model)
    assert sum(size for _, size in lines) == num_parameters(model)
    assert lines[-1][0].startswith(("dense", "OneOutput"))


def test_the_reports_networks_read_as_they_are_described():
    assert summary_of(build_model("mlp", num_classes=10)) == [
        ("dense 784 to 100, ReLU", 78_500),
        ("dense 100 to 100, ReLU", 10_100),
        ("dense 100 to 10", 1_010),
    ]
    assert [text for text, _ in summary_of(build_model("cnn", num_classes=10))] == [
        "conv 3x3, 1 to 64, max pool, ReLU",
        "conv 3x3, 64 to 128, ReLU",
        "conv 3x3, 128 to 128, max pool, ReLU",
        "conv 3x3, 128 to 256, max pool, ReLU, dropout 0.5",
        "dense 2304 to 10",
    ]
    resnet = [text for text, _ in summary_of(build_model("resnet34", num_classes=10, stem="standard"))]
    assert resnet[0].startswith("conv 7x7, 1 to 64, stride 2")
    assert resnet[1:5] == [
        "3 x BasicBlock, to 64 channels",
        "4 x BasicBlock, to 128 channels",
        "6 x BasicBlock, to 256 channels",
        "3 x BasicBlock, to 512 channels",
    ]


def test_what_stands_in_sequences_is_told_in_its_place():
    net = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 5, stride=2), nn.BatchNorm2d(8)), nn.Flatten(), nn.Dropout(0.1)
    )
    assert summary_of(net) == [("conv 5x5, 3 to 8, stride 2, batch norm, dropout 0.1", 624)]
