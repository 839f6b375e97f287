"""Studios for tests: a real process on loopback, and people who look at it in a real browser."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect, sync_playwright

from projects import TINY
from servers import NAMES, form, signs, wait_for

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
START_SECONDS, LIFE_SECONDS = 60, 600
PATIENCE_MS = 60_000  # of a person, on a machine that does other things at the same time
expect.set_options(timeout=PATIENCE_MS)


@contextlib.contextmanager
def browser():
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield found
        finally:
            found.close()


def new_page(chromium, **options):
    """A page of a browser that knows nothing yet; closing its context ends it."""
    context = chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def stroke(page, *places, ms=None, **pointer):
    """A stroke through places of the sheet, 0..1, as fast as it goes, or each so much later than the one before."""
    box, session = page.locator("canvas").bounding_box(), page.context.new_cdp_session(page)
    start = page.evaluate("performance.timeOrigin + performance.now()")
    pointer = {"pointerType": "mouse", "button": "left", "clickCount": 1, **pointer}
    for number, (x, y) in enumerate([*places, places[-1]]):
        kind = "mousePressed" if not number else "mouseMoved" if number < len(places) else "mouseReleased"
        at = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        at |= {} if ms is None else {"timestamp": (start + number * ms) / 1000}
        session.send("Input.dispatchMouseEvent", {"type": kind, "buttons": 1, **at, **pointer})


def trains_in_seconds(**values):
    """The fixture of a file of tests: a studio whose trainings take seconds, with these settings."""

    @pytest.fixture(scope="module")
    def studio(tmp_path_factory):
        folder = tmp_path_factory.mktemp("studio")
        with Studio(folder / "store", "--settings", _tiny_settings(folder, **values)) as running:
            yield running

    return studio


def _tiny_settings(folder, **values):
    """A file of settings with which trainings take a second or two."""
    told = "\n".join(f"{name} = {json.dumps(value)}" for name, value in {**TINY.values, **values}.items())
    path = Path(folder) / "tiny.toml"
    path.write_text(f'recipe = "quick"\n[training_settings]\n{told}\n')
    return path


def tagged(client, name, *, num=40, called=NAMES):
    """The address in the API of a new project with so many images of four signs, and a tag for each sign."""
    address = f"/api/v1/projects/{client.post('/api/v1/projects', json={'name': name}).json()['id']}"
    for tag_name, contents in zip(called, signs(num).values(), strict=True):
        tag = client.post(f"{address}/tags", json={"name": tag_name}).json()["id"]
        answer = client.post(f"{address}/images", files=form(contents), params={"tag_ids": [tag]})
        assert answer.status_code == 201, answer.text
    return address


def train(client, address, **wish):
    """What the API tells of an iteration that was wished for so, when it is trained."""
    asked = client.post(f"{address}/iterations", json=wish)
    assert asked.status_code == 202, asked.text
    iteration = f"{address}/iterations/{asked.json()['id']}"
    wait_for(lambda: client.get(iteration).json()["status"] not in ("queued", "training"))
    told = client.get(iteration).json()
    assert told["status"] == "completed", told["note"]
    return told


class Studio:
    """`fudemoji studio` on a store, started and stopped; on the same port each time.

    Attributes:
        url: of the first page.
        way_in: the address that the command printed, which lets in.
    """

    def __init__(self, store, *options):
        self.store = Path(store)
        self._options = [str(option) for option in options]
        self._port = "0"
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        command = [sys.executable, "-m", "fudemoji", "studio", "--data", str(self.store), "--no-browser"]
        self._process = subprocess.Popen(
            [*command, "--port", self._port, *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**_as_users_have_it(), "PYTHONUNBUFFERED": "1"},
        )
        self._watch = threading.Timer(LIFE_SECONDS, self._process.kill)
        self._watch.start()
        late = threading.Timer(START_SECONDS, self._process.kill)
        late.start()
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            if found := re.match(r"fudemoji studio on (http://[^/ ]+?:(\d+)(?:/\S*)?), store ", line):
                break
        late.cancel()
        assert lines, "the studio said nothing"
        assert found, "".join(lines)
        self.way_in, self._port = found[1], found[2]
        self.url = self.way_in.partition("/?")[0]
        self.log = lines
        self._reader = threading.Thread(target=lambda: self.log.extend(self._process.stdout), daemon=True)
        self._reader.start()

    def stop(self, number=signal.SIGTERM):
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(60)
        self._watch.cancel()
        self._reader.join(10)
        self._process.stdout.close()
        return code

    def client(self):
        """A client of the APIs that has signed in, as a page of the studio would send its requests."""
        client = httpx2.Client(base_url=self.url, headers={"Origin": self.url}, timeout=60)
        answer = client.get(self.way_in)
        assert answer.status_code == 303, answer.text
        return client

    @contextlib.contextmanager
    def visitor(self, chromium, **options):
        """A page that is signed in; at the end it is looked at whether anything went wrong on it."""
        page = new_page(chromium, **options)
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(f"{said.text} {said.location}"))
        page.on("request", lambda asked: _is_elsewhere(asked.url, self.url) and wrong.append(asked.url))
        page.goto(self.way_in)
        yield page
        page.context.close()
        assert not wrong, wrong


def _is_elsewhere(url, own):
    return not url.startswith((own, own.replace("http", "ws"), "data:", "blob:"))


def _as_users_have_it():
    """The environment without what says that this is a test; NiceGUI would not compress what it sends."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
