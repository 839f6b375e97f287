"""A server that answers as Custom Vision does, the service's own clients, and images to send."""

import contextlib
import io
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.prediction import models as prediction
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training import models as training
from msrest.authentication import ApiKeyCredentials
from PIL import Image

from builders import glyphs
from fudemoji.server.app import create_app
from fudemoji.server.settings import server_settings
from fudemoji.server.store import Store, keys
from trainings import TINY

LEARNING = {**TINY, "epochs": 40}
NAMES = ("bar", "post", "box", "cross")
PATIENCE_SECONDS = 300
REFUSALS = (training.CustomVisionErrorException, prediction.CustomVisionErrorException)


@dataclass(frozen=True)
class Server:
    """One that runs: where, and what opens it."""

    endpoint: str
    training_key: str
    prediction_key: str
    folder: Path

    def trainer(self, key: str | None = None) -> CustomVisionTrainingClient:
        credentials = ApiKeyCredentials(in_headers={"Training-Key": key or self.training_key})
        return _patient(CustomVisionTrainingClient(self.endpoint, credentials))

    def predictor(self, key: str | None = None) -> CustomVisionPredictionClient:
        credentials = ApiKeyCredentials(in_headers={"Prediction-Key": key or self.prediction_key})
        return _patient(CustomVisionPredictionClient(self.endpoint, credentials))


@dataclass(frozen=True)
class Learnt:
    """A project that was trained on: its tags by name, its images, and signs that it has not seen."""

    id: str
    iteration_id: str
    tag_ids: dict[str, str]
    images: list
    unseen: list[tuple[str, bytes]]


def _patient(client):
    client.config.retry_policy.retries = 0  # what the server answers at first is what is tested
    return client


@contextlib.contextmanager
def running(folder: Path, **given):
    """A server with a key of each kind."""
    settings = server_settings(
        data=folder,
        **{
            "min_images_per_tag": 5,
            "recipe": "quick",
            "training_settings": LEARNING,
            "allow_private_urls": True,
            "model_threads": 1,
            **given,
        },
    )
    store = Store.open(folder)
    with store.session() as session:
        _, training_key = keys.create(session, name="tests", kind="training")
        _, prediction_key = keys.create(session, name="tests", kind="prediction")
    store.close()
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), port=0, log_config=None, lifespan="on", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Server(f"http://127.0.0.1:{port}/", training_key, prediction_key, folder)
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


def png(pixels_HW) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels_HW).save(file, "PNG")
    return file.getvalue()


def signs(num: int, *, seed: int = 0) -> list[tuple[str, bytes]]:
    """So many images of four signs, with their names."""
    data = glyphs(num, 0, seed=seed)
    return [
        (NAMES[label], png(image_CHW[0])) for image_CHW, label in zip(data.images, data.labels, strict=True)
    ]


def noise(seed: int = 0, *, size: int = 12) -> bytes:
    """An image unlike all others."""
    return png(np.random.default_rng(seed).integers(0, 256, (size, size), dtype=np.uint8))


def trained(trainer, project_id: str, **given):
    """An iteration, when its training is over."""
    return ended(trainer, project_id, trainer.train_project(project_id, **given).id)


def ended(trainer, project_id: str, iteration_id: str):
    """An iteration that was being trained, when that is over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (iteration := trainer.get_iteration(project_id, iteration_id)).status == "Training":
        assert time.monotonic() < deadline, "the training takes too long"
        time.sleep(0.2)
    return iteration


@contextlib.contextmanager
def refused(status: int, code: str, *, match: str | None = None):
    """The block ends with this refusal, told in a way that the service's client understands."""
    with pytest.raises(
        (training.CustomVisionErrorException, prediction.CustomVisionErrorException), match=match
    ) as found:
        yield
    assert (found.value.response.status_code, found.value.error.code) == (status, code)
    assert found.value.error.message == str(found.value)


def statuses(summary) -> tuple[bool, list[str]]:
    """What became of a batch: of the whole, and of each image."""
    return summary.is_batch_successful, [one.status for one in summary.images]


def add_signs(trainer, project_id: str, num: int) -> dict[str, str]:
    """Give a project so many images of the four signs; the ids of the tags by their names."""
    tag_ids = {name: trainer.create_tag(project_id, name).id for name in NAMES}
    send(trainer, project_id, signs(num), tag_ids)
    return tag_ids


def send(trainer, project_id: str, images: list[tuple[str, bytes]], tag_ids: dict[str, str]) -> list:
    """Send images as files, as many at a time as the service takes; the images as it tells of them."""
    sent = []
    for start in range(0, len(images), 64):
        entries = [
            training.ImageFileCreateEntry(name=f"{place}.png", contents=content, tag_ids=[tag_ids[name]])
            for place, (name, content) in enumerate(images[start : start + 64])
        ]
        batch = training.ImageFileCreateBatch(images=entries)
        summary = trainer.create_images_from_files(project_id, batch)
        assert summary.is_batch_successful
        sent += [one.image for one in summary.images]
    return sent


def fetched(link: str) -> bytes:
    """What lies under a link, asked for as a browser does: without a key."""
    with urllib.request.urlopen(link) as answer:
        return answer.read()
