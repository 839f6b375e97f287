# B images, C channels, H x W pixels, K classes

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, cross_entropy, max_pool2d

from fudemoji.errors import SettingsError
from fudemoji.models.fude import fude

SIZES = ["s", "m", "l"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 64, 64), (4, 8, 8), (2, 9, 40), (1, 17, 8)])
def test_every_channel_count_and_image_size_from_eight_pixels_gives_logits_and_gradients(size, shape):
    net = fude(size, in_channels=shape[0], num_classes=7)
    logits = net(torch.randn(4, *shape))
    assert logits.shape == (4, 7)
    cross_entropy(logits, torch.tensor([0, 1, 2, 6])).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_each_size_multiplies_more_than_the_one_before():
    def work(size):
        total = []
        net = fude(size, in_channels=1, num_classes=10)
        for layer in net.modules():
            if isinstance(layer, torch.nn.Conv2d):
                layer.register_forward_hook(
                    lambda layer, _, out: total.append(layer.weight.numel() * out[0, 0].numel())
                )
        net(torch.randn(2, 1, 28, 28))
        return sum(total)

    assert work("s") * 1.2 < work("m") < work("l") / 3


@pytest.mark.parametrize(("size", "number", "side"), [("s", 0, 28), ("s", 2, 7), ("s", 3, 7), ("m", 1, 28)])
def test_a_stage_is_convolution_pool_norm_and_relu_and_then_a_residual_convolution(size, number, side):
    net = fude(size, in_channels=1, num_classes=10).eval()
    stage = net.stages[number]
    images = torch.randn(2, stage.widen.in_channels, side, side)

    def norm(x, layer):
        return batch_norm(x, layer.running_mean, layer.running_var, layer.weight, layer.bias)

    expected = conv2d(images, stage.widen.weight, padding=1)
    if (size, number) != ("s", 2):
        expected = max_pool2d(expected, 2)
    expected = norm(expected, stage.widen_norm).clamp(min=0)
    if (size, number) != ("s", 0):
        conv, layer, _ = stage.refine
        expected = expected + norm(conv2d(expected, conv.weight, padding=1), layer).clamp(min=0)
    torch.testing.assert_close(stage(images), expected)


def test_the_answer_for_an_image_does_not_depend_on_its_batch():
    net, images = fude("s", in_channels=1, num_classes=10).eval(), torch.randn(8, 1, 28, 28)
    torch.testing.assert_close(net(images)[3:4], net(images[3:4]), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("bf16", [False, True])
def test_it_learns_a_batch_by_heart_in_bf16_channels_last_and_in_fp32_alike(bf16):
    torch.manual_seed(0)
    layout = torch.channels_last if bf16 else torch.contiguous_format
    net = fude("s", in_channels=1, num_classes=10).to(memory_format=layout)
    images = torch.randn(32, 1, 28, 28).contiguous(memory_format=layout)
    labels = torch.arange(32) % 10
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.01)
    for _ in range(15):
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = net(images)
        loss = cross_entropy(logits.float(), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.05
    assert (logits.argmax(1) == labels).all()


@pytest.mark.parametrize(
    ("size", "sides"), [("s", [14, 7, 7, 3]), ("m", [28, 14, 7, 3]), ("l", [28, 14, 7, 3])]
)
def test_28_pixels_shrink_stage_by_stage_to_3(size, sides):
    x = torch.randn(2, 1, 28, 28)
    assert [(x := stage(x)).shape[-1] for stage in fude(size, in_channels=1, num_classes=10).stages] == sides


def test_one_seed_gives_the_same_weights_twice():
    def weights():
        torch.manual_seed(3)
        return torch.cat([p.flatten() for p in fude("s", in_channels=1, num_classes=10).parameters()])

    assert torch.equal(weights(), weights())


def test_it_survives_the_round_trip_through_a_state_dict():
    one, other = (fude("s", in_channels=1, num_classes=10).eval() for _ in range(2))
    other.load_state_dict(one.state_dict())
    images = torch.randn(2, 1, 28, 28)
    assert torch.equal(one(images), other(images))


def test_an_image_under_eight_pixels_is_refused_in_words():
    with pytest.raises(SettingsError, match=r"images of 7x28 are too small for fude; it needs 8x8 or more"):
        fude("s", in_channels=1, num_classes=10)(torch.randn(2, 1, 7, 28))


def test_an_unknown_size_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match=r"unknown size of fude 'xl'.*known: l, m, s"):
        fude("xl", in_channels=1, num_classes=10)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [({"in_channels": 0, "num_classes": 10}, "model fude-m needs at least 1 channel, not 0"),
     ({"in_channels": 1, "num_classes": 1}, "model fude-m needs at least 2 classes, not 1")])  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(numbers, message):
    with pytest.raises(SettingsError, match=message):
        fude("m", **numbers)
