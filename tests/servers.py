"""A whole server for tests, and images to send to it."""

import contextlib
import io
import time

import numpy as np
from PIL import Image
from starlette.testclient import TestClient

from builders import glyphs
from fudemoji.server.app import create_app
from fudemoji.server.settings import server_settings
from projects import TINY

NAMES = ("bar", "post", "box", "cross")
PATIENCE_SECONDS = 180


@contextlib.contextmanager
def served(folder, **given):
    """A client of a server in this process, as a neighbour on its machine sees it."""
    settings = server_settings(
        data=folder, **{"recipe": TINY.recipe, "training_settings": TINY.values, **given}
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as client:
        yield client


def png(pixels_HW):
    file = io.BytesIO()
    Image.fromarray(pixels_HW).save(file, "PNG")
    return file.getvalue()


def noise(seed=0, *, side=12):
    """An image unlike all others."""
    return png(np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8))


def signs(num, *, seed=0):
    """So many images of four signs, by name."""
    data, found = glyphs(num, 0, seed=seed), {name: [] for name in NAMES}
    for image_CHW, label in zip(data.images, data.labels, strict=True):
        found[NAMES[label]].append(png(image_CHW[0]))
    return found


def form(contents):
    """Images as parts of a form."""
    return [("images", (f"{number}.png", content)) for number, content in enumerate(contents)]


def wait_for(condition, *, seconds=PATIENCE_SECONDS):
    """What the condition gives, as soon as that is something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)
    return found
