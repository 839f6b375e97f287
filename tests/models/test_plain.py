import pytest
import torch
from torch import nn

from fudemoji.models import build_model, num_parameters


def as_the_report_prints_it(net):
    """The report's network layer by layer, with the weights of ours."""
    convolutions = [layer for layer in net if isinstance(layer, nn.Conv2d)]
    plain = []
    for ours, pools in zip(convolutions, (True, False, True, True), strict=True):
        layer = nn.Conv2d(ours.in_channels, ours.out_channels, 3, padding=1)
        layer.load_state_dict(ours.state_dict())
        plain += [layer, nn.ReLU()] + [nn.MaxPool2d(2)] * pools
    head = nn.Linear(net[-1].in_features, net[-1].out_features)
    head.load_state_dict(net[-1].state_dict())
    return nn.Sequential(*plain, nn.Flatten(), head)


@pytest.mark.parametrize("size", [(28, 28), (32, 32), (9, 15), (30, 21)])
def test_the_cnn_computes_what_the_report_prints(size):
    torch.manual_seed(0)
    net = build_model("cnn", in_channels=2, num_classes=5, image_size=size).eval()
    plain = as_the_report_prints_it(net)
    images = torch.randn(3, 2, *size)
    weights = torch.randn(3, 5)
    outputs = [model(images) for model in (net, plain)]
    torch.testing.assert_close(*outputs)
    for output in outputs:
        (output * weights).sum().backward()
    for ours, theirs in zip(net.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)


def test_keras_cats_and_dogs_has_the_parameters_of_the_source():
    with torch.device("meta"):
        one_output, three = (
            num_parameters(build_model("keras-cats-dogs", in_channels=3, num_classes=k, image_size=64))
            for k in (2, 3)
        )
    convolutions = 32 * (3 * 9 + 1) + 32 * (32 * 9 + 1)
    dense = 128 * (32 * 14 * 14 + 1)
    assert one_output == convolutions + dense + 129 == 813_217
    assert three == convolutions + dense + 3 * 129
