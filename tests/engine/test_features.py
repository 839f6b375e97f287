import pytest
import torch
from torch import nn

from builders import CPU
from fudemoji.data.batches import Pixels
from fudemoji.engine.features import features
from fudemoji.engine.inference import predict_logits
from fudemoji.models import MODELS, build_model
from fudemoji.models.heads import head_name

UNIT = Pixels((0.0,), (255.0,))


@pytest.mark.parametrize("name", ["mlp", "cnn", "fude-s", "resnet18"])
def test_the_head_makes_the_logits_of_the_features(name):
    assert name in MODELS
    model = build_model(name, num_classes=5, in_channels=1, image_size=(28, 28))
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    found = features(model, images, pixels=UNIT, runtime=CPU)
    assert found.dtype == torch.float32
    head = model.get_submodule(head_name(model))
    expected = predict_logits(model, images, pixels=UNIT, runtime=CPU)
    with torch.inference_mode():
        logits = found @ head.weight.T + head.bias
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)
    assert not head._forward_pre_hooks


def test_features_with_places_are_averaged_over_them():
    class Fully(nn.Module):
        """A convolution of one place gives the logits."""

        def __init__(self):
            super().__init__()
            self.head = nn.Conv2d(1, 2, 1)

        def forward(self, x):
            return self.head(x).mean(dim=(2, 3))

    images = torch.randint(0, 256, (2, 1, 6, 6), dtype=torch.uint8)
    found = features(Fully(), images, pixels=UNIT, runtime=CPU)
    torch.testing.assert_close(found, images.float().mean(dim=(2, 3)) / 255)
