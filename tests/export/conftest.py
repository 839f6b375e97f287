"""Trained runs to export."""

from pathlib import Path

import numpy as np
import pytest

from builders import glyphs, labelled_glyphs, motions
from fudemoji.runs import Run
from fudemoji.training import fit
from trainings import TINY, finished_run


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A convolutional run that has learnt the signs."""
    return finished_run(tmp_path_factory.mktemp("exported"), model="fude-s", epochs=8)


def handed_over(data, folder, **values):
    """A run on a set from Python, which is not found again by a name."""
    finished = fit(data, output=folder, name="handed", trackers=[], **{**TINY, **values})
    return Run(Path(finished.run))


@pytest.fixture(scope="session")
def colours(tmp_path_factory):
    """A run on RGB images, and its set."""
    data = glyphs(88, 24, channels=3)
    return handed_over(data, tmp_path_factory.mktemp("colours"), model="fude-s"), data


@pytest.fixture(scope="session")
def labelled(tmp_path_factory):
    """A run on images with several labels, one in twenty of which is wrong, and its set."""
    data = labelled_glyphs(400, 40)
    data.labels[:] ^= np.random.default_rng(0).random(data.labels.shape) < 0.05
    folder = tmp_path_factory.mktemp("labelled")
    return handed_over(data, folder, model="cnn", epochs=2, test_shifts=1), data


@pytest.fixture(scope="session")
def moving(tmp_path_factory):
    """A run on clips, and its set."""
    data = motions(24, 8)
    return handed_over(data, tmp_path_factory.mktemp("moving"), model="r3d_18", epochs=1), data
