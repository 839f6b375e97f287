"""Which model answers, and how long that is remembered."""

import asyncio
import json
import time

import numpy as np
import pytest

from fudemoji.server.models import Models
from fudemoji.server.store import Store, iterations, projects, publications, tags
from fudemoji.serving.errors import ApiError

DOMAIN = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    yield store
    store.close()


def add_trained(store, *, name="signs"):
    """The ids of a project and of its published iteration, which knows a regular and a negative tag."""
    with store.session() as session:
        project = projects.create(session, name=name, domain_id=DOMAIN)
        known = [
            tags.create(session, project, name='a "box"'),
            tags.create(session, project, name="筆", kind="negative"),
        ]
        iteration = iterations.create(session, project, recipe="quick")
        iterations.mark(session, iteration, "training")
        iterations.mark(session, iteration, "completed", tag_ids=[tag.id for tag in known])
        publications.publish(session, project, iteration, name="v1")
        return project.id, iteration.id


def test_an_answer_has_the_most_probable_tag_first_with_its_name_and_type(store):
    project_id, iteration_id = add_trained(store)
    model = asyncio.run(Models(store).published(project_id, "v1"))
    assert (model.iteration.id, model.run) == (iteration_id, store.runs / iteration_id)
    probs_K = np.array([0.25, 0.75], dtype=np.float32)
    told = json.loads(model.told(probs_K))
    assert [(one["tagName"], one["tagType"], one["probability"]) for one in told] == [
        ("筆", "Negative", 0.75),
        ('a "box"', "Regular", 0.25),
    ]
    assert model.probs(probs_K) == [(one["tagId"], one["probability"]) for one in told]


def test_a_model_is_looked_up_once_as_long_as_nothing_is_committed(store, monkeypatch):
    project_id, _ = add_trained(store)
    models = Models(store)
    first = asyncio.run(models.published(project_id, "v1"))
    monkeypatch.setattr(store, "session", None)  # whoever asks the database fails
    assert asyncio.run(models.published(project_id, "v1")) is first


def test_what_is_committed_is_seen_at_once(store):
    project_id, iteration_id = add_trained(store)
    models = Models(store)
    first = asyncio.run(models.published(project_id, "v1"))
    with store.session() as session:
        project = projects.find(session, project_id)
        tags.update(session, project, tags.every(session, project)[0], name="box")
    second = asyncio.run(models.published(project_id, "v1"))
    assert json.loads(first.told(np.float32([1, 0])))[0]["tagName"] == 'a "box"'
    assert json.loads(second.told(np.float32([1, 0])))[0]["tagName"] == "box"
    with store.session() as session:
        project = projects.find(session, project_id)
        publications.unpublish(session, project, iterations.find(session, project, iteration_id))
    with pytest.raises(ApiError) as refused:
        asyncio.run(models.published(project_id, "v1"))
    assert (refused.value.status, refused.value.code) == (404, "ErrorPredictionModelNotFound")


def test_what_another_server_commits_is_seen_a_second_later(store, monkeypatch):
    project_id, _ = add_trained(store)
    models = Models(store)
    first = asyncio.run(models.published(project_id, "v1"))
    other = Store.open(store.folder)
    with other.session() as session:
        project = projects.find(session, project_id)
        tags.update(session, project, tags.every(session, project)[0], name="box")
    other.close()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 1.5)
    assert asyncio.run(models.published(project_id, "v1")) is not first


def test_without_a_name_the_newest_trained_iteration_answers(store):
    project_id, iteration_id = add_trained(store)
    with store.session() as session:
        iterations.create(session, projects.find(session, project_id), recipe="quick")
    assert asyncio.run(Models(store).of_iteration(project_id, None)).iteration.id == iteration_id


def test_an_iteration_that_is_not_trained_does_not_answer(store):
    with store.session() as session:
        project = projects.create(session, name="new", domain_id=DOMAIN)
        iteration = iterations.create(session, project, recipe="quick")
    with pytest.raises(ApiError, match="Iteration 1 is queued, not completed"):
        asyncio.run(Models(store).of_iteration(project.id, iteration.id))
    with pytest.raises(ApiError, match="no iteration of the project is trained"):
        asyncio.run(Models(store).of_iteration(project.id, None))


def test_a_project_that_is_not_there_has_no_model(store):
    with pytest.raises(ApiError, match="there is no such project"):
        asyncio.run(Models(store).published("no id", "v1"))
