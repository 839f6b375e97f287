"""Real torchrun processes on tiny sets: several command lines in one start of two ranks, or one that can be killed."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 240  # on a busy machine; a quiet one needs a tenth


@dataclass(frozen=True)
class Said:
    """What a rank's command line left."""

    exit_code: int
    out: str
    err: str


def started(*arguments: str, ranks: int = 2, restarts: int = 0) -> subprocess.Popen:
    """A running torchrun of a module or script with arguments; its output is kept."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests"))),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [*launcher, "--max-restarts", str(restarts), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a torchrun, which is killed with its ranks when it takes too long."""
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        for pid in (*ranks_of(process), process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        raise
    return process.returncode, out, err


def ranks_of(process: subprocess.Popen) -> list[int]:
    """The process ids of a torchrun's ranks."""
    try:
        return [
            int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []


def said_by_ranks(folder: Path, commands: list[list[str]], *, ranks: int = 2) -> list[list[Said]]:
    """What each rank said to each of these command lines, all in one start of torchrun."""
    folder.mkdir()
    (folder / "commands.json").write_text(json.dumps(commands))
    exit_code, _, err = ended(started(__file__, str(folder), ranks=ranks))
    assert exit_code == 0, err
    return [
        [Said(**json.loads((folder / f"{number}-{rank}.json").read_text())) for rank in range(ranks)]
        for number in range(len(commands))
    ]


def trained_under_kills(arguments: list[str], events: Path, *, at: list[int], seed: int = 0) -> str:
    """Train by torchrun and kill a random rank soon after each of these steps; what torchrun said in the end."""
    process = started(__file__, *arguments, restarts=len(at))
    rng = random.Random(seed)
    for step in at:
        while process.poll() is None and _last_step(events) < step:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.05))
        assert process.poll() is None, process.communicate()
        os.kill(rng.choice(ranks_of(process)), signal.SIGKILL)
        while process.poll() is None and len(ranks_of(process)) == 2 and _last_step(events) >= step:
            time.sleep(0.01)
    exit_code, _, err = ended(process)
    assert exit_code == 0, err
    return err


def _last_step(events: Path) -> int:
    """The step of the last whole line; events that are told again after a restart replace what was there."""
    with contextlib.suppress(FileNotFoundError):
        for line in reversed(events.read_text(encoding="utf-8").split("\n")[:-1]):
            if (event := json.loads(line))["kind"] == "steps_done":
                return int(event["step"])
    return 0


def _command(arguments: list[str]) -> int:
    """The command line with an event a step, and without a report."""
    import functools

    from fudemoji.cli.app import _run
    from fudemoji.engine.loop import Plan
    from fudemoji.training import session, workbench

    workbench.Plan = functools.partial(Plan, event_seconds=0.0)
    session.write_report = lambda run: run.report_path
    return _run(arguments)


def _commands(folder: Path) -> None:
    import io

    for number, arguments in enumerate(json.loads((folder / "commands.json").read_text())):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exit_code = _command(arguments)
        said = {"exit_code": exit_code, "out": out.getvalue(), "err": err.getvalue()}
        (folder / f"{number}-{os.environ['RANK']}.json").write_text(json.dumps(said))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        _commands(Path(sys.argv[1]))
    else:
        sys.exit(_command(sys.argv[1:]))
