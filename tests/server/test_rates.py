"""How many requests somebody may make."""

import pytest

from fudemoji.server.rates import Buckets


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_as_many_as_a_bucket_holds_come_at_once_and_then_as_many_as_flow_in(clock):
    buckets = Buckets(2.0, at_once=3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, pytest.approx(0.5)]
    clock.now += 0.25
    assert buckets.take("a") == pytest.approx(0.25)
    clock.now += 0.25
    assert [buckets.take("a"), buckets.take("a")] == [0, pytest.approx(0.5)]


def test_a_bucket_never_holds_more_than_when_it_was_full(clock):
    buckets = Buckets(2.0, at_once=2, clock=clock)
    buckets.take("a")
    clock.now += 1000
    assert [bool(buckets.take("a")) for _ in range(3)] == [False, False, True]


def test_one_name_does_not_drain_the_bucket_of_another(clock):
    buckets = Buckets(1.0, at_once=1, clock=clock)
    assert [buckets.take("a"), buckets.take("b"), bool(buckets.take("a"))] == [0, 0, True]


def test_without_a_rate_nobody_is_refused(clock):
    buckets = Buckets(0.0, at_once=0, clock=clock)
    assert not any(buckets.take("a") for _ in range(100))


def test_names_of_long_ago_are_forgotten(clock):
    buckets = Buckets(1.0, at_once=1, clock=clock)
    for number in range(10_001):
        buckets.take(str(number))
    assert buckets.take("0") == 0
    assert buckets.take("10000") > 0
