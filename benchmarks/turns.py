"""Turns between contestants: pieces of work that interleave, each contestant in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from common import Record, brief, say

Turn = Callable[[Record | None], None]
PEERS = ("fastai", "keras", "tensorflow")


class Contestant:
    """A function in a process of its own that works only while it has the turn.

    The function is called as `function(turn, **settings)` and calls `turn(record)` after each piece of work;
    that call returns when it is its turn again. So contestants interleave (A B A B ...), each with its own
    threads and memory, and whatever else the machine does meets all of them alike.
    """

    def __init__(self, function: Callable[..., None], **settings: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_play, args=(theirs, function, settings))
        self._process.start()
        theirs.close()

    def next(self) -> Record | None:
        """What it reports at the end of its turn; None when it has nothing left to do."""
        self._pipe.send("go")
        try:
            answer = self._pipe.recv()
        except EOFError:
            answer = f"the process died with exit code {self._process.exitcode}"
        if isinstance(answer, str):
            raise SystemExit(answer)
        return answer

    def stop(self) -> None:
        """End the process, wherever it is."""
        self._pipe.close()
        self._process.terminate()
        self._process.join()


def _play(pipe: Any, function: Callable[..., None], settings: dict[str, Any]) -> None:
    def turn(record: Record | None) -> None:
        pipe.send(record)
        pipe.recv()

    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.simplefilter("ignore", FutureWarning)  # the peers' own dependencies, not ours to mend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        pipe.recv()
        function(turn, **settings)
        turn(None)
    except EOFError:
        return
    except Exception as error:
        pipe.send(_missing(error) or traceback.format_exc())


def _end_with_parent() -> None:
    """However the benchmark ends: a contestant left over would spoil every later timing."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _missing(error: Exception) -> str:
    """What to install, where that is the trouble."""
    if not isinstance(error, ModuleNotFoundError) or (error.name or "").split(".")[0] not in PEERS:
        return ""
    return f"{error.name} is not installed; the peers live in an extra: pip install -e '.[bench]'"


def in_turns(
    contestants: Mapping[str, Contestant], *, rounds: int, enough: Callable[[Record], bool] = lambda _: False
) -> dict[str, list[Record]]:
    """Every contestant's records, taken one a round in the order given.

    A contestant leaves when it has nothing left to do or `enough` holds of its last record; all are stopped
    at the end.
    """
    records: dict[str, list[Record]] = {name: [] for name in contestants}
    playing, number = dict(contestants), 0
    try:
        while playing and number < rounds:
            number += 1
            for name, contestant in list(playing.items()):
                record = contestant.next()
                if record is not None:
                    records[name].append(record)
                    say(f"round {number}  {name}: {brief(record)}")
                if record is None or enough(record):
                    playing.pop(name).stop()
    finally:
        for contestant in playing.values():
            contestant.stop()
    return records


def alone(name: str, contestant: Contestant) -> list[Record]:
    """All records of one contestant."""
    return in_turns({name: contestant}, rounds=sys.maxsize)[name]
