import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from builders import CPU, FixedBatches, differing, optim, random_batches, random_states, small_net, tensors_of
from fudemoji.engine import losses
from fudemoji.engine.average import Average
from fudemoji.engine.loop import LossNotFinite, Plan, train
from fudemoji.engine.optim import Optimiser
from fudemoji.engine.schedule import momentum_cycle, one_cycle
from fudemoji.engine.state import State
from fudemoji.errors import TrainingFailed
from fudemoji.events import EpochDone, StepsDone


def plan(total=8, **values):
    given = {
        "total_steps": total,
        "lr_at": one_cycle(peak=0.1, total=total, warmup=2),
        "momentum_at": momentum_cycle(low=0.8, high=0.9, total=total, warmup=2),
        "event_seconds": 0.0,
    }
    return Plan(**{**given, **values})


def start(net=None, how=None, **values):
    net = net or small_net()
    return State(net, Optimiser(net, how or optim()), **values)


def run(state, batches, how):
    return list(train(state, batches, how, runtime=CPU))


def losses_of(events):
    return [event.loss for event in events if isinstance(event, StepsDone)]


def sgd_by_hand(net, batches, *, lr_at, momentum_at, steps, decay=0.01, smoothing=0.0):
    """Nesterov's SGD in plain arithmetic: an independent witness of loop and optimiser."""
    losses, speed = [], {name: torch.zeros_like(p) for name, p in net.named_parameters()}
    net.train()
    for step in range(steps):
        images, labels = batches.at(step)
        log_probs = net(images).log_softmax(1)
        truth = nn.functional.one_hot(labels, log_probs.shape[1]).float()
        truth = truth * (1 - smoothing) + smoothing / log_probs.shape[1]
        loss = -(truth * log_probs).sum(1).mean()
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, list(net.parameters()))
        with torch.no_grad():
            for (name, parameter), gradient in zip(net.named_parameters(), gradients, strict=True):
                decayed = gradient + decay * parameter if parameter.ndim > 1 else gradient
                speed[name] = momentum_at(step) * speed[name] + decayed
                parameter.sub_(lr_at(step) * (decayed + momentum_at(step) * speed[name]))
    return losses


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_eight_steps_are_those_of_sgd_written_by_hand(smoothing):
    batches, how = random_batches(), plan(loss=losses.cross_entropy(smoothing=smoothing))
    state, by_hand = start(), small_net()
    found = losses_of(run(state, batches, how))
    expected = sgd_by_hand(
        by_hand, batches, lr_at=how.lr_at, momentum_at=how.momentum_at, steps=8, smoothing=smoothing
    )
    assert found == pytest.approx(expected, rel=1e-5)
    for (name, mine), other in zip(
        state.model.state_dict().items(), by_hand.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-6, msg=name)


def test_the_first_eight_losses_stay_what_they_were():
    golden = [1.50257, 1.47619, 1.09306, 0.39363, 0.22545, 0.14416, 0.09183, 0.0605]
    assert losses_of(run(start(), random_batches(), plan())) == pytest.approx(golden, rel=1e-3)


def test_the_loss_falls_on_something_that_can_be_learnt():
    found = losses_of(run(start(), random_batches(), plan(40)))
    assert sum(found[-5:]) < 0.3 * sum(found[:5])


def test_events_tell_of_every_step_with_its_rate_and_of_every_epoch_with_its_mean():
    batches, how = random_batches(4), plan(10)
    events = run(start(), batches, how)
    kinds = "".join("E" if isinstance(event, EpochDone) else "s" for event in events)
    assert kinds == "ssssEssssEssE"
    steps = [event for event in events if isinstance(event, StepsDone)]
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert [event.step for event in steps] == list(range(1, 11))
    assert [event.lr for event in steps] == [how.lr_at(step) for step in range(10)]
    assert [event.momentum for event in steps] == [how.momentum_at(step) for step in range(10)]
    assert [event.epoch for event in steps] == [step / 4 for step in range(1, 11)]
    assert [(event.step, event.epoch) for event in epochs] == [(4, 1), (8, 2), (10, 3)]
    means = [sum(e.loss for e in steps[a:b]) / (b - a) for a, b in ((0, 4), (4, 8), (8, 10))]
    assert [event.train_loss for event in epochs] == pytest.approx(means, rel=1e-12)
    assert all(event.images_per_second > 0 for event in steps)


def test_events_that_are_rare_tell_the_mean_of_their_steps():
    single = losses_of(run(start(), random_batches(4), plan()))
    rare = [e for e in run(start(), random_batches(4), plan(event_seconds=1e9)) if isinstance(e, StepsDone)]
    assert [event.step for event in rare] == [4, 8]
    assert [event.loss for event in rare] == pytest.approx([sum(single[:4]) / 4, sum(single[4:]) / 4])


def test_how_often_events_come_changes_neither_weights_nor_epoch_losses():
    often, seldom = start(), start()
    one, other = (
        [
            e.train_loss
            for e in run(state, random_batches(4), plan(event_seconds=s))
            if isinstance(e, EpochDone)
        ]
        for state, s in ((often, 0.0), (seldom, 1e9))
    )
    assert one == other
    assert differing(tensors_of(often.model), tensors_of(seldom.model)) == []


def test_leaving_the_for_stops_the_training_and_nothing_more_is_asked_for():
    state, batches = start(), random_batches()
    for event in train(state, batches, plan(), runtime=CPU):
        if event.step == 3:
            break
    assert state.progress.step == 3
    assert batches.asked_for == [0, 1, 2]


def test_whoever_goes_on_after_leaving_ends_where_the_unbroken_training_ends():
    unbroken, broken = start(small_net(dropout=0.5)), start(small_net(dropout=0.5))
    run(unbroken, random_batches(), plan())
    for event in train(broken, random_batches(), plan(), runtime=CPU):
        if event.step == 3:
            break
    run(broken, random_batches(), plan())
    assert differing(tensors_of(unbroken.model), tensors_of(broken.model)) == []


@pytest.mark.parametrize("slices", [2, 3, 16])
def test_a_batch_in_slices_makes_the_same_step_as_the_whole(slices):
    def net():
        with torch.random.fork_rng([]):
            torch.manual_seed(0)
            return nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.Tanh(), nn.Linear(8, 4))

    whole, sliced = start(net()), start(net())
    one = losses_of(run(whole, random_batches(), plan(loss=losses.cross_entropy(smoothing=0.1))))
    other = losses_of(
        run(sliced, random_batches(), plan(loss=losses.cross_entropy(smoothing=0.1), accumulate=slices))
    )
    assert other == pytest.approx(one, rel=1e-5)
    for mine, expected in zip(sliced.model.parameters(), whole.model.parameters(), strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-4, atol=1e-6)


def test_targets_may_be_mixtures_of_classes():
    images, labels = random_batches(1).at(0)
    mixed = 0.7 * nn.functional.one_hot(labels, 4) + 0.3 * nn.functional.one_hot(labels.flip(0), 4)
    found = losses_of(run(start(), FixedBatches([(images, mixed)]), plan(1)))
    net = small_net()
    logits = net.train()(images)
    by_hand = 0.7 * cross_entropy(logits, labels) + 0.3 * cross_entropy(logits, labels.flip(0))
    assert found == pytest.approx([by_hand.item()], rel=1e-5)


def test_dropout_draws_from_the_seed_and_the_step_and_leaves_the_global_states_alone():
    before = random_states()
    one, same, other = (
        losses_of(run(start(small_net(dropout=0.5)), random_batches(), plan(seed=seed))) for seed in (1, 1, 2)
    )
    assert one == same != other
    assert random_states() == before


def test_an_average_follows_every_step():
    net = small_net()
    state = start(net, average=Average(net, decay=0.5))
    run(state, random_batches(), plan(1))
    expected = 2 / 11 * small_net()[0].weight + 9 / 11 * net[0].weight
    torch.testing.assert_close(state.evaluated_model[0].weight, expected)
    assert start().evaluated_model is not None


class Explodes(nn.Module):
    """Answers with numbers until the given step."""

    def __init__(self, step, value=math.nan):
        super().__init__()
        self.net, self.left, self.value = small_net(), step, value

    def forward(self, images):
        self.left -= 1
        return self.net(images) * (1.0 if self.left else self.value)


@pytest.mark.parametrize("event_seconds", [0.0, 1e9])
@pytest.mark.parametrize("step", [1, 3, 8])
def test_a_loss_that_is_no_number_stops_the_run_and_names_its_step(step, event_seconds):
    state = start(Explodes(step))
    with pytest.raises(LossNotFinite, match=rf"^the loss is nan at step {step}, rate ") as caught:
        run(state, random_batches(), plan(event_seconds=event_seconds))
    assert caught.value.step == step
    assert str(caught.value).endswith("try a lower --lr, --clip-grad 1 or --precision fp32")
    assert isinstance(caught.value, TrainingFailed)


def test_the_last_step_before_the_end_of_the_run_is_checked_too():
    with pytest.raises(LossNotFinite, match="at step 5, rate"):
        run(start(Explodes(5)), random_batches(4), plan(5, event_seconds=1e9))


def test_a_run_that_is_over_takes_no_step():
    state = start()
    run(state, random_batches(), plan())
    before = tensors_of(state.model)
    assert run(state, random_batches(), plan()) == []
    assert differing(tensors_of(state.model), before) == []
