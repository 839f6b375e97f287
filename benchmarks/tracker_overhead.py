"""Milliseconds a training step with no tracker and with each: fude-s on kmnist-8k, batch 128.

Each round trains once with each set of trackers, from the start, in this one process; the order is turned round from
one round to the next. The step time is the wall clock over the steps from `--skip` to `--skip` + `--seconds`, all that
happens between two steps included (events.jsonl, checkpoints; there is no validation split). The first seconds, in
which a tracker's process starts, are told apart. Everything stays on this machine: files, SQLite, wandb offline.
"""

import contextlib
import functools
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path

import common
from fudemoji.data import load
from fudemoji.events import StepsDone
from fudemoji.trackers import Audience
from fudemoji.training import fit_events

SETS = {"none": (), "tensorboard": ("tensorboard",), "wandb": ("wandb",), "mlflow": ("mlflow",),
        "all three": ("tensorboard", "wandb", "mlflow")}  # fmt: skip
BAR = 0.01


def train(data, trackers, *, model: str, skip: float, seconds: float) -> common.Record:
    """Step times of one training in milliseconds, before and after `skip`, and the processes' CPU time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    marks: list[tuple[float, int]] = []
    handed = 0.0  # seconds, after `skip`
    early: tuple[float, float] | None = None
    with tempfile.TemporaryDirectory() as folder:
        audience = Audience(trackers, display=lambda: None)
        events = fit_events(
            data, output=folder, name="a", model=model, epochs="1000000st", batch_size=128, valid=0.0
        )
        try:
            for event in events:
                start = time.perf_counter()
                audience(event)
                handed += time.perf_counter() - start if early else 0.0
                if isinstance(event, StepsDone):
                    marks.append((time.perf_counter(), event.step))
                    if early is None and marks[-1][0] - marks[0][0] >= skip:
                        early = (time.perf_counter(), cpu_seconds(audience))
                    if marks[-1][0] - marks[0][0] > skip + seconds:
                        break
            assert early is not None
            share = (cpu_seconds(audience) - early[1]) / (time.perf_counter() - early[0])
        finally:
            events.close()
            start = time.perf_counter()
            audience.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    first = next(mark for mark in marks if mark[0] - marks[0][0] >= skip)
    return {
        "at first": per_step(marks[0], first),
        "later": per_step(first, marks[-1]),
        "share": share,
        "handing": 1e6 * handed / (marks[-1][1] - first[1]),
        "closing": time.perf_counter() - start,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }


def cpu_seconds(audience: Audience) -> float:
    """CPU time so far of the trackers' processes and of those that they have started."""
    groups = {tracker._process.pid for tracker in audience._aside if tracker._process}
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) in groups:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def per_step(one: tuple[float, int], other: tuple[float, int]) -> float:
    """Milliseconds a step between two marks."""
    return 1000 * (other[0] - one[0]) / (other[1] - one[1])


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--model", default="fude-s")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--skip", type=float, default=20.0, help="seconds in which the trackers start")
    parser.add_argument("--seconds", type=float, default=30.0, help="seconds that are measured")
    options = parser.parse_args()
    result = common.Result("What trackers cost a training step", options)
    once = functools.partial(
        train, load(str(options.data)), model=options.model, skip=options.skip, seconds=options.seconds
    )
    found: dict[str, list[common.Record]] = {name: [] for name in SETS}
    for number in range(options.rounds):
        for name in list(SETS)[:: 1 if number % 2 == 0 else -1]:
            found[name].append(once(SETS[name]))
            common.say(f"round {number + 1}, {name}: {common.brief(found[name][-1])}")
    result.add([row(name, records, found["none"]) for name, records in found.items()])
    result.note(
        f"n = {options.rounds} rounds, median (lowest to highest). Overheads are ratios to the training without a "
        f"tracker of the same round, less one; the bar is {BAR:.0%} on `later`. Handing over is what the training "
        "itself spends on handing its events over. The share of a core is what the "
        "trackers' processes used then, as the kernel counts it: the exact figure beside the noisy one. CPU time is "
        "theirs from start to end; closing is the time from the end of the training to that of the last tracker."
    )
    result.write()


def row(name: str, records: list[common.Record], none: list[common.Record]) -> common.Record:
    """A line of the table."""
    line: common.Record = {"trackers": name}
    for part in ("at first", "later"):
        times = [record[part] for record in records]
        line[f"{part}, ms a step"] = common.summary(times)
        over = [100 * (ratio - 1) for ratio in common.ratios(times, [record[part] for record in none])]
        line[f"{part}, overhead %"] = "" if name == "none" else common.summary(over)
    line["handing over, us a step"] = common.summary([record["handing"] for record in records])
    line["later, % of a core"] = common.summary([100 * record["share"] for record in records])
    line["CPU time, s"] = f"{statistics.median(record['cpu'] for record in records):.1f}"
    line["closing, s"] = f"{statistics.median(record['closing'] for record in records):.1f}"
    return line


if __name__ == "__main__":
    main()
