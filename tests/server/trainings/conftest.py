"""A store, and trainers for it that leave no process behind."""

import pytest

from fudemoji.server.store import Store
from fudemoji.server.trainings import Trainer


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store")
    yield store
    store.close()


@pytest.fixture
def trainers(store, monkeypatch):
    """Makes started trainers; at the end all they started is stopped."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    made = []

    def make(**values):
        made.append(Trainer(store, **{"grace_seconds": 20.0, **values}))
        made[-1].start()
        return made[-1]

    yield make
    for trainer in made:
        trainer.stop(end_trainings=True)
