"""Rare classes: what each method is for, seen on a small set of which one class in twenty is rare."""

from pathlib import Path

import numpy as np
import pytest

from fudemoji.data import ImageSet
from fudemoji.data.sets import LabelClass
from fudemoji.evaluation import evaluate
from fudemoji.events import EpochDone, Note
from fudemoji.runs import Run
from fudemoji.training import fit, fit_events, resume
from trainings import TINY, differences

METHODS = {
    "class weights": {"class_weights": "balanced"},
    "effective numbers": {"class_weights": "effective", "effective_beta": 0.999},
    "sampling": {"sampling": "balanced"},
    "focal": {"loss": "focal", "focal_gamma": 4},
    "logit adjustment": {"logit_adjust": 1},
}
PLAIN = {**TINY, "epochs": 6, "batch_size": 32, "lr": 0.003, "smoothing": 0, "valid": 0}


def overlapping(*, common=600, rare=30, test=200, seed=0):
    """Noise that is a little brighter on the left in a common class, and on the right in a rare one."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 0, 1], [common, rare, test, test]).astype(np.int64)
    images = rng.normal(100, 50, (len(labels), 1, 8, 8))
    images[labels == 0, :, :, :4] += 15
    images[labels == 1, :, :, 4:] += 15
    num_train = common + rare
    return ImageSet(
        name="overlapping",
        images=np.clip(images, 0, 255).astype(np.uint8),
        labels=labels,
        classes=(LabelClass("common"), LabelClass("rare")),
        splits={"train": np.arange(num_train), "test": np.arange(num_train, len(labels))},
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    data = overlapping()
    return evaluate(fit(data, output=tmp_path_factory.mktemp("plain"), trackers=[], **PLAIN).run, data=data)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_raises_the_recall_of_the_rare_class_and_the_balanced_accuracy(method, plain, tmp_path):
    data = overlapping()
    finished = fit(data, output=tmp_path, trackers=[], **PLAIN, **METHODS[method])
    found = evaluate(finished.run, data=data)
    assert found.recall[1] > plain.recall[1] + 0.03
    assert finished.test_balanced_accuracy == found.balanced_accuracy > plain.balanced_accuracy + 0.01


def test_a_run_with_balanced_sampling_goes_on_where_it_was_left(tmp_path):
    data, how = overlapping(common=90, rare=6, test=20), {**PLAIN, "epochs": 4, "sampling": "balanced"}
    whole = Run(Path(fit(data, output=tmp_path, name="whole", trackers=[], **how).run))
    events = fit_events(data, output=tmp_path, name="left", **how)
    for event in events:
        if isinstance(event, EpochDone) and event.epoch == 2:
            events.close()
    resume(tmp_path / "left", data=data, trackers=[])
    assert differences(whole, Run(tmp_path / "left")) == []


def test_classes_that_are_never_measured_are_counted_aloud(tmp_path):
    data = overlapping(common=20, rare=1, test=5)
    data = data.with_splits({"train": np.arange(21), "test": np.arange(21, 26)})
    notes = [
        e.text for e in fit_events(data, output=tmp_path, **{**PLAIN, "epochs": 1}) if isinstance(e, Note)
    ]
    assert "1 of 2 classes has all its images in train and is never measured" in notes
