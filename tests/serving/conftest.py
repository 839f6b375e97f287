"""A run to serve, and its server."""

import io

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from builders import glyphs
from fudemoji.serving.app import ServeSettings, create_app
from fudemoji.serving.limits import Limits
from fudemoji.serving.model import ServedModel
from trainings import finished_run


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run that has learnt the signs."""
    return finished_run(tmp_path_factory.mktemp("serving"))


@pytest.fixture(scope="session")
def files() -> list[bytes]:
    """Images of signs that it has not seen, as PNG files."""
    found = []
    for image_HW in glyphs(8, 0, seed=7).images[:, 0]:
        file = io.BytesIO()
        Image.fromarray(image_HW).save(file, "PNG")
        found.append(file.getvalue())
    return found


@pytest.fixture(scope="session")
def client(run):
    """A server of that run, in this process, with a model process of its own."""
    settings = ServeSettings(limits=Limits(image_bytes=10_000, num_images=8), allow_private_urls=True)
    with TestClient(create_app(ServedModel.of_run(run), settings), base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="session")
def huge() -> bytes:
    """A small file of more pixels than are read."""
    file = io.BytesIO()
    Image.fromarray(np.zeros((10_001, 10_000), np.uint8)).save(file, "PNG")
    return file.getvalue()
