"""The figures of an iteration at a threshold, held against scikit-learn and against the model itself."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from fudemoji.metrics import Predictions
from fudemoji.predictor import Predictor
from fudemoji.runs import Run
from fudemoji.server.store import images
from fudemoji.server.store.tables import Image, ImageTag, Iteration, Project
from fudemoji.server.trainings.headline import headline
from fudemoji.server.trainings.performance import (
    Share,
    count_image_performances,
    image_performances,
    performance,
)
from fudemoji.serving.errors import ApiError
from projects import reread

THRESHOLDS = (0.0, 0.3, 0.5, 0.8, 1.0)


@pytest.fixture(params=["multiclass", "multilabel"])
def iteration(trained, request):
    return trained[1][request.param]


@pytest.fixture
def store(trained):
    return trained[0]


def held_out(store, iteration):
    """The images that were held out, with their true tags (N, K) and what the model says of each (N, K)."""
    run = Run(store.runs / iteration.id)
    names = run.read_arrays("names")["names"][run.read_arrays("split")["valid"]]
    sha256s = ["".join(name.split("/")[-2:]) for name in names]
    truth_NK = np.zeros((len(sha256s), len(iteration.tag_ids)), dtype=bool)
    with store.session(reads_only=True) as session:
        for place, sha256 in enumerate(sha256s):
            image = session.query(Image).filter_by(project_id=iteration.project_id, sha256=sha256).one()
            for link in session.query(ImageTag).filter_by(image_id=image.id):
                if link.tag_id in iteration.tag_ids:
                    truth_NK[place, iteration.tag_ids.index(link.tag_id)] = True
    probs_NK = Predictor(run.path).probabilities([store.blobs.read(sha256) for sha256 in sha256s])
    return sha256s, truth_NK, probs_NK


def given(iteration, probs_NK, threshold):
    given_NK = probs_NK >= threshold
    if iteration.kind == "multiclass":
        given_NK &= probs_NK == probs_NK.max(axis=1, keepdims=True)
    return given_NK


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_figures_are_those_of_scikit_learn_for_what_the_model_says(store, iteration, threshold):
    _, truth_NK, probs_NK = held_out(store, iteration)
    given_NK = given(iteration, probs_NK, threshold)
    found = performance(store, iteration, threshold=threshold)
    assert (found.split, found.num_images) == ("valid", len(truth_NK))
    for name, score in (("precision", metrics.precision_score), ("recall", metrics.recall_score)):
        micro = score(truth_NK, given_NK, average="micro", zero_division=0)
        assert getattr(found, name).value == pytest.approx(micro)
        each = score(truth_NK, given_NK, average=None, zero_division=0)
        assert [getattr(tag, name).value for tag in found.tags] == pytest.approx(each)
    there = [k for k in range(truth_NK.shape[1]) if truth_NK[:, k].any()]  # all boxes are near-copies
    assert len(there) >= 3
    precisions = metrics.average_precision_score(
        truth_NK[:, there], probs_NK[:, there].astype(np.float32), average=None
    )
    assert [found.tags[k].average_precision for k in there] == pytest.approx(precisions)
    assert found.average_precision == pytest.approx(np.mean(precisions))
    assert [tag.tag_id for tag in found.tags] == iteration.tag_ids


@pytest.mark.parametrize(("hits", "count"), [(0, 0), (5, 5), (3, 10), (250, 1000)])
def test_deviations_are_those_of_the_posterior_under_jeffreys_prior(hits, count):
    assert Share(hits, count).deviation == pytest.approx(stats.beta(hits + 0.5, count - hits + 0.5).std())


def test_a_deviation_of_many_is_that_of_a_binomial_share():
    assert Share(3000, 10_000).deviation == pytest.approx(math.sqrt(0.3 * 0.7 / 10_000), rel=1e-3)


def test_the_one_figure_is_accuracy_or_mean_average_precision(store, iteration):
    _, truth_NK, probs_NK = held_out(store, iteration)
    if iteration.kind == "multiclass":
        expected = (truth_NK.argmax(axis=1) == probs_NK.argmax(axis=1)).mean()
    else:
        expected = metrics.average_precision_score(truth_NK, probs_NK, average="macro")
    assert headline(store, iteration) == pytest.approx(expected, abs=1e-6)


def test_images_come_with_what_the_model_says_of_them(store, iteration):
    sha256s, _, probs_NK = held_out(store, iteration)
    with store.session(reads_only=True) as session:
        project = session.get(Project, iteration.project_id)
        newest = image_performances(session, store, project, iteration, take=1000)
        oldest = image_performances(session, store, project, iteration, newest_first=False, take=1000)
        assert count_image_performances(session, store, project, iteration) == len(sha256s)
        page = image_performances(session, store, project, iteration, take=3, skip=2)
    assert {one.image.sha256 for one in newest} == set(sha256s)
    assert [one.image.id for one in newest] == sorted((one.image.id for one in newest), reverse=True)
    assert oldest == newest[::-1]
    assert page == newest[2:5]
    for one in newest:
        expected = dict(zip(iteration.tag_ids, probs_NK[sha256s.index(one.image.sha256)], strict=True))
        assert dict(one.probs) == pytest.approx(expected, abs=1e-6)
        assert [prob for _, prob in one.probs] == sorted((prob for _, prob in one.probs), reverse=True)


def test_images_are_chosen_by_their_tags_and_those_that_are_gone_are_left_out(store, trained):
    iteration = trained[1]["multiclass"]
    wanted = iteration.tag_ids[:2]
    with store.session() as session:
        project = session.get(Project, iteration.project_id)
        chosen = image_performances(session, store, project, iteration, tag_ids=wanted, take=1000)
        assert {link.tag_id for one in chosen for link in one.image.tags} == set(wanted)
        assert count_image_performances(session, store, project, iteration, tag_ids=wanted) == len(chosen)
        images.delete(session, project, [chosen[0].image.id])
        left = image_performances(session, store, project, iteration, tag_ids=wanted, take=1000)
        assert left == chosen[1:]
        session.rollback()


def test_of_very_many_classes_the_likeliest_of_each_image_are_enough(store, trained, tmp_path):
    iteration = trained[1]["multiclass"]
    full = performance(store, iteration)
    run = Run(store.runs / iteration.id)
    arrays = run.read_arrays("predictions")
    run.write_arrays("predictions", {name: array for name, array in arrays.items() if name != "class_probs"})
    try:
        assert Predictions.from_arrays(run.read_arrays("predictions")).probs_NK is None
        assert performance(store, iteration, threshold=0.0).recall == full.recall
    finally:
        run.write_arrays("predictions", arrays)


def test_what_cannot_be_measured_says_why(store, trained):
    iteration = trained[1]["multiclass"]
    with pytest.raises(ApiError, match=r"the threshold is 1\.5, expected 0 to 1"):
        performance(store, iteration, threshold=1.5)
    waiting = Iteration(id="x", name="Iteration 9", status="queued")
    with pytest.raises(ApiError, match="Iteration 9 is queued, not completed") as caught:
        performance(store, waiting)
    assert caught.value.code == "BadRequestIterationIsNotTrained"
    unmeasured = Iteration(id="y", name="Iteration 9", status="completed")
    with pytest.raises(ApiError, match="was trained on all images, or its files are gone"):
        performance(store, unmeasured)
    path = store.runs / reread(store, iteration).id / "names.npz"
    content = path.read_bytes()
    path.write_bytes(b"no arrays")
    (path.parent / "predictions.npz").touch()
    try:
        with pytest.raises(ApiError, match="what Iteration 1 was measured by is damaged"):
            performance(store, iteration)
    finally:
        path.write_bytes(content)
