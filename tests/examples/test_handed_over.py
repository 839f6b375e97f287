"""What the examples do with a set that was loaded first: the run it makes must be one like any other."""

import functools
import importlib
from pathlib import Path

import numpy as np
import pytest

import fudemoji as fm
from fudemoji.data import LabelClass
from fudemoji.data.named.kana import draw_kana
from fudemoji.runs import open_run

SHORT = {"model": "mlp", "epochs": "3st", "trackers": []}


def test_a_run_on_a_loaded_set_is_measured_again_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("fudemoji.data.loader")
    monkeypatch.setattr(module, "draw_kana", functools.partial(draw_kana, num_train=4, num_test=2))
    finished = fm.fit(fm.load("kana"), output=tmp_path, **SHORT)
    assert fm.evaluate(finished.run).accuracy == finished.test_accuracy
    assert open_run(finished.run).settings().data.source == "kana"


def test_a_run_on_arrays_is_measured_again_with_them(tmp_path: Path) -> None:
    images = np.zeros((40, 1, 8, 8), dtype=np.uint8)
    labels = np.arange(40, dtype=np.int64) % 2
    classes = (LabelClass("even"), LabelClass("odd"))
    data = fm.ImageSet("mine", images, labels, classes, splits={"train": np.arange(40)})
    finished = fm.fit(data, output=tmp_path, batch_size=8, **SHORT)
    assert fm.evaluate(finished.run, data=data).split == "valid"
    with pytest.raises(fm.DataError, match="mine"):
        fm.evaluate(finished.run)
