"""The model card: its head can be read, its figures are the run's, and its program runs without fudemoji."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from fudemoji.export.card import example_code
from fudemoji.export.exporting import export
from fudemoji.export.front import front_matter
from fudemoji.predictor import Predictor
from signs import sign

WITHOUT_FUDEMOJI = "import sys\nsys.modules['fudemoji'] = None\n"


@pytest.fixture(scope="module")
def card(run, tmp_path_factory):
    """The card of the run as TorchScript, and its folder."""
    folder = export(run, to="torchscript", output=tmp_path_factory.mktemp("card") / "out").folder
    return (folder / "README.md").read_text(encoding="utf-8"), folder


def program(text):
    """The only Python in a card."""
    (code,) = text.split("```python\n")[1:]
    return code.partition("```")[0]


def said(folder, code):
    """What the program prints in a process that has no fudemoji: (id, probability, verdict) of the best classes."""
    without_warning = [sys.executable, "-W", "ignore::FutureWarning", "-c", WITHOUT_FUDEMOJI + code]
    done = subprocess.run(without_warning, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [
        (name, float(prob), verdict)
        for name, prob, verdict in (line.split(None, 2) for line in done.stdout.splitlines())
    ]


def expected(predict, source):
    answer = predict(source, top=3)
    return [c.id for c, _ in answer.top], [prob for _, prob in answer.top]


@pytest.mark.parametrize("kind", ["onnx", "torchscript"])
@pytest.mark.parametrize("ground", ["dark", "bright and large"])
def test_the_program_of_a_card_reads_an_image_without_fudemoji(run, tmp_path, kind, ground):
    folder = export(run, to=kind, output=tmp_path / "out", images=8).folder
    image = Image.fromarray(sign("口"))
    if ground != "dark":
        image = Image.fromarray(255 - sign("口")).resize((60, 50)).convert("RGBA")
    image.save(folder / "image.png")
    found = said(folder, program((folder / "README.md").read_text(encoding="utf-8")))
    ids, probs = expected(Predictor(run), folder / "image.png")
    assert [one[0] for one in found] == ids
    assert [one[1] for one in found] == pytest.approx(probs, abs=2e-2)  # the predictor may compute in bf16
    assert found[0][2] == "sure"


@pytest.mark.parametrize("fit", ["crop", "letterbox", "stretch"])
def test_the_program_brings_an_image_to_the_size_as_the_training_did(run, fit):
    made = Predictor(run)
    sheet = export_sheet(run, fit)
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 90, (50, 33, 3), dtype=np.uint8))
    code = example_code(sheet).partition("images = ")[0].replace('open("fudemoji.json"', "open(__file__")
    space = {"__file__": __file__}
    exec(code.replace("json.load(file)", "{}").replace("import torch\n", ""), space)
    how = made._preparation.__class__(12, 12, 1, fit, 0, "uniform", 1)
    np.testing.assert_array_equal(space["pixels_of"](picture)[None], how.pixels(picture))


def export_sheet(run, fit):
    """fudemoji.json of the run as if its files had been fitted so."""
    from fudemoji.export.subject import Subject, in_float32
    from fudemoji.predictor import load_trained

    sheet = Subject(in_float32(load_trained(run, device="cpu")), 0, None).sheet("torchscript")
    prepare = sheet.prepare.model_copy(update={"fit": fit, "resampling": "bicubic", "inverted": None})
    return sheet.model_copy(update={"prepare": prepare})


def test_the_program_of_a_card_reads_the_frames_of_a_video(moving, tmp_path):
    run, data = moving
    folder = export(run, to="torchscript", output=tmp_path / "out", data=data).folder
    (folder / "frames").mkdir()
    clip_THW = data.images[-1, 0]
    for number, frame_HW in enumerate(clip_THW):
        Image.fromarray(frame_HW).save(folder / "frames" / f"{number}.png")
    found = said(folder, program((folder / "README.md").read_text(encoding="utf-8")))
    probs = {c.id: prob for c, prob in Predictor(run)(np.ascontiguousarray(clip_THW)).top}
    assert [prob for _, prob, _ in found] == pytest.approx([probs[name] for name, _, _ in found], abs=2e-2)
    assert len({name for name, _, _ in found}) == 3


def test_the_program_tells_which_labels_are_given(labelled, tmp_path):
    run, data = labelled
    folder = export(run, to="torchscript", output=tmp_path / "out", data=data).folder
    image_HW = data.images[-1, 0]
    Image.fromarray(image_HW).save(folder / "image.png")
    found = said(folder, program((folder / "README.md").read_text(encoding="utf-8")))
    answer = Predictor(run)(np.ascontiguousarray(image_HW), top=3)
    assert {name for name, _, verdict in found if verdict == "given"} == {c.id for c in answer.labels}


def test_the_head_of_a_card_has_the_fields_of_hugging_face(card):
    yaml = pytest.importorskip("yaml")
    text, _ = card
    head = yaml.safe_load(text.split("---\n")[1])
    assert head["library_name"] == "pytorch"
    assert head["pipeline_tag"] == "image-classification"
    assert head["datasets"] == ["signs"]
    (entry,) = head["model-index"]
    (result,) = entry["results"]
    assert result["task"] == {"type": "image-classification"}
    assert result["dataset"]["split"] == "test"
    assert {metric["type"]: metric["value"] for metric in result["metrics"]}["accuracy"] == 1.0
    assert "license" not in head  # of these images nobody knows it


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("CC BY-SA 4.0", 'license: "cc-by-sa-4.0"\n'),
        ("for research only", 'license: "other"\nlicense_name: "see-the-images"\n'),
        ("", ""),
    ],
)
def test_a_licence_is_told_in_hugging_faces_words_or_as_another(run, licence, told):
    sheet = export_sheet(run, "crop")
    sheet = sheet.model_copy(update={"origin": sheet.origin.model_copy(update={"licence": licence})})
    front = front_matter(sheet, {})
    assert told in front
    assert ("license" in front) == bool(told)
    assert "model-index" not in front


def test_a_card_tells_figures_intervals_calibration_limits_and_what_was_checked(run, card):
    text, _ = card
    metrics = run.read_json("metrics")
    low, high = metrics["intervals"]["figures"]["accuracy"]
    assert f"| accuracy | {metrics['accuracy']:.2%} | {low:.2%} to {high:.2%} |" in text
    assert "On the 40 images of the test split of signs, which no training has seen" in text
    assert "| valid | 12 |" in text
    assert "There is no temperature: 12 validation images are too few" in text
    assert "- It knows these 4 classes and nothing else" in text
    assert "on 40 test images of signs and 32 of noise, in batches of 1, 2, 7, 64: the same answer" in text
    assert "Their licence is not known to us." in text
    assert "{{" not in text
    assert "{%" not in text


def test_a_run_that_was_not_measured_says_so(run, tmp_path):
    import shutil

    from fudemoji.runs import Run

    copy = Run(shutil.copytree(run.path, tmp_path / "copy"))
    for name in ("metrics.json", "trust.json"):
        (copy.path / name).unlink()
    folder = export(copy, to="safetensors", output=tmp_path / "out").folder
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "The training has not measured it." in text
    assert "No validation split has calibrated the probabilities" in text
    assert json.loads((folder / "fudemoji.json").read_text())["trust"]["wanted"] == "all"
