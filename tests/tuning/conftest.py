"""Searches of a few tiny trainings."""

import functools

import pytest

from builders import glyphs, write_glyphs
from fudemoji.engine.loop import Plan
from fudemoji.tuning import tune
from trainings import TINY

SHORT = {name: value for name, value in TINY.items() if name not in ("lr", "batch_size")}


@pytest.fixture
def no_report(monkeypatch):
    """Leave out the report of the best run: it has its own tests."""
    monkeypatch.setattr("fudemoji.training.session.write_report", lambda run: run.report_path)


@pytest.fixture
def every_step(monkeypatch):
    """An event for each step, however short."""
    monkeypatch.setattr("fudemoji.training.workbench.Plan", functools.partial(Plan, event_seconds=0.0))


@pytest.fixture
def search(tmp_path, no_report):
    """A function that runs a short search; what it says is in its list `said`."""

    def run(*space, trials=3, name="s", data=None, **how):
        values = {**SHORT, **how}
        data = glyphs(88, 24) if data is None else data
        space = space or ("lr=log:1e-3:0.05 batch_size=16,32",)
        return tune(
            data, space=space, trials=trials, name=name, output=tmp_path, say=run.said.append, **values
        )

    run.said = []
    return run


@pytest.fixture
def folder(tmp_path):
    """A folder of signs in KMNIST's format."""
    return write_glyphs(tmp_path / "signs", glyphs(88, 24))
