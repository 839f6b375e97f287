import json
from pathlib import Path

import numpy as np
import pytest

from fudemoji.errors import RunError
from fudemoji.report.page import write_report
from fudemoji.report.reading import read_content


def break_json(run, name, content):
    (run.path / f"{name}.json").write_text(content, encoding="utf-8")


def test_a_damaged_file_is_told_in_one_line(make_run, tmp_path):
    run = make_run()
    whole = {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()}

    def damaged(match):
        with pytest.raises(RunError, match=match) as caught:
            write_report(run)
        assert "\n" not in str(caught.value)
        for path, content in whole.items():
            path.write_bytes(content)

    break_json(run, "data", "{")
    damaged(r"data\.json is damaged: ")
    break_json(run, "data", json.dumps({"name": "x", "num_classes": "many"}))
    damaged(r"data\.json is damaged: num_classes: ")
    break_json(run, "status", "[]")
    damaged(r"status\.json is damaged: no JSON object")
    break_json(run, "config", "{}x")
    damaged(r"config\.json")
    run.events_path.write_text("nonsense\n", encoding="utf-8")
    damaged(r"events\.jsonl is damaged: no event of this version")
    run.events_path.write_bytes(b"\xff\xfe\n")
    damaged(r"events\.jsonl is damaged: ")
    (run.path / "predictions.npz").write_bytes(b"PK nothing")
    damaged(r"predictions\.npz is damaged: ")
    run.write_arrays("predictions", {"labels": np.zeros(3, np.int64)})
    damaged(r"predictions\.npz is damaged: predictions lack split, num_classes, indices")
    run.write_arrays(
        "samples", {"indices": np.zeros(3, np.int64), "images": np.zeros((2, 1, 8, 8), np.uint8)}
    )
    damaged(r"samples\.npz is damaged: 2 images but 3 indices")
    run.write_arrays("samples", {"indices": np.zeros(3, np.int64)})
    damaged(r"samples\.npz is damaged: expected images uint8 M x C x H x W and indices")
    sheet = run.read_json("data")
    run.write_json("data", {**sheet, "num_classes": 4, "classes": sheet["classes"][:4]})
    damaged(r"predictions\.npz has 10 classes, data\.json 4; write the predictions again with `fudemoji eval")
    with pytest.raises(RunError, match="no run folder"):
        write_report(tmp_path / "runs" / "nothing")


def test_a_folder_that_cannot_be_written_is_told_in_one_line(make_run):
    run = make_run()
    (run.path / "plots").write_text("in the way")
    with pytest.raises(RunError, match=r"cannot write the report of .*: File exists"):
        write_report(run)


def test_predictions_averaged_over_shifts_say_so(make_run):
    run = make_run()
    assert "averaged over shifts" not in write_report(run).read_text(encoding="utf-8")
    run.write_json("metrics", {"shifts": 1})
    assert "averaged over shifts of 1 pixel." in write_report(run).read_text(encoding="utf-8")


def test_classes_have_names_even_without_a_data_sheet(make_run):
    run = make_run()
    (run.path / "data.json").unlink()
    assert [name.short for name in read_content(run).names[:2]] == ["class 0", "class 1"]
    assert Path(write_report(run)).is_file()
