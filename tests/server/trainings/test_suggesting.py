"""Untagged images, as a trained iteration takes them, through a real pool of model processes."""

import asyncio

import pytest

from builders import glyphs
from fudemoji.predictor import Predictor
from fudemoji.server.store import images, suggestions
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.server.trainings import suggest
from fudemoji.serving.errors import ApiError
from fudemoji.serving.pool import Pool, PoolSettings
from projects import add_image, png


def asked(store, iteration, *, times=1):
    async def ask():
        pool = Pool(PoolSettings())
        await pool.start()
        try:
            return [
                await suggest(store, pool, project_id=iteration.project_id, iteration_id=iteration.id)
                for _ in range(times)
            ]
        finally:
            await pool.close()

    return asyncio.run(ask())


def test_every_untagged_image_has_the_models_answer_and_how_sure_it_is(trained):
    store, done = trained
    iteration = done["multiclass"]
    with store.session() as session:
        project = session.get_one(Project, iteration.project_id)
        pictures = [png(image_CHW[0]) for image_CHW in glyphs(70, 0, seed=5).images]
        added = [add_image(session, store, project, content, []) for content in pictures]
        broken = add_image(session, store, project, b"no image", [])
        gone = add_image(session, store, project, b"gone", [])
    store.blobs.delete(gone.sha256)
    assert asked(store, iteration, times=2) == [70, 0]

    expected_NK = Predictor(store.runs / iteration.id).probabilities(pictures)
    with store.session(reads_only=True) as session:
        found = suggestions.select(session, iteration, take=256)
    by_image = {one.image.id: dict(one.suggestion.probs) for one in found}
    assert broken.id not in by_image
    assert gone.id not in by_image
    for image, expected_K in zip(added, expected_NK, strict=True):
        assert by_image[image.id] == pytest.approx(
            dict(zip(iteration.tag_ids, expected_K, strict=True)), abs=1e-5
        )
    uncertainties = [one.suggestion.uncertainty for one in found]
    assert uncertainties == sorted(uncertainties, reverse=True)
    assert 0 <= uncertainties[-1] < uncertainties[0] <= 1

    with store.session() as session:
        project = session.get_one(Project, iteration.project_id)
        images.delete(session, project, [image.id for image in (*added, broken, gone)])


def test_an_iteration_that_is_not_trained_suggests_nothing(store):
    with store.session() as session:
        project = Project(name="p", kind="multiclass", domain_id="x")
        session.add(project)
        session.flush()
        iteration = Iteration(
            project_id=project.id,
            number=1,
            name="Iteration 1",
            kind="multiclass",
            domain_id="x",
            recipe="quick",
        )
        session.add(iteration)
    with pytest.raises(ApiError, match="Iteration 1 is queued, not completed"):
        asked(store, iteration)
