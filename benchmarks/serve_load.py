"""Requests a second of `fudemoji serve` and of a plain FastAPI endpoint (plain_endpoint.py), from wrk, in turns.

fude-s, PNG files of 28x28, 64 connections, all processes on the same cores. Every request holds the next of 256
images. Both servers run all the time; while one is asked the other waits. Before the turns both must say the same of
the images. Then the cold start (from the command line to the first answer), and with `--minutes 10` a long load, whose
errors and memory are told. wrk must be installed (`apt-get install wrk`).
"""

import argparse
import collections
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from PIL import Image

import common
from fudemoji.data import load

BAR = 4.0  # times the throughput of the plain endpoint
COLD_BAR = 5.0  # seconds
LUA = """
local requests, place = {}, 0
function init(arguments)
  for number = 0, %d do
    local file = io.open(string.format("%s/%%d", number), "rb")
    requests[number + 1] = wrk.format("POST", "%s", {["Content-Type"] = "%s"}, file:read("*a"))
    file:close()
  end
end
function request()
  place = place %% #requests + 1
  return requests[place]
end
function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"requests": %%d, "seconds": %%f, "status": %%d, "socket": %%d, "p50": %%f, "p99": %%f}',
    summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write
    + errors.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""
FORMS = {"multipart": "multipart/form-data; boundary=edge", "raw": "application/octet-stream"}


def png_files(data: Path, count: int) -> list[bytes]:
    """So many test images, as the bytes of files."""
    images = load(str(data))
    found = []
    for index in images.indices("test")[:count]:
        file = io.BytesIO()
        Image.fromarray(images.images[index, 0]).save(file, "PNG")
        found.append(file.getvalue())
    return found


def body(form: str, content: bytes) -> bytes:
    """A request's body."""
    if form == "raw":
        return content
    head = b'Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png'
    return b"--edge\r\n%s\r\n\r\n%s\r\n--edge--\r\n" % (head, content)


def ask(url: str, form: str, content: bytes) -> common.Record:
    """One answer."""
    request = urllib.request.Request(url, body(form, content), {"Content-Type": FORMS[form]})
    with urllib.request.urlopen(request, timeout=60) as got:
        return json.load(got)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def running(
    command: list[str], port: int, image: bytes, path: str, **more: str
) -> Iterator[tuple[int, float]]:
    """A server that answers: its process id, and the seconds that its first answer took."""
    start = time.perf_counter()
    with subprocess.Popen(command, env={**os.environ, **more}, stdout=subprocess.DEVNULL) as process:
        try:
            while True:
                try:
                    ask(f"http://127.0.0.1:{port}{path}", "raw", image)
                    break
                except (urllib.error.URLError, ConnectionError):
                    if process.poll() is not None or time.perf_counter() - start > 300:
                        raise SystemExit(f"{' '.join(command)} does not answer") from None
                    time.sleep(0.02)
            yield process.pid, time.perf_counter() - start
        finally:
            process.send_signal(signal.SIGTERM)


def ours(options: argparse.Namespace, port: int) -> list[str]:
    """The command line of the server that is measured."""
    shifts = ["--shifts", str(options.shifts)]
    return [*common.FUDEMOJI, "serve", str(options.run), "--port", str(port), *shifts, *options.more.split()]


def plain(port: int, workers: int) -> list[str]:
    """The command line of the plain endpoint; uvicorn at its fastest."""
    return [
        *(
            sys.executable,
            "-m",
            "uvicorn",
            "plain_endpoint:app",
            "--port",
            str(port),
            "--workers",
            str(workers),
        ),
        *("--app-dir", str(Path(__file__).parent), "--no-access-log", "--log-level", "warning"),
    ]


def load_on(port: int, script: Path, *, connections: int, seconds: float) -> common.Record:
    """What wrk finds."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(script)]
    done = subprocess.run([*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    told["rate"] = told["requests"] / told["seconds"]
    return told


def resident(pid: int) -> float:
    """Mebibytes of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = next(
        int(line.split()[1])
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
    return own / 1024 + sum(resident(int(child)) for child in children)


def row(name: str, found: list[common.Record], base: list[common.Record]) -> common.Record:
    """A line of the table."""
    return {
        "server": name,
        "requests/s": common.summary([one["rate"] for one in found], 0),
        "p50, ms": common.summary([one["p50"] for one in found], 1),
        "p99, ms": common.summary([one["p99"] for one in found], 1),
        "errors": sum(one["status"] + one["socket"] for one in found),
        "times plain": common.summary(
            common.ratios([one["rate"] for one in found], [one["rate"] for one in base])
        ),
    }


def in_turns(
    options: argparse.Namespace,
    ports: dict[str, int],
    scripts: dict[str, Path],
    result: common.Result,
    form: str,
) -> None:
    """A table of one form of request."""
    found: dict[str, list[common.Record]] = collections.defaultdict(list)
    for name, port in ports.items():
        load_on(port, scripts[name], connections=options.connections, seconds=3)
    for number in range(options.rounds):
        for name in list(ports)[:: 1 if number % 2 == 0 else -1]:
            one = load_on(
                ports[name], scripts[name], connections=options.connections, seconds=options.seconds
            )
            found[name].append(one)
            common.say(f"{form}, round {number + 1}, {name}: {common.brief(one)}")
    base = found["plain, 1 process"]
    result.add([row(name, records, base) for name, records in found.items()], title=f"Images as {form}")


def long_load(options: argparse.Namespace, pid: int, port: int, script: Path, result: common.Result) -> None:
    """Many minutes of load, a line a minute."""
    rows = []
    for minute in range(options.minutes):
        one = load_on(port, script, connections=options.connections, seconds=60)
        told = {"minute": minute + 1, "requests/s": f"{one['rate']:.0f}", "p99, ms": f"{one['p99']:.1f}"}
        rows.append({**told, "errors": one["status"] + one["socket"], "memory, MiB": f"{resident(pid):.0f}"})
        common.say(common.brief(rows[-1]))
    result.add(rows, title=f"{options.minutes} minutes of load")


def write_scripts(folder: Path, images: list[bytes], form: str) -> dict[str, Path]:
    """The Lua of both servers."""
    kept = folder / form
    kept.mkdir()
    for number, content in enumerate(images):
        (kept / str(number)).write_bytes(body(form, content))
    scripts = {}
    for name, path in (("ours", "/predict"), ("plain", f"/{form}")):
        scripts[name] = folder / f"{form}-{name}.lua"
        scripts[name].write_text(LUA % (len(images) - 1, kept, path, FORMS[form]))
    return scripts


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--run", type=Path, help="a run of fude-s; else one is trained first")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each turn")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--minutes", type=int, default=0, help="of load at the end, on fudemoji alone")
    parser.add_argument("--starts", type=int, default=5, help="cold starts")
    parser.add_argument("--cores", type=common.names, default=["0", "1"], help="that everything runs on")
    parser.add_argument("--shifts", type=int, default=0, help="test-time shifts; the plain endpoint has none")
    parser.add_argument("--more", default="", help="further options of fudemoji serve, in one text")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing; install it (apt-get install wrk)")
    os.sched_setaffinity(0, {int(core) for core in options.cores})
    result = common.Result("Requests over HTTP: fudemoji serve and a plain endpoint", options)
    images = png_files(options.data, 256)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if options.run is None:
            common.fudemoji_json("train", str(options.data), "--output", str(folder), "--name", "served")
            options.run = folder / "served"
        measure(options, stack, folder, images, result)
        result.note(
            f"n = {options.rounds} turns of {options.seconds:g} s, median (lowest to highest); wrk with one thread and "
            f"{options.connections} connections on the same cores. The plain endpoint computes with one thread. "
            f"The bar is {BAR:g} times `plain, 1 process`, with a lower p99 and no error; "
            f"a cold start under {COLD_BAR:g} s."
        )
    result.write()


def measure(
    options: argparse.Namespace, stack: ExitStack, folder: Path, images: list[bytes], result: common.Result
) -> None:
    """Both servers, all tables."""
    ports = {"plain, 1 process": free_port(), "plain, 2 processes": free_port(), "fudemoji": free_port()}
    env = {"RUN": str(options.run), "THREADS": "1"}
    for workers, name in ((1, "plain, 1 process"), (2, "plain, 2 processes")):
        stack.enter_context(running(plain(ports[name], workers), ports[name], images[0], "/raw", **env))
    port = ports["fudemoji"]
    pid, _ = stack.enter_context(running(ours(options, port), port, images[0], "/predict"))
    alike = 0
    for content in images:
        one = ask(f"http://127.0.0.1:{ports['plain, 1 process']}/multipart", "multipart", content)
        alike += one["id"] == ask(f"http://127.0.0.1:{port}/predict", "multipart", content)["id"]
    result.note(f"Both name the same class for {alike} of {len(images)} images.")
    for form in FORMS:
        scripts = write_scripts(folder, images, form)
        named = {name: scripts["ours" if name == "fudemoji" else "plain"] for name in ports}
        in_turns(options, ports, named, result, form)
    if options.minutes:
        long_load(options, pid, port, folder / "multipart-ours.lua", result)
    if options.starts:
        starts = []
        for _ in range(options.starts):
            port = free_port()
            with running(ours(options, port), port, images[0], "/predict") as (_, seconds):
                starts.append(seconds)
        result.note(f"Cold start, s, from the command to the first answer: {common.summary(starts)}")


if __name__ == "__main__":
    main()
