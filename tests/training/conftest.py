"""Tiny trainings on drawn signs, short enough for many."""

import functools

import pytest

from builders import glyphs
from fudemoji.engine.loop import Plan
from trainings import TINY


@pytest.fixture
def tiny():
    """Settings of a training of ten steps in two epochs."""
    return dict(TINY)


@pytest.fixture(scope="session")
def signs():
    """88 images to train on, 8 of which are cut for validation, and 24 to test on."""
    return glyphs(88, 24)


@pytest.fixture
def no_report(monkeypatch):
    """Leave out the report: it has its own tests and takes longer than these trainings."""
    monkeypatch.setattr("fudemoji.training.session.write_report", lambda run: run.report_path)


@pytest.fixture
def every_step(monkeypatch):
    """An event for each step, however short."""
    monkeypatch.setattr("fudemoji.training.workbench.Plan", functools.partial(Plan, event_seconds=0.0))
