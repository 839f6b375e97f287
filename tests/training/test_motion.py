"""The benchmark of motion in small: from video files to held-out accuracy."""

from pathlib import Path

import pytest

from fudemoji.models import c3d
from fudemoji.training import fit

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
def test_eight_kinds_of_motion_are_told_apart_on_clips_held_out(tmp_path, monkeypatch):
    """A C3D of a quarter of the channels; `benchmarks/motion.py` takes the whole."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import motion

    monkeypatch.setattr(c3d, "_WIDTHS", (16, 32, 64, 64, 128, 128, 128, 128))
    monkeypatch.setattr(c3d, "_HIDDEN", 512)
    folder = motion.write_set(tmp_path / "motion", num_train=80, num_test=20)
    finished = fit(
        str(folder),
        recipe="clips",
        output=tmp_path,
        trackers=[],
        size=32,
        frames=8,
        mirror=False,
        lr=0.001,
        data_dir=str(tmp_path / "sets"),
    )
    assert finished.test_accuracy is not None
    assert finished.test_accuracy > 0.85  # 8 classes: chance is 0.125
