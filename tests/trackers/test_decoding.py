import io

import pytest

from fudemoji.events import FilesDecoded, Note
from fudemoji.trackers import DecodingBar, TerminalTracker


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when told."""
    now = [1000.0]
    monkeypatch.setattr("fudemoji.trackers.decoding.time.monotonic", lambda: now[0])
    return now


def test_where_nobody_watches_a_line_comes_every_quarter_of_a_minute(clock):
    stream = io.StringIO()
    bar = DecodingBar(stream)
    for done in range(0, 5000, 100):
        bar(done, 5000)
        clock[0] += 1
    bar.close()
    assert stream.getvalue().splitlines() == [
        "decoding: 1,600 of 5,000 files",
        "decoding: 3,200 of 5,000 files",
        "decoding: 4,800 of 5,000 files",
    ]


def test_what_is_decoded_quickly_is_not_told_of_in_a_file(clock):
    stream = io.StringIO()
    bar = DecodingBar(stream)
    bar(10, 10)
    bar.close()
    assert stream.getvalue() == ""


def test_on_a_terminal_a_bar_counts_files_and_goes_away():
    stream = Terminal()
    bar = DecodingBar(stream)
    assert stream.getvalue() == ""
    bar(16, 40)
    bar(40, 40)
    bar.close()
    bar.close()
    assert "decoding" in stream.getvalue()
    assert "40/40" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")  # the line is wiped


def test_the_table_of_a_run_starts_once_the_bar_is_gone():
    stream = Terminal()
    tracker = TerminalTracker(stream)
    tracker(FilesDecoded(done=3, total=9))
    tracker(Note(text="photos: 64x64"))
    tracker.close()
    assert "3/9" in stream.getvalue()
    assert stream.getvalue().splitlines()[-1].endswith("photos: 64x64\x1b[0m")
