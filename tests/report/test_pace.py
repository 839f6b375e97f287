import dataclasses

import pytest

from fudemoji.report.pace import pace_of
from growing import EPOCHS, STARTED, evaluated, steps


def test_nothing_is_told_of_a_training_that_has_not_started():
    assert pace_of([steps(1)]) is None


def test_before_the_first_step_there_is_no_pace():
    pace = pace_of([STARTED])
    assert (pace.step, pace.share, pace.images_per_second, pace.seconds_left) == (0, 0.0, None, None)


def test_the_time_left_is_that_of_the_steps_and_of_the_validations():
    pace = pace_of([STARTED, *EPOCHS[0]])
    assert (pace.step, pace.total_steps, pace.epoch, pace.epochs) == (3, 6, 1.0, 2.0)
    assert pace.images_per_second == 10.0
    # three steps of one image at ten images a second, and one validation of 0.1 s in as many steps
    assert pace.seconds_left == pytest.approx(0.3 + 0.1)
    assert pace.share == 0.5


def test_a_resumed_training_is_timed_from_where_it_goes_on():
    resumed = dataclasses.replace(STARTED, step=3)
    pace = pace_of([STARTED, *EPOCHS[0], resumed, steps(4), evaluated(4)])
    assert pace.step == 4
    assert pace.seconds_left == pytest.approx(2 * (0.1 + 0.1))
