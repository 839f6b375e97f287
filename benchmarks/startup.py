"""`fudemoji --help`: wall time of a fresh process, and which heavy packages it imports (none)."""

import statistics
import subprocess
import sys
import time

import common

HEAVY = ("torch", "torchvision", "numpy", "matplotlib", "PIL", "pydantic", "jinja2")
ASK = (
    "import sys\n"
    "from fudemoji.cli import main\n"
    "sys.argv = ['fudemoji', *{words!r}]\n"
    "try:\n    main()\nexcept SystemExit:\n    pass\n"
    "print(*sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)"
)


def seconds(command: list[str]) -> float:
    """Wall time of one run of `command`."""
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    result = common.Result("Start of the command line", options)
    commands = {
        "bare Python (`python -c pass`)": [sys.executable, "-c", "pass"],
        "`fudemoji --help`": [*common.FUDEMOJI, "--help"],
        "`fudemoji train --help`": [*common.FUDEMOJI, "train", "--help"],
    }
    for command in commands.values():
        seconds(command)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, command in commands.items():
            times[name].append(seconds(command))
    rows = []
    for name, command in commands.items():
        ask = ASK.format(words=command[3:], heavy=HEAVY)
        told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stderr
        imported = told.splitlines()[-1] if "fudemoji" in name else ""
        rows.append(
            {
                "command": name,
                "seconds, median (range)": common.summary(times[name], 3),
                f"of {', '.join(HEAVY)} it imports": imported or "none",
            }
        )
    result.add(rows)
    middle = statistics.median(times["`fudemoji --help`"])
    result.note(
        f"n = {options.rounds} interleaved runs each, files cached. {middle:.3f} s; the bar is under 0.4 s."
    )
    result.write()


if __name__ == "__main__":
    main()
