import pytest
import torch

from fudemoji.models.layers import HalfDropout, OneOutput


def test_half_dropout_zeroes_about_half_doubles_the_rest_and_draws_anew_each_time():
    torch.manual_seed(0)
    dropout, ones = HalfDropout(), torch.ones(101, 99)
    first, second = dropout(ones), dropout(ones)
    assert set(first.unique().tolist()) == {0.0, 2.0}
    assert first.mean().item() == pytest.approx(1, abs=0.04)  # four standard deviations
    assert not torch.equal(first, second)
    # neighbours are independent, within a byte of the draw and across it
    for distance in (1, 8):
        same = (first.flatten()[distance:] == first.flatten()[:-distance]).float().mean().item()
        assert same == pytest.approx(0.5, abs=0.02)


def test_half_dropout_lets_gradients_through_where_it_lets_values_through():
    values = torch.randn(7, 3, requires_grad=True)
    dropped = HalfDropout()(values)
    dropped.sum().backward()
    assert torch.equal(values.grad != 0, dropped != 0)


def test_half_dropout_does_nothing_outside_training():
    values = torch.randn(4)
    assert HalfDropout().eval()(values) is values


def test_one_output_is_a_sigmoid_in_the_clothes_of_two_logits():
    head, features, labels = OneOutput(6), torch.randn(5, 6), torch.tensor([0, 1, 1, 0, 1])
    z = torch.nn.functional.linear(features, head.weight, head.bias)[:, 0]
    logits = head(features)
    torch.testing.assert_close(logits.softmax(1)[:, 1], z.sigmoid())
    torch.testing.assert_close(
        torch.nn.functional.cross_entropy(logits, labels),
        torch.nn.functional.binary_cross_entropy_with_logits(z, labels.float()),
    )
