"""A server for all tests of the folder, a project with a trained iteration on it, and a site on the web."""

import contextlib
import functools
import http.server
import itertools
import threading

import pytest
from azure.cognitiveservices.vision.customvision.training.models import (
    CustomVisionErrorException,
)

from custom_vision import NAMES, Learnt, running, send, signs, trained

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="session")
def trainer(server):
    with server.trainer() as client:
        yield client


@pytest.fixture(scope="session")
def predictor(server):
    with server.predictor() as client:
        yield client


@pytest.fixture
def project(trainer):
    """A new one, without anything."""
    made = trainer.create_project(f"project {next(NUMBERS)}")
    yield made
    with contextlib.suppress(CustomVisionErrorException):  # a test deleted it, or left it published
        trainer.delete_project(made.id)


@pytest.fixture(scope="session")
def learnt(trainer) -> Learnt:
    """A project of four signs with an iteration that is published as `signs v1`."""
    made = trainer.create_project("learnt")
    tag_ids = {name: trainer.create_tag(made.id, name).id for name in NAMES}
    images = signs(128)
    sent = send(trainer, made.id, images[:120], tag_ids)
    iteration = trained(trainer, made.id)
    assert iteration.status == "Completed", iteration.training_error_details
    trainer.publish_iteration(made.id, iteration.id, "signs v1", "a resource")
    return Learnt(made.id, iteration.id, tag_ids, sent, images[120:])


@pytest.fixture
def website(tmp_path):
    """A folder, and where its files lie on the web."""
    handler = functools.partial(Quiet, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{site.server_address[1]}"
        site.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
