"""Eight bits instead of 32: smaller, judged by validation images, refused where it loses too much."""

from collections import Counter
from pathlib import Path

import onnx
import pytest
import torch

from builders import glyphs
from fudemoji.errors import DataError, ExportFailed
from fudemoji.export import export, load_exported
from fudemoji.export.exporting import _write
from fudemoji.export.images import open_set
from fudemoji.export.int8 import check_int8
from fudemoji.export.subject import Subject, in_float32
from fudemoji.predictor import Predictor, load_trained
from fudemoji.training import fit
from signs import sign
from trainings import TINY


def test_a_quantised_file_is_smaller_and_answers_nearly_alike(run, tmp_path):
    made = export(run, int8=True, output=tmp_path / "out")
    found = made.quantised
    assert made.sheet.precision == "int8"
    assert found.bytes_after == made.num_bytes < 0.4 * found.bytes_before
    assert (found.num_calibration, found.num_valid, found.measure) == (108, 12, "accuracy")
    assert found.before - found.after <= 0.01
    assert sorted(path.name for path in made.folder.iterdir()) == [
        "README.md", "fudemoji.json", "labels.txt", "model.onnx"
    ]  # fmt: skip
    predict, own = load_exported(made.folder), Predictor(run)
    for glyph in "一丨口十":
        assert predict(sign(glyph)).label.glyph == glyph
        assert predict(sign(glyph)).prob == pytest.approx(own(sign(glyph)).prob, abs=0.1)
    model = onnx.load(made.file)
    assert {one.key for one in model.metadata_props} >= {"fudemoji", "classes"}
    kinds = Counter(tensor.data_type for tensor in model.graph.initializer if list(tensor.dims)[2:] == [3, 3])
    assert set(kinds) == {onnx.TensorProto.INT8}  # of all filters
    weights = [
        onnx.numpy_helper.to_array(one) for one in model.graph.initializer if list(one.dims)[2:] == [3, 3]
    ]
    assert max(abs(array.astype(int)).max() for array in weights) <= 64  # 7 of the 8 bits
    text = (made.folder / "README.md").read_text(encoding="utf-8")
    assert "the ranges of the activations come from 108 training images" in text
    assert f"{found.bytes_after / 1e6:,.2f} MB instead of {found.bytes_before / 1e6:,.2f}" in text


def test_a_loss_that_is_too_great_is_refused(run, tmp_path):
    """A file whose head has forgotten everything stands in for one that int8 has spoilt."""
    trained = in_float32(load_trained(run, device="cpu"))
    data, _ = open_set(trained, None, progress=None)
    subject = Subject(trained, 0, data)
    sheet = subject.sheet("onnx")
    files = [Path(tmp_path / name) for name in ("good.onnx", "bad.onnx")]
    _write(files[0], subject, sheet)
    with torch.no_grad():
        trained.model.head.weight.zero_()
    _write(files[1], subject, sheet)
    with pytest.raises(
        ExportFailed,
        match=r"^no export: int8 takes the accuracy on 12 validation images from 100\.00% to \d+\.\d+%; a loss of ",
    ):
        check_int8(files[1], files[0], subject, most=None, most_lost=0.01)
    assert check_int8(files[1], files[0], subject, most=None, most_lost=1.0).after < 0.5


def test_several_labels_are_judged_by_mean_average_precision(labelled, tmp_path):
    run, data = labelled
    found = export(
        run, int8=True, shifts=0, images=30, most_lost=0.2, output=tmp_path / "out", data=data
    ).quantised
    assert found.measure == "mean average precision"
    assert found.num_valid == 30


def test_a_run_without_validation_images_cannot_be_quantised(tmp_path):
    data = glyphs(40, 12)
    settings = {**TINY, "epochs": 1, "valid": 0}
    run = fit(data, output=tmp_path, name="run", trackers=[], **settings).run
    with pytest.raises(
        DataError, match=r"^int8 needs the validation images of .*, which cannot be had; restore"
    ):
        export(run, int8=True, data=data, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
