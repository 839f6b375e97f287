from fudemoji.events import to_json
from fudemoji.trackers.following import Follower
from growing import EPOCHS, steps


def test_a_file_that_is_not_there_yet_has_no_events(tmp_path):
    assert Follower(tmp_path / "events.jsonl").new() == []


def test_each_event_comes_once_and_a_half_line_when_it_is_whole(tmp_path):
    path = tmp_path / "events.jsonl"
    follower, line = Follower(path), to_json(steps(2))
    path.write_text(f"{to_json(steps(1))}\n{line[:9]}")
    assert follower.new() == [steps(1)]
    assert follower.new() == []
    with path.open("a") as file:
        file.write(f"{line[9:]}\n")
    assert follower.new() == [steps(2)]
    assert follower.file_number == 1


def test_a_resumed_run_begins_a_new_file(training):
    training.goes(*EPOCHS[0], steps(4))
    follower = Follower(training.run.events_path)
    follower.new()
    training.goes(steps(5), from_step=3)
    assert [event for event in follower.new() if event in (steps(4), steps(5))] == [steps(5)]
    assert follower.file_number == 2
