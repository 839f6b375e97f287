"""All that an iteration answers, held against the figures that the server makes of it and against the model itself."""

import numpy as np
import pytest

from fudemoji.server.store import images
from fudemoji.server.store.tables import Project
from fudemoji.server.trainings.answers import answers
from fudemoji.server.trainings.measured import read_measured
from fudemoji.server.trainings.performance import curve, performance


@pytest.fixture(params=["multiclass", "multilabel"])
def iteration(trained, request):
    return trained[1][request.param]


@pytest.fixture
def store(trained):
    return trained[0]


def all_answers(store, iteration, **how):
    with store.session(reads_only=True) as session:
        return answers(session, store, session.get(Project, iteration.project_id), iteration, **how)


@pytest.mark.parametrize("threshold", [0.01, 0.3, 0.5, 0.93, 1.0])
def test_whoever_has_the_answers_can_make_the_figures_at_any_threshold(store, iteration, threshold):
    found = all_answers(store, iteration)
    hits, given, there = (np.zeros(len(iteration.tag_ids), dtype=int) for _ in range(3))
    for image in found.images:
        there[image.places] += 1
        likely = image.likely[:1] if iteration.kind == "multiclass" else image.likely
        for place, prob in likely:
            given[place] += np.float32(prob) >= np.float32(threshold)
            hits[place] += np.float32(prob) >= np.float32(threshold) and place in image.places
    told = performance(store, iteration, threshold=threshold)
    assert [(tag.precision.hits, tag.precision.count, tag.recall.count) for tag in told.tags] == list(
        zip(hits, given, there, strict=True)
    )
    assert found.average_precision_K.tolist() == [tag.average_precision for tag in told.tags]


def test_answers_are_the_likeliest_tags_and_those_that_are_there(store, iteration):
    found, measured = all_answers(store, iteration, least=0.2), read_measured(store, iteration)
    assert [image.sha256 for image in found.images] == list(measured.place_of)
    for image, probs_K, labels_K in zip(found.images, measured.probs_NK, measured.labels_NK, strict=True):
        assert [np.float32(prob) for _, prob in image.likely] == [probs_K[place] for place, _ in image.likely]
        assert [prob for _, prob in image.likely] == sorted((prob for _, prob in image.likely), reverse=True)
        expected = set(np.flatnonzero((probs_K >= 0.2) | labels_K))
        if iteration.kind == "multiclass":
            assert image.likely[0][0] == probs_K.argmax()
            expected.add(probs_K.argmax())
        assert {place for place, _ in image.likely} == expected


def test_an_image_that_was_deleted_keeps_its_answer_without_an_id(store, iteration):
    with store.session() as session:
        project = session.get(Project, iteration.project_id)
        before = answers(session, store, project, iteration)
        images.delete(session, project, [before.images[0].image_id])
        after = answers(session, store, project, iteration)
        session.rollback()
    assert after.images[0].image_id is None
    assert after.images[0].sha256 == before.images[0].sha256
    assert after.images[1:] == before.images[1:]


def test_the_curve_runs_through_the_figures_at_each_threshold(store, iteration):
    found = curve(store, iteration)
    for point in (found.points[place] for place in (0, 1, 30, 50, 93, 100)):
        told = performance(store, iteration, threshold=point.threshold)
        assert (point.precision, point.recall) == (told.precision, told.recall)
        assert found.average_precision == told.average_precision
