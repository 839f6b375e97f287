"""What the benchmarks share: options, numbers in words, the machine, and the result file."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
# what the console script does, wherever the package comes from
FUDEMOJI = (sys.executable, "-c", "from fudemoji.cli import main; main()")
PACKAGES = ("torch", "torchvision", "fastai", "keras", "tensorflow-cpu", "numpy")

Record = dict[str, Any]
Table = Sequence[Mapping[str, Any]]


# --- options -----------------------------------------------------------------


def parser(doc: str) -> argparse.ArgumentParser:
    """A parser with the options that every script takes; `doc` is the script's docstring."""
    options = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--data", type=Path, default=Path("../shared/data/kmnist-8k"), help="folder of idx files"
    )
    options.add_argument(
        "--tag", default="", help="written behind the result's name: `gpu` gives NAME-gpu.md"
    )
    options.add_argument("--dry", action="store_true", help="print the result, write no file")
    return options


def names(text: str) -> list[str]:
    """The words of a comma-separated option.

    >>> names("mlp,cnn")
    ['mlp', 'cnn']
    """
    return [word for word in text.split(",") if word]


# --- words and numbers -------------------------------------------------------


def brief(record: Record) -> str:
    """A record on one line."""
    return ", ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in record.items()
    )


def say(text: str) -> None:
    """One line of progress on stderr, with the time of day."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def fudemoji_json(*arguments: str) -> Record:
    """The last stdout line of `fudemoji ARGUMENTS --json`, as an object."""
    command = [*FUDEMOJI, *arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"fudemoji {' '.join(arguments)}: exit code {done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """The quotients of values taken in the same rounds."""
    return [a / b for a, b in zip(over, under, strict=True)]


def summary(values: Sequence[float], digits: int = 2) -> str:
    """Median and range in words.

    >>> summary([1.0, 3.0, 2.0])
    '2.00 (1.00 to 3.00)'
    """
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def mean_spread(values: Sequence[float], digits: int = 2) -> str:
    """Mean and standard deviation (n - 1) in words; of one value that alone.

    >>> mean_spread([1.0, 3.0, 2.0]), mean_spread([1.0])
    ('2.00 ± 1.00', '1.00')
    """
    mean = f"{statistics.mean(values):.{digits}f}"
    return f"{mean} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


# --- the result file ---------------------------------------------------------


def table(rows: Table) -> str:
    """Rows as a Markdown table; the keys of the first row are the heads."""
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads), *([str(row.get(head, "")) for head in heads] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> list[str]:
    """Processor, memory, graphics card, load and versions, one line each."""
    versions = [f"Python {platform.python_version()}", f"fudemoji {_fudemoji_version()}"]
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} absent")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    threads = os.environ.get("OMP_NUM_THREADS", "as many as cores")
    return [
        f"Processor: {_processor()}; {os.cpu_count()} cores; {memory:.0f} GiB memory; threads: {threads}",
        f"Graphics card: {_graphics_card()}",
        f"Versions: {', '.join(versions)}",
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    wanted = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
    found = [flag for flag in wanted if flag in fields.get("flags", "").split()]
    return f"{fields.get('model name', platform.machine())} ({', '.join(found) or 'no wide vectors'})"


def _graphics_card() -> str:
    if shutil.which("nvidia-smi") is None:
        return "none"
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip() or "none"


def _fudemoji_version() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = (
        " with uncommitted changes" if git("status", "--porcelain", "--", "src", "benchmarks/*.py") else ""
    )
    return f"at {git('rev-parse', '--short', 'HEAD') or 'no commit'}{changed}"


class Result:
    """One run of a benchmark, from its start: load, duration, tables, and at last the file."""

    def __init__(self, title: str, options: argparse.Namespace) -> None:
        self.title = title
        self._options = options
        self._start = time.time()
        self._load = os.getloadavg()[0]
        self._parts: list[str] = []

    def add(self, rows: Table, *, title: str = "") -> None:
        """A further table, printed at once."""
        self._parts.append((f"## {title}\n\n" if title else "") + table(rows))
        print("\n" + self._parts[-1], flush=True)

    def note(self, text: str) -> None:
        """A further paragraph, printed at once."""
        self._parts.append(text)
        print("\n" + text, flush=True)

    def write(self) -> None:
        """Write `results/NAME.md` after the running script's name, unless the run is dry."""
        words = [os.path.relpath(word, ROOT) if Path(word).is_absolute() else word for word in sys.argv[1:]]
        script = Path(sys.argv[0]).stem
        head = [
            f"Date: {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime(self._start))}, "
            f"{(time.time() - self._start) / 60:.1f} minutes; "
            f"load {self._load:.2f} before, {os.getloadavg()[0]:.2f} after",
            f"Command: `{' '.join(['python', f'benchmarks/{script}.py', *words])}`",
            *machine(),
        ]
        text = "\n\n".join([f"# {self.title}", "\n".join(f"- {line}" for line in head), *self._parts]) + "\n"
        if self._options.dry:
            return
        RESULTS.mkdir(exist_ok=True)
        tag = f"-{self._options.tag}" if self._options.tag else ""
        path = RESULTS / f"{script.replace('_', '-')}{tag}.md"
        path.write_text(text, encoding="utf-8")
        say(f"written: {path.relative_to(ROOT)}")
