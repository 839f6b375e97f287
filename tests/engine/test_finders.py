import csv
import io
import itertools
import json
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from builders import (
    CPU,
    OPTIMISERS,
    FixedBatches,
    differing,
    optim,
    random_batches,
    random_states,
    small_net,
    tensors_of,
)
from fudemoji.engine import losses
from fudemoji.engine.finders import (
    RULES,
    BatchSizes,
    LRCurve,
    RateTried,
    SizeTried,
    judge,
    knee,
    loss_falls,
    range_test,
    time_batch_sizes,
)
from fudemoji.engine.optim import Optimiser
from fudemoji.errors import SettingsError

RATES = np.geomspace(1e-7, 10, 101)[:100]


def curve_of(start=2.3, low=0.3, *, falls_at=1e-2, explodes_at=1.0, noise=0.0, seed=0):
    """A loss that falls on a logistic course around one rate and explodes at another."""
    fall = (start - low) / (1 + (falls_at / RATES) ** 2)
    losses = start - fall + (RATES / explodes_at) ** 4
    raw = losses + noise * np.random.default_rng(seed).normal(size=len(losses))
    kept = losses < 4 * start
    return RATES[kept], raw[kept], losses[kept]


def turn_of(rates, losses):
    """Where a curve without noise has 98 % of its fall behind it."""
    return rates[np.argmax(losses <= losses.min() + 0.02 * (losses[0] - losses.min()))]


def found_by(model, batches, how, **values):
    *tried, curve = range_test(
        model, batches, how, loss=losses.cross_entropy(), runtime=CPU, seed=0, **values
    )
    assert isinstance(curve, LRCurve)
    assert all(isinstance(one, RateTried) for one in tried)
    return tried, curve


# --- reading a curve -------------------------------------------------------------------------------------------


def test_a_clear_curve_gives_the_rate_at_which_the_loss_turns():
    rates, raw, losses = curve_of()
    verdict = judge(rates, raw, losses)
    assert verdict.kind == "clear"
    assert verdict.rules["steepest"] == pytest.approx(1e-2, rel=0.3)
    assert list(verdict.rules) == list(RULES)
    assert verdict.rules["turning-point"] == pytest.approx(turn_of(rates, raw), rel=0.3)
    assert verdict.text == "the loss falls by 86%, then turns"


def test_an_average_of_the_past_would_turn_too_late():
    rates, raw, _ = curve_of(noise=0.05)
    average, late = raw[0], []
    for loss in raw:
        average = 0.9 * average + 0.1 * loss
        late.append(average)
    verdict = judge(rates, raw, np.array(late))
    assert verdict.rules["turning-point"] < 0.7 * 10 * verdict.rules["minimum/10"]
    assert verdict.rules["turning-point"] == pytest.approx(turn_of(*curve_of()[:2]), rel=0.3)


def test_minimum_over_ten_is_the_articles_rule():
    rates, raw, losses = curve_of()
    assert judge(rates, raw, losses).rules["minimum/10"] == rates[losses.argmin()] / 10


@pytest.mark.parametrize("where", [1e-4, 1e-3, 1e-2, 1e-1])
def test_the_rate_moves_with_the_curve(where):
    verdict = judge(*curve_of(falls_at=where, explodes_at=100 * where))
    # the logistic fall has 98 % behind it at 7 times the rate of its middle
    assert verdict.rules["turning-point"] == pytest.approx(7 * where, rel=0.5)
    assert verdict.recommended == 1.5 * verdict.rules["turning-point"]


def test_a_plateau_is_not_followed_to_where_it_explodes():
    verdict = judge(*curve_of(falls_at=1e-4, explodes_at=5.0))
    assert 1e-4 < verdict.recommended < 3e-3


def test_one_spike_does_not_throw_the_recommendation_off():
    rates, raw, losses = curve_of()
    calm = judge(rates, raw, losses).recommended
    for place in (2, 12, 30, 50):
        spiked = raw.copy()
        spiked[place] += 20
        # what the smoothing of the range test makes of it
        ripple = np.where(
            np.arange(len(losses)) >= place, 0.02 * 20 * 0.98 ** (np.arange(len(losses)) - place), 0
        )
        assert calm / 3 < judge(rates, spiked, losses + ripple / 10).recommended < calm * 3


def test_a_curve_that_never_falls_recommends_nothing():
    verdict = judge(*curve_of(low=2.27))
    assert (verdict.kind, verdict.rules, verdict.recommended) == ("flat", {}, None)
    assert verdict.text == "the loss never falls to 98% of 2.3, where it would begin to tell something"
    assert judge(RATES, 2 + RATES, 2 + RATES).kind == "flat"
    assert judge(RATES, np.zeros(100), np.zeros(100)).kind == "flat"


def test_a_fall_that_ends_above_chance_is_no_learning():
    unlearned = curve_of(start=3.4, low=2.3)  # a net that starts badly and only forgets its start
    assert judge(*unlearned).kind == "clear"
    verdict = judge(*unlearned, chance=math.log(10))
    assert (verdict.kind, verdict.recommended) == ("flat", None)
    assert judge(*curve_of(start=3.4, low=2.0), chance=math.log(10)).kind == "clear"


def test_a_curve_that_explodes_at_once_recommends_nothing():
    rates, raw, losses = (column[:12] for column in curve_of())
    verdict = judge(rates, raw, losses)
    assert (verdict.kind, verdict.recommended) == ("diverged", None)
    assert verdict.text == "the loss exploded after 12 steps; start at a lower rate"


def test_a_noisy_curve_says_so_and_is_still_read():
    verdict = judge(*curve_of(low=2.0, noise=0.6))
    assert verdict.kind == "noisy"
    assert verdict.text.startswith("single steps scatter by ")
    assert verdict.recommended is not None


def test_a_lucky_first_batch_is_not_taken_for_a_fall():
    losses = np.full(100, 2.0)
    losses[0] = 1.0
    assert judge(RATES, losses, losses).kind == "flat"


# --- the range test --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opt", OPTIMISERS)
def test_the_range_test_touches_nothing_it_is_given(opt):
    model, batches = small_net(dropout=0.3), random_batches()
    optimiser = Optimiser(model, optim(opt))
    images, labels = batches.at(0)
    cross_entropy(model(images), labels).backward()
    optimiser.set(lr=0.01, momentum=0.9)
    optimiser.step()
    weights, states = tensors_of(model), random_states()
    memory = {name: value.clone() for name, value in optimiser.tensors()}
    model.eval()
    found_by(model, batches, optim(opt), steps=15)
    assert differing(tensors_of(model), weights) == []
    assert differing(dict(optimiser.tensors()), memory) == []
    assert random_states() == states
    assert not model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_it_finds_a_rate_at_which_the_loss_falls_and_the_same_one_again():
    one, other = (found_by(small_net(), random_batches(), optim("sgd"))[1] for _ in range(2))
    assert one.verdict.kind == "clear"
    assert 1e-3 < one.verdict.recommended < 1
    assert (one.losses == other.losses).all()
    assert one.verdict == other.verdict


def test_the_rates_rise_evenly_and_the_test_stops_when_the_loss_explodes():
    tried, curve = found_by(small_net(), random_batches(), optim("sgd", momentum=0.0), end=1e4)
    assert [one.step for one in tried] == list(range(1, len(tried) + 1))
    assert all(one.total == 100 for one in tried)
    assert [one.lr for one in tried] == pytest.approx(
        [1e-7 * (1e4 / 1e-7) ** (s / 100) for s in range(len(tried))]
    )
    assert len(tried) < 100
    smoothed = curve.losses
    assert smoothed[-1] > 4 * smoothed.min() or not math.isfinite(smoothed[-1])
    assert (smoothed[:-1] <= 4 * np.minimum.accumulate(smoothed)[:-1]).all()


def test_the_smoothed_losses_are_the_bias_corrected_average_written_by_hand():
    _, curve = found_by(small_net(), random_batches(), optim("sgd"), steps=40, end=0.1)
    average = 0.0
    for step, (raw, smoothed) in enumerate(zip(curve.raw_losses, curve.losses, strict=True), 1):
        average = 0.98 * average + 0.02 * raw
        assert smoothed == pytest.approx(average / (1 - 0.98**step))


def test_noise_calls_for_a_repeat_on_other_batches():
    rng = torch.Generator().manual_seed(0)
    noise = FixedBatches(
        [(torch.randn(1, 1, 6, 6, generator=rng), torch.randint(4, (1,), generator=rng)) for _ in range(300)]
    )
    tried, curve = found_by(small_net(), noise, optim("adamw"))
    if curve.verdict.kind == "noisy":
        assert curve.repeats == 3
    assert len(set(noise.asked_for)) == len(noise.asked_for)
    assert len(tried) == len(noise.asked_for)


def test_a_model_that_cannot_learn_gets_no_rate():
    class Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(4))

        def forward(self, images):
            return 0 * self.weight + torch.zeros(len(images), 4)

    _, curve = found_by(Constant(), random_batches(), optim("sgd"))
    assert (curve.verdict.kind, curve.verdict.recommended) == ("flat", None)


@pytest.mark.parametrize("start", [1e6, 1e30])
def test_a_start_that_is_far_too_high_is_told(start):
    _, curve = found_by(small_net(), random_batches(), optim("sgd"), start=start, end=start * 10)
    assert curve.verdict.recommended is None
    assert curve.verdict.kind == "diverged"
    assert "start at a lower rate" in curve.verdict.text


def test_a_curve_can_be_read_as_json_and_csv():
    _, curve = found_by(small_net(), random_batches(), optim("sgd"), steps=40, end=1.0)
    content = json.loads(curve.to_json())
    assert content["recommended"] == curve.verdict.recommended
    assert set(content) == {"recommended", "verdict", "repeats", "rates", "raw_losses", "losses"}
    rows = list(csv.reader(io.StringIO(curve.to_csv())))
    assert rows[0] == ["lr", "loss", "smoothed_loss"]
    assert [float(row[1]) for row in rows[1:]] == curve.raw_losses.tolist()


# --- batch sizes -----------------------------------------------------------------------------------------------


class ShortOfMemory(nn.Module):
    """Takes batches up to a size, and counts the steps it took of each."""

    def __init__(self, most, error=torch.OutOfMemoryError):
        super().__init__()
        self.net, self.most, self.error = small_net(), most, error

    def forward(self, images):
        if len(images) > self.most:
            raise self.error("out of memory")
        return self.net(images)


def sources(num_images=10_000):
    return lambda size: random_batches(2, size=min(size, num_images))


def sizes_of(model, *, num_images=10_000, sizes=(16, 32, 64, 128)):
    *tried, found = time_batch_sizes(
        model,
        sources(num_images),
        optim(),
        loss=losses.cross_entropy(),
        runtime=CPU,
        num_images=num_images,
        sizes=sizes,
    )
    assert isinstance(found, BatchSizes)
    assert found.tried == tuple(tried)
    return found


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError, RuntimeError])
def test_only_sizes_that_ran_are_recommended_and_the_search_ends_where_memory_does(error):
    found = sizes_of(ShortOfMemory(40, error))
    assert [size.batch_size for size in found.tried] == [16, 32, 64]
    assert [size.images_per_second is None for size in found.tried] == [False, False, True]
    assert found.recommended in (16, 32)


def test_memory_too_short_for_the_smallest_size_says_so():
    with pytest.raises(
        SettingsError, match=r"^memory is too short for batches of 16; take a smaller model or image$"
    ):
        sizes_of(ShortOfMemory(8))


def test_an_error_that_is_not_about_memory_is_not_hidden():
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = small_net()

        def forward(self, images):
            raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        sizes_of(Broken())


def test_no_size_is_larger_than_the_training_set():
    assert [size.batch_size for size in sizes_of(small_net(), num_images=50).tried] == [16, 32]
    assert [size.batch_size for size in sizes_of(small_net(), num_images=10).tried] == [10]


def test_the_batch_finder_touches_nothing_it_is_given():
    model = small_net(dropout=0.3)
    weights, states = tensors_of(model), random_states()
    sizes_of(model, sizes=(16, 32))
    assert differing(tensors_of(model), weights) == []
    assert random_states() == states


@pytest.mark.parametrize(
    ("speeds", "expected"),
    [
        ({16: 100, 32: 180, 64: 190, 128: 200}, 32),
        ({16: 100, 32: 179, 64: 190, 128: 200}, 64),
        ({16: 200, 32: 100}, 16),
        ({16: 100, 32: 300, 64: None}, 32),
        ({16: 5}, 16),
    ],
)
def test_the_knee_is_the_smallest_size_with_nine_tenths_of_the_best(speeds, expected):
    size, reason = knee([SizeTried(size, speed) for size, speed in speeds.items()])
    assert size == expected
    assert f"at {max((v, k) for k, v in speeds.items() if v)[1]})" in reason


# --- the article's rule ----------------------------------------------------------------------------------------


def falls(model=None, batches=None, *, lr=0.05, steps=30):
    return loss_falls(
        model or small_net(),
        batches or random_batches(),
        optim(),
        lr=lr,
        loss=losses.cross_entropy(),
        runtime=CPU,
        seed=0,
        steps=steps,
    )


def test_a_loss_that_falls_is_seen_and_nothing_is_touched():
    model = small_net(dropout=0.1)
    weights, states = tensors_of(model), random_states()
    assert falls(model)
    assert differing(tensors_of(model), weights) == []
    assert random_states() == states


def test_a_rate_at_which_nothing_is_learned_and_one_at_which_all_explodes_show_no_fall():
    rng = torch.Generator().manual_seed(3)
    noise = FixedBatches(
        [(torch.randn(16, 1, 6, 6, generator=rng), torch.randint(4, (16,), generator=rng)) for _ in range(30)]
    )
    assert not falls(batches=noise, lr=1e-9)
    assert not falls(lr=1e12)


def test_the_sizes_that_are_tried_are_powers_of_two():
    from fudemoji.engine.finders.batch import SIZES

    assert all(after == 2 * before for before, after in itertools.pairwise(SIZES))
