"""A server that is killed over and over loses nothing that it has acknowledged."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]


@pytest.mark.slow
def test_ten_kills_during_uploads_tagging_and_trainings_lose_nothing():
    done = subprocess.run(
        [sys.executable, HERE / "benchmarks" / "server_kills.py", "--kills", "10", "--dry"],
        env={**os.environ, "PYTHONPATH": str(HERE / "src"), "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "10 kills: " in done.stderr
    assert "all there" in done.stderr.splitlines()[-1]
