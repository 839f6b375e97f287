"""`fudemoji export`."""

import json

import pytest

from builders import names_in


def test_an_export_is_made_and_told(cli, done, tmp_path):
    answer = cli("export", done.path, "--to", "safetensors", "--output", tmp_path / "out")
    assert answer.exit_code == 0, answer.err
    assert "the same answers as the run on 40 test images of signs" in answer.out
    assert answer.out.splitlines()[-1] == f"exported: {tmp_path / 'out'}"
    assert names_in(tmp_path / "out") == ["README.md", "fudemoji.json", "labels.txt", "model.safetensors"]


def test_an_export_is_told_as_json(cli, done, tmp_path):
    answer = cli(
        "export", done.path, "--to", "torchscript", "--images", 9, "--output", tmp_path / "out", "--json"
    )
    assert answer.json["parity"]["num_images"] == 9
    assert answer.json["file"] == str(tmp_path / "out" / "model.pt")
    assert answer.json["int8"] is None


def test_int8_is_told(cli, done, tmp_path):
    answer = cli("export", done.path, "--int8", "--images", 12, "--output", tmp_path / "out")
    assert "int8: accuracy " in answer.out
    assert json.loads((tmp_path / "out" / "fudemoji.json").read_text(encoding="utf-8"))["precision"] == "int8"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--to", "onxx"), "unknown format 'onxx' (did you mean 'onnx'?)"),
        (("--to", "torchscript", "--int8"), "--int8 is for --to onnx; torchscript stays in float32"),
        (("--shifts", "9"), "Invalid value for '--shifts'"),
    ],
)
def test_what_makes_no_sense_is_refused(refused, done, arguments, told):
    assert told in refused("export", done.path, *arguments)


def test_a_run_that_is_not_there_is_refused(refused, tmp_path):
    assert refused("export", tmp_path / "none").startswith("no run folder")
