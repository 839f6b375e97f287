"""A server killed with SIGKILL, over and over, during uploads, tagging and trainings: what it acknowledged is there.

Each time it is started on the same store, all that was ever acknowledged is looked for, clients go on, and after a
moment drawn by chance it is killed; every second time its trainings and model processes are killed with it, as when
the machine goes down. At the end no training may hang, and one that failed is run again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import requests
from PIL import Image

import common

PATIENCE_SECONDS = 300.0
SETTINGS = """
recipe = "quick"
requests_per_second = 0
training_settings = { model = "mlp", epochs = 60, batch_size = 16, device = "cpu", precision = "fp32" }
"""


@dataclass
class Acknowledged:
    """What a server has said yes to.

    Attributes:
        images: SHA-256 of the files, by the ids of the images.
        tags: ids of tags.
        pairs: ids of images and of the tags that they were given.
        iterations: ids of trainings.
        asked: requests that were not answered.
    """

    images: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    iterations: set[str] = field(default_factory=set)
    asked: int = 0


class Client:
    """What knows a project, and remembers what it was told."""

    def __init__(self) -> None:
        self.said = Acknowledged()
        self.base = ""
        self.project = ""
        self._numbers = itertools.count()

    def send(self, method: str, path: str, **content: Any) -> Any:
        """The answer as JSON; None where it is a refusal."""
        answer = requests.request(method, f"{self.base}/api/v1{path}", timeout=PATIENCE_SECONDS, **content)
        if answer.status_code >= 500 and answer.status_code != 503:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.ok and answer.content else None

    def begin(self) -> None:
        """Make a project that can be trained."""
        self.project = f"/projects/{self.send('POST', '/projects', json={'name': 'killed'})['id']}"
        for name in ("bars", "posts"):
            self.tag(name)
        for _ in range(3):
            self.upload()

    def tag(self, name: str) -> None:
        """One more tag."""
        if made := self.send("POST", f"{self.project}/tags", json={"name": name}):
            self.said.tags.add(made["id"])

    def upload(self) -> None:
        """Four images with a tag each."""
        contents = [picture(next(self._numbers)) for _ in range(4)]
        tag = sorted(self.said.tags)[next(self._numbers) % 2]
        files = [("images", (f"{number}.png", content)) for number, content in enumerate(contents)]
        answer = self.send("POST", f"{self.project}/images", files=files, params={"tag_ids": [tag]})
        for content, one in zip(contents, (answer or {}).get("images", ()), strict=False):
            self.said.images[one["image"]["id"]] = hashlib.sha256(content).hexdigest()
            self.said.pairs.add((one["image"]["id"], tag))

    def retag(self) -> None:
        """The other tag for an image."""
        image, tag = random.choice(sorted(self.said.pairs))
        other = random.choice(sorted(self.said.tags - {tag}))
        wish = {"image_ids": [image], "tag_ids": [other], "replace": True}
        self.said.pairs.discard((image, tag))  # unanswered, either may be true
        if self.send("POST", f"{self.project}/images/tags", json=wish):
            self.said.pairs.add((image, other))

    def train(self) -> None:
        """One more training, unless one is under way."""
        if made := self.send("POST", f"{self.project}/iterations", json={"force": True}):
            self.said.iterations.add(made["id"])
        time.sleep(0.2)

    def missing(self) -> list[str]:
        """What was acknowledged and is not there."""
        images = {one["id"]: one for one in self._every_image()}
        tags = {one["id"] for one in self.send("GET", f"{self.project}/tags")}
        iterations = {one["id"] for one in self.send("GET", f"{self.project}/iterations")}
        has = {(one["id"], tag["id"]) for one in images.values() for tag in one["tags"]}
        wrong = [
            one for one, sha256 in self.said.images.items() if images.get(one, {}).get("sha256") != sha256
        ]
        for one in random.sample(sorted(self.said.images), min(20, len(self.said.images))):
            file = requests.get(
                f"{self.base}/api/v1{self.project}/images/{one}/file", timeout=PATIENCE_SECONDS
            )
            if hashlib.sha256(file.content).hexdigest() != self.said.images[one]:
                wrong.append(f"the file of {one}")
        gone = [
            *(self.said.tags - tags),
            *(self.said.iterations - iterations),
            *map(str, self.said.pairs - has),
        ]
        return wrong + gone

    def _every_image(self) -> Iterator[Any]:
        for skip in itertools.count(step=256):
            page = self.send("GET", f"{self.project}/images", params={"take": 256, "skip": skip})["images"]
            yield from page
            if len(page) < 256:
                return


def main() -> None:
    """Kill, look, and write what was found."""
    options = read_options()
    result = common.Result("A server killed over and over", options)
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        result.add([killed(Path(folder), options)])
    result.note(
        "Each kill is SIGKILL at a moment drawn by chance while two clients upload, one tags and one trains; every "
        "second one takes the trainings and model processes along. After each the server is started on the same store "
        "and all that was ever acknowledged is looked for: images by SHA-256 (of 20, the file too), tags, tags of "
        "images, trainings. Unanswered requests may be true or not."
    )
    result.write()


def read_options() -> Namespace:
    """The command line."""
    parser = common.parser(__doc__ or "")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="the longest that a server lives, after its start"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def killed(folder: Path, options: Namespace) -> common.Record:
    """A store whose server is killed; exits with 1 where something is gone."""
    store, client = folder / "store", Client()
    (folder / "server.toml").write_text(SETTINGS, encoding="utf-8")
    for kill in range(options.kills):
        with started(folder, client) as server:
            if not client.project:
                client.begin()
            check(client, kill)
            with working(client):
                time.sleep(random.uniform(0.1, options.seconds))
                server.kill()
                if kill % 2:
                    kill_children(store)
    with started(folder, client):
        check(client, options.kills)
        statuses = settled(client)
    said = client.said
    return {
        "kills": options.kills,
        "images": len(said.images),
        "tags of images": len(said.pairs),
        "trainings": len(said.iterations),
        "of them completed, failed": f"{statuses.count('completed')}, {statuses.count('failed')}",
        "requests without an answer": said.asked,
        "lost": 0,
    }


def check(client: Client, kill: int) -> None:
    """Exit where something is gone."""
    if lost := client.missing():
        raise SystemExit(f"after {kill} kills {len(lost)} things are gone: {', '.join(lost[:5])}")
    common.say(
        f"{kill} kills: {len(client.said.images)} images, {len(client.said.iterations)} trainings, all there"
    )


def settled(client: Client) -> list[str]:
    """How the trainings ended; one that failed is run again, and has to be completed."""
    found = ended(client)
    silent = [one["name"] for one in found if one["status"] == "failed" and not one["note"]]
    if silent:
        raise SystemExit(f"trainings that failed without a word: {', '.join(silent)}")
    if again := client.send("POST", f"{client.project}/iterations", json={"force": True}):
        last = next(one for one in ended(client) if one["id"] == again["id"])
        if last["status"] != "completed":
            raise SystemExit(f"a training after all the kills is {last['status']}: {last['note']}")
    return [one["status"] for one in found]


def ended(client: Client) -> list[common.Record]:
    """All trainings, once none is under way."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found: list[common.Record] = client.send("GET", f"{client.project}/iterations")
        if not any(one["status"] in ("queued", "training") for one in found):
            return found
        time.sleep(0.5)
    raise SystemExit("a training hangs")


@contextlib.contextmanager
def started(folder: Path, client: Client) -> Iterator[subprocess.Popen[str]]:
    """A server on the store, which is gone after the block."""
    command = [*common.FUDEMOJI, "server", "--data", str(folder / "store"), "--port", "0"]
    command += ["--settings", str(folder / "server.toml")]
    with (
        (folder / "server.log").open("a") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"the server does not start: {(folder / 'server.log').read_text()[-500:]}")
            client.base = line.split(" on ")[1].split(",")[0]
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def working(client: Client) -> Iterator[None]:
    """Clients that go on until the server is gone."""
    stopped = threading.Event()

    def repeat(work: Callable[[], None]) -> None:
        while not stopped.is_set():
            try:
                work()
            except (requests.RequestException, ValueError):
                client.said.asked += 1
                return

    works = (client.upload, client.upload, client.retag, client.train)
    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def kill_children(store: Path) -> None:
    """Every process whose command line names the store: its trainings."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(entry.name) != os.getpid() and str(store).encode() in (entry / "cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)


def picture(number: int) -> bytes:
    """A PNG that no other number gives."""
    pixels_HW = np.random.default_rng(number).integers(0, 256, (16, 16), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels_HW).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
