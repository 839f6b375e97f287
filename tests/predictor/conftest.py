"""Runs to predict with."""

import pytest

from fudemoji.predictor import Predictor
from trainings import finished_run


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run that has learnt the signs, bright on dark."""
    return finished_run(tmp_path_factory.mktemp("predictor"))


@pytest.fixture(scope="session")
def convolutional(tmp_path_factory):
    """A run of a model with feature maps."""
    return finished_run(tmp_path_factory.mktemp("convolutional"), model="cnn", precision="auto", epochs=5)


@pytest.fixture(scope="session")
def predict(run):
    return Predictor(run)
