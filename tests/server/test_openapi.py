"""Both APIs held against their own description, by requests made from it: schemathesis."""

import contextlib
import itertools
import threading
from pathlib import Path

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cloud import GENERAL
from fudemoji.server.app import create_app
from fudemoji.server.settings import server_settings
from fudemoji.server.store import images, iterations, keys, projects, tags
from servers import noise, wait_for

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
HOW = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}
API = schemathesis.openapi.from_dict(create_app(server_settings(data=Path("nowhere"))).openapi())
API.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
API.config.phases.update(phases=["examples", "fuzzing"])


@contextlib.contextmanager
def listening(folder):
    """A server that listens on a port of this machine: its address, its store and a key."""
    app = create_app(server_settings(data=folder, requests_per_second=0))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive())
        store = app.state.context.store
        with store.session() as session:
            _, secret = keys.create(session, name="all")
        yield World(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", store, secret)
    finally:
        server.should_exit = True
        thread.join()


class World:
    """A server with a project that has what a path can name, made anew when a request has deleted some of it."""

    def __init__(self, address, store, secret):
        self.address = address
        self.store = store
        self.session = requests.Session()
        self.session.headers["Training-Key"] = secret
        self._turns = itertools.count()
        self._ids = {}

    def send(self, case):
        """Three times of four to what is there, and hold the answer against the description."""
        if next(self._turns) % 4:
            known = self.ids()
            parameters = case.path_parameters or {}
            case.path_parameters = {name: known.get(name, value) for name, value in parameters.items()}
        answer = case.call(base_url=self.address, session=self.session)
        if case.method.upper() == "DELETE":
            self._ids = {}
        case.validate_response(answer, checks=CHECKS)

    def ids(self):
        if not self._ids:
            self._ids = self._made()
        return self._ids

    def _made(self):
        with self.store.session() as session:
            project = projects.create(session, name=f"project {next(self._turns)}", domain_id=GENERAL)
            tag = tags.create(session, project, name="ants")
            entry = images.Entry(noise(next(self._turns)), tag_ids=[tag.id])
            kept = images.keep(self.store.blobs, [entry])
            (added,) = images.add(session, self.store.blobs, project, kept)
            iteration = iterations.create(session, project, recipe="quick")
            iterations.mark(session, iteration, "failed", note="the disk was full")
            key, _ = keys.create(session, name="of the project", project=project)
            made = {"project": project, "tag": tag, "image": added.image, "iteration": iteration, "key": key}
        return {f"{name}{end}": one.id for name, one in made.items() for end in ("_id", "Id")}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with listening(tmp_path_factory.mktemp("openapi") / "store") as world:
        yield world


@API.parametrize()
@settings(max_examples=6, **HOW)
def test_a_few_requests_to_each_operation_get_an_answer_that_is_described(case, world):
    world.send(case)


@pytest.mark.slow
@API.parametrize()
@settings(max_examples=200, **HOW)
def test_many_requests_to_each_operation_get_an_answer_that_is_described(case, world):
    world.send(case)
