"""A growing run, and processes that reach no network."""

import os
from pathlib import Path

import pytest

from growing import Training


@pytest.fixture
def training(tmp_path):
    return Training(tmp_path / "runs" / "a")


@pytest.fixture(autouse=True)
def without_network(monkeypatch, tmp_path):
    """Children know no account and no server, and have a home of their own; nothing leaves the machine."""
    for name in [name for name in os.environ if name.startswith(("WANDB_", "MLFLOW_"))]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    told = tmp_path / "connections.txt"
    guard = Path(__file__).parent / "offline"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("TOLD_CONNECTIONS", str(told))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(guard), os.environ.get("PYTHONPATH", "")]))
    yield home
    assert not told.exists(), told.read_text()
