"""What a training would be, and how long it would take."""

import numpy as np
import pytest

from fudemoji.events import RunStarted
from fudemoji.runs import Run
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.server.trainings import Rules, estimate, foresee, outcome, start
from fudemoji.server.trainings.progress import Watcher
from projects import TINY, add_glyphs, add_image, add_project, png


def estimated(store, project, **values):
    with store.session() as session:
        row = session.get_one(Project, project.id)
        found = foresee(session, row, rules=Rules(recipe="quick", values=values))
        return found, estimate(session, store, row, found)


def test_without_any_training_the_time_follows_from_the_model_the_images_and_the_steps(store):
    with store.session() as session:
        project = add_project(session)
        add_glyphs(session, store, project, num=400)
    found, usual = estimated(store, project)
    assert (usual.basis, usual.num_runs, usual.image_size) == ("planned", 0, (12, 12))
    assert found.is_new
    assert not found.shortage
    assert usual.steps >= 300
    _, longer = estimated(store, project, epochs=2 * usual.epochs)
    assert longer.steps == 2 * usual.steps
    assert longer.seconds > usual.seconds
    _, larger = estimated(store, project, size=64)
    assert larger.seconds > usual.seconds
    _, searched = estimated(store, project, lr="auto")
    assert searched.seconds > usual.seconds
    assert estimated(store, project, model="timm/resnet10t")[1].seconds is None


def test_images_of_several_sizes_are_reckoned_as_they_will_be_decoded(store):
    with store.session() as session:
        project = add_project(session)
        tags = add_glyphs(session, store, project)
        add_image(session, store, project, png(np.zeros((20, 30), np.uint8)), tags[:1], size=(30, 20))
    assert estimated(store, project)[1].image_size == (64, 64)
    assert estimated(store, project, size="32x48")[1].image_size == (32, 48)


def test_the_time_of_a_training_like_one_before_is_told_from_that(trained):
    store, done = trained
    iteration = done["multiclass"]
    with store.session() as session:
        project = session.get_one(Project, iteration.project_id)
        rules = Rules(recipe="quick", values=dict(iteration.settings))
        found = foresee(session, project, rules=rules)
        told = estimate(session, store, project, found)
    events = Run(store.runs / iteration.id).events()
    started = next(event for event in events if isinstance(event, RunStarted))
    assert not found.is_new
    assert told.basis == "measured"
    assert told.num_runs == 2
    assert told.steps == pytest.approx(started.total_steps, rel=0.1)
    assert told.epochs == 6
    assert iteration.seconds < told.seconds < 300
    came = outcome(store, iteration)
    assert came.model == "mlp"
    assert came.num_train == started.num_train
    assert 0 <= came.accuracy <= 1
    assert Watcher(store.runs / iteration.id).look().images_per_second > 0


def test_what_is_under_way_already_is_known(store):
    with store.session() as session:
        project = add_project(session)
        add_glyphs(session, store, project)
        queued = start(session, store, project, rules=TINY)
    with store.session() as session:
        row = session.get_one(Project, project.id)
        found = foresee(session, row, rules=TINY)
        assert found.is_under_way
        assert found.fingerprint == session.get_one(Iteration, queued.id).fingerprint
        other = Rules(recipe="quick", values={**TINY.values, "epochs": 3})
        assert not foresee(session, row, rules=other).is_under_way
        assert start(session, store, row, rules=other, queues=True).number == 2
