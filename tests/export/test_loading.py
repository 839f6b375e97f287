"""What an exported folder must be to be read again."""

import json
import shutil

import numpy as np
import pytest

from fudemoji.errors import DataError, RunError
from fudemoji.export import export, load_exported
from fudemoji.predictor import Predictor
from signs import sign


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    return export(run, to="torchscript", output=tmp_path_factory.mktemp("loading") / "out", images=8).folder


@pytest.fixture
def copy(folder, tmp_path):
    """The folder to do harm to."""
    return shutil.copytree(folder, tmp_path / "copy")


def test_a_folder_answers_after_the_run_is_gone(run, folder, tmp_path):
    predict = load_exported(shutil.copytree(folder, tmp_path / "elsewhere"))
    assert predict(sign("十")).label.glyph == "十"
    assert predict(255 - sign("十")).inverted
    assert not load_exported(folder, invert=False)(255 - sign("十")).inverted
    with pytest.raises(DataError, match=r"^no image "):
        predict(tmp_path / "nothing.png")


def test_thresholds_go_along(run, copy):
    facts = json.loads((copy / "fudemoji.json").read_text(encoding="utf-8"))
    facts["trust"]["thresholds"] = [1.0] * 4
    (copy / "fudemoji.json").write_text(json.dumps(facts), encoding="utf-8")
    assert load_exported(copy)(sign("一")).is_unknown
    assert not load_exported(copy, reject=False)(sign("一")).is_unknown
    assert not Predictor(run)(sign("一")).is_unknown


@pytest.mark.parametrize("kind", ["onnx", "torchscript", "safetensors"])
def test_a_damaged_file_is_told_by_its_checksum_and_by_its_runtime(run, tmp_path, kind):
    made = export(run, to=kind, output=tmp_path / "out", images=4)
    content = made.file.read_bytes()
    made.file.write_bytes(content[:-20])
    with pytest.raises(
        RunError, match=r"is damaged or another file: its SHA-256 is not that of fudemoji\.json"
    ):
        load_exported(made.folder)
    from fudemoji.export.loading import open_file

    made.file.write_bytes(content[: len(content) // 2])
    with pytest.raises(RunError, match=rf"{made.file.name} is damaged or .*; export the run again$"):
        open_file(made.file, made.sheet)
    made.file.unlink()
    with pytest.raises(
        RunError, match=rf"{made.file.name} is missing; export the run again with `fudemoji export`$"
    ):
        load_exported(made.folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "fudemoji-export-9"}, r"\(format: Input should be 'fudemoji-export-1'\)"),
        ({"classes": []}, r"\(classes: List should have at least 2 items"),
        ({"file": "../model.pt"}, r"\(file is '\.\./model\.pt', expected 'model\.pt'\)"),
        ({"classes": [{"id": "a"}, {"id": "b"}]}, r"\(4 numbers in thresholds, expected 2\)"),
    ],
)
def test_facts_damaged_by_hand_are_told_in_one_line(copy, change, told):
    facts = json.loads((copy / "fudemoji.json").read_text(encoding="utf-8"))
    (copy / "fudemoji.json").write_text(json.dumps(facts | change), encoding="utf-8")
    with pytest.raises(RunError, match=rf"fudemoji\.json is damaged {told}.*; export the run again with"):
        load_exported(copy)


def test_no_facts_or_no_json_is_told(copy, tmp_path):
    (copy / "fudemoji.json").write_text("{")
    with pytest.raises(RunError, match=r"fudemoji\.json is damaged \(Invalid JSON"):
        load_exported(copy)
    with pytest.raises(
        RunError, match=r"fudemoji\.json is missing; .* is no exported model: export the run again"
    ):
        load_exported(tmp_path)


def test_several_images_are_answered_in_order(folder):
    glyphs = "口一十丨" * 3
    probs_NK = load_exported(folder).probabilities([sign(glyph) for glyph in glyphs])
    assert probs_NK.shape == (12, 4)
    assert "".join("一丨口十"[k] for k in probs_NK.argmax(axis=1)) == glyphs
    np.testing.assert_allclose(probs_NK[:4], probs_NK[4:8])
