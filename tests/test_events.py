import dataclasses
import json
import math
import typing

import pytest

from fudemoji.errors import RunError
from fudemoji.events import EVENTS, EpochDone, Evaluated, Note, RunFinished, StepsDone, from_json, to_json

SAMPLES = {str: "筆", int: 3, float: 0.1, float | None: None, int | None: 5, bool: True}


def sample(kind):
    """An event with a value for each of its fields."""
    hints = typing.get_type_hints(kind)
    return kind(**{field.name: SAMPLES[hints[field.name]] for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_survives_the_way_through_a_line_of_json(name):
    event = sample(EVENTS[name])
    line = to_json(event)
    assert "\n" not in line
    assert json.loads(line)["kind"] == name
    assert from_json(line) == event


def test_floats_come_back_with_every_bit():
    event = EpochDone(step=1, epoch=1, train_loss=0.1 + 0.2, seconds=math.pi)
    assert from_json(to_json(event)) == event


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_know_becomes_null(loss):
    event = StepsDone(step=1, epoch=0.5, loss=loss, lr=0.1, momentum=0.9, images_per_second=10.0)
    assert json.loads(to_json(event))["loss"] is None


def test_events_are_frozen_and_take_keywords_only():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Note(text="bf16").text = "fp32"
    with pytest.raises(TypeError):
        Note("bf16")


@pytest.mark.parametrize(
    "line",
    ["", "{", "null", "[]", "3", '{"text": "no kind"}', '{"kind": "nothing"}', '{"kind": "note"}',
     '{"kind": "note", "text": "a", "more": 1}', '{"kind": ["note"]}'],
)  # fmt: skip
def test_a_line_that_is_no_event_says_so(line):
    with pytest.raises(RunError, match=r"^no event of this version of fudemoji: '"):
        from_json(line)


def test_the_message_shows_the_start_of_a_long_line_only():
    with pytest.raises(RunError, match=r"^no event of this version of fudemoji: 'x{80}'$"):
        from_json("x" * 10_000 + "\n")


def test_a_split_that_is_missing_is_null_and_not_left_out():
    hints = typing.get_type_hints(RunFinished)
    assert hints["test_accuracy"] == float | None
    assert json.loads(to_json(sample(RunFinished)))["test_accuracy"] is None
    assert "split" in {field.name for field in dataclasses.fields(Evaluated)}
