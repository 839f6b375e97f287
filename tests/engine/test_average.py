import pytest
import torch

from builders import differing, small_net, tensors_of
from fudemoji.engine.average import Average


def test_it_is_the_average_of_a_loop_written_by_hand():
    net = small_net()
    average = Average(net, decay=0.9)
    by_hand = {name: value.double() for name, value in tensors_of(net).items()}
    for step in range(1, 31):
        with torch.no_grad():
            for value in net.state_dict().values():
                value.add_(step if value.dtype == torch.int64 else 0.1 * step)
        average.update(step=step)
        decay = min(0.9, (1 + step) / (10 + step))
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                by_hand[name] = decay * by_hand[name] + (1 - decay) * value.double()
            else:
                by_hand[name] = value.double()
    for name, value in average.model.state_dict().items():
        torch.testing.assert_close(value.double(), by_hand[name], rtol=1e-5, atol=1e-5)


def test_the_average_is_a_model_of_its_own():
    net = small_net()
    average = Average(net, decay=0.5)
    before = tensors_of(average.model)
    with torch.no_grad():
        net[0].weight.fill_(7)
    assert differing(tensors_of(average.model), before) == []
    assert not any(parameter.requires_grad for parameter in average.model.parameters())
    assert all(parameter.requires_grad for parameter in net.parameters())


def test_the_first_steps_of_a_short_run_are_not_held_by_the_random_start():
    net = small_net()
    average = Average(net, decay=0.9999)
    start = net[0].weight.detach().clone()
    with torch.no_grad():
        net[0].weight.zero_()
    average.update(step=1)
    torch.testing.assert_close(average.model[0].weight, start * 2 / 11)
    assert average.model[0].weight.abs().sum() == pytest.approx(start.abs().sum().item() * 2 / 11, rel=1e-5)
