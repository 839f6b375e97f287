import math

import pytest

from fudemoji.engine.schedule import constant, cosine, exponential, momentum_cycle, one_cycle


def test_one_cycle_goes_through_the_points_found_by_hand():
    lr_at = one_cycle(peak=0.8, total=100, warmup=20, start_div=10, final_div=1000)
    assert lr_at(0) == pytest.approx(0.08)
    assert lr_at(10) == pytest.approx((0.08 + 0.8) / 2)  # half way up a cosine lies half way between
    assert lr_at(20) == pytest.approx(0.8)
    assert lr_at(60) == pytest.approx((0.8 + 0.0008) / 2)
    assert lr_at(100) == pytest.approx(0.0008)
    assert lr_at(40) == pytest.approx(0.0008 + (0.8 - 0.0008) * (1 + math.cos(math.pi / 4)) / 2)


def test_one_cycle_rises_to_its_peak_and_falls_from_it():
    rates = [one_cycle(peak=1, total=50, warmup=12)(step) for step in range(51)]
    assert rates[:13] == sorted(rates[:13])
    assert rates[12:] == sorted(rates[12:], reverse=True)


def test_cosine_warms_up_on_a_straight_line():
    lr_at = cosine(peak=1.0, total=100, warmup=10, start_div=5, final_div=100)
    assert [lr_at(step) for step in (0, 5, 10)] == pytest.approx([0.2, 0.6, 1.0])
    assert lr_at(55) == pytest.approx((1 + 0.01) / 2)
    assert lr_at(100) == pytest.approx(0.01)


def test_without_warm_up_the_first_step_has_the_peak():
    for course in (one_cycle, cosine):
        assert course(peak=0.3, total=10, warmup=0)(0) == pytest.approx(0.3)


def test_constant_decays_after_each_period():
    lr_at = constant(peak=2.0, warmup=4, start_div=2, decay=0.1, decay_every=10)
    assert [lr_at(s) for s in (0, 2, 4, 9, 10, 19, 20)] == pytest.approx([1.0, 1.5, 2, 2, 0.2, 0.2, 0.02])
    assert [constant(peak=2.0)(s) for s in (0, 1000)] == [2.0, 2.0]


def test_the_range_test_multiplies_the_rate_by_the_same_each_step():
    lr_at = exponential(start=1e-7, end=10, total=100)
    factors = {round(lr_at(s + 1) / lr_at(s), 9) for s in range(100)}
    assert factors == {round(10 ** (8 / 100), 9)}
    assert lr_at(0) == 1e-7
    assert lr_at(100) == pytest.approx(10)


def test_momentum_mirrors_the_rate():
    momentum_at = momentum_cycle(low=0.8, high=0.9, total=100, warmup=20)
    assert [momentum_at(s) for s in (0, 10, 20, 60, 100)] == pytest.approx([0.9, 0.85, 0.8, 0.85, 0.9])


@pytest.mark.parametrize("warmup", [10, 15])
def test_a_warm_up_as_long_as_the_run_divides_by_nothing(warmup):
    for course in (one_cycle, cosine):
        assert 0 < course(peak=1, total=10, warmup=warmup)(9) <= 1
    assert 0.8 <= momentum_cycle(low=0.8, high=0.9, total=10, warmup=warmup)(9) <= 0.9
