"""A run becomes a folder that answers as it does, or nothing."""

import json
import resource
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import safetensors
import torch

from builders import glyphs, names_in
from fudemoji.errors import DataError, ExportFailed, RunError, SettingsError
from fudemoji.export import exporting, load_exported
from fudemoji.export.exporting import export
from fudemoji.predictor import Predictor
from fudemoji.runs import Run
from fudemoji.trust import read_trust

FORMATS = ("onnx", "torchscript", "safetensors")
FILES = {"onnx": "model.onnx", "torchscript": "model.pt", "safetensors": "model.safetensors"}


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    """The run in every format, by its name."""
    folder = tmp_path_factory.mktemp("formats")
    return {kind: export(run, to=kind, output=folder / kind) for kind in FORMATS}


@pytest.fixture
def copy(run, tmp_path):
    """The run to do harm to."""
    return Run(shutil.copytree(run.path, tmp_path / "copy"))


def images_to_read():
    data = glyphs(120, 40)
    return data.images[120:]


def pictures(images_NCHW):
    return [np.ascontiguousarray(image_CHW.transpose(1, 2, 0)) for image_CHW in images_NCHW]


# --- what an export is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_a_folder_holds_the_file_its_facts_its_labels_and_a_card(exported, kind):
    made = exported[kind]
    assert names_in(made.folder) == sorted(["README.md", "fudemoji.json", "labels.txt", FILES[kind]])
    assert (made.folder / "labels.txt").read_text(encoding="utf-8") == "一\n丨\n口\n十\n"
    facts = json.loads((made.folder / "fudemoji.json").read_text(encoding="utf-8"))
    assert facts["input"] == {
        "name": "images", "dtype": "uint8", "layout": "NCHW", "channels": 1, "frames": 0, "height": 12, "width": 12
    }  # fmt: skip
    assert [c["id"] for c in facts["classes"]] == ["U+4E00", "U+4E28", "U+53E3", "U+5341"]
    assert made.num_bytes == made.file.stat().st_size


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_answers_as_the_run_does(run, exported, kind):
    found, expected = load_exported(exported[kind].folder), Predictor(run)
    sources = pictures(images_to_read())
    probs_NK = expected.probabilities(sources)
    np.testing.assert_allclose(found.probabilities(sources), probs_NK, atol=1e-4)
    assert [str(one) for one in found.many(sources)] == [str(one) for one in expected.many(sources)]
    assert found.classes == expected.classes
    assert found(255 - sources[0]).inverted
    assert found.many([]) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_compared_is_told(exported, kind):
    parity = exported[kind].parity
    assert (parity.num_images, parity.images, parity.num_noise) == (40, "test images of signs", 32)
    assert parity.batches == (1, 2, 7, 64)
    assert parity.greatest < 1e-5
    assert parity.num_ties == 0
    assert json.loads(json.dumps(exported[kind].to_dict()))["parity"]["num_images"] == 40


def test_an_onnx_file_needs_nothing_but_onnxruntime(run, exported):
    session = onnxruntime.InferenceSession(exported["onnx"].file)
    (images,) = session.get_inputs()
    assert (images.name, images.type, images.shape[1:]) == ("images", "tensor(uint8)", [1, 12, 12])
    assert [output.name for output in session.get_outputs()] == ["probabilities", "logits"]
    images_NCHW = images_to_read()
    for size in (1, 2, 7, 40):
        probs, logits = session.run(None, {"images": images_NCHW[:size]})
        assert probs.shape == logits.shape == (size, 4)
        np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-6)
    known = run.read_arrays("predictions")["top_labels"][:, 0]
    assert (probs.argmax(axis=1) == known).all()


def test_the_files_carry_their_facts_inside(exported):
    model = onnx.load(exported["onnx"].file)
    onnx.checker.check_model(model, full_check=True)
    inside = {one.key: one.value for one in model.metadata_props}
    assert json.loads(inside["classes"]) == ["U+4E00", "U+4E28", "U+53E3", "U+5341"]
    assert json.loads(inside["fudemoji"])["trust"] == exported["onnx"].sheet.trust.model_dump()
    extra = {"fudemoji.json": ""}
    with pytest.warns(FutureWarning, match="deprecated"):
        torch.jit.load(exported["torchscript"].file, _extra_files=extra)
    assert json.loads(extra["fudemoji.json"])["input"]["height"] == 12
    with safetensors.safe_open(exported["safetensors"].file, framework="np") as file:
        assert json.loads(file.metadata()["fudemoji"])["model"]["name"] == "fude-s"


def test_nothing_in_an_export_names_a_path_of_this_machine(run, exported):
    for made in exported.values():
        for path in made.folder.iterdir():
            content = path.read_bytes()
            for private in (run.path.parent, made.folder.parent, Path(onnx.__file__).parent):
                assert str(private).encode() not in content, path.name


def test_the_folder_is_in_the_run_unless_another_is_given(copy):
    made = export(copy, to="safetensors")
    assert made.folder == copy.path / "exports" / "safetensors"
    assert names_in(copy.path / "exports") == ["safetensors"]


# --- other kinds of runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_colour_images_go_in_as_rgb(colours, tmp_path, kind):
    run, data = colours
    made = export(run, to=kind, output=tmp_path / "out", data=data)
    assert (made.sheet.input.channels, made.sheet.prepare.mode) == (3, "RGB")
    sources = pictures(data.images[-24:])
    np.testing.assert_allclose(
        load_exported(made.folder).probabilities(sources), Predictor(run).probabilities(sources), atol=1e-2
    )  # the predictor may compute in bf16


@pytest.mark.parametrize("kind", FORMATS)
def test_several_labels_and_shifts_are_in_the_file(labelled, tmp_path, kind):
    run, data = labelled
    made = export(run, to=kind, output=tmp_path / "out", data=data)
    assert made.sheet.multi_label
    assert made.sheet.model.shifts == 1
    sources = pictures(data.images[-40:])
    found, expected = load_exported(made.folder).many(sources), Predictor(run).many(sources)
    assert [one.prob for one in found] == pytest.approx([one.prob for one in expected], abs=2e-2)
    assert np.mean([a.labels == b.labels for a, b in zip(found, expected, strict=True)]) > 0.9
    assert "multi_label" in json.dumps(made.sheet.model_dump())


@pytest.mark.parametrize("kind", FORMATS)
def test_clips_go_in_with_their_frames(moving, tmp_path, kind):
    run, data = moving
    made = export(run, to=kind, output=tmp_path / "out", data=data)
    assert (made.sheet.input.layout, made.sheet.input.frames) == ("NCTHW", 6)
    videos = [np.ascontiguousarray(clip[0]) for clip in data.images[-8:]]
    found, expected = load_exported(made.folder), Predictor(run)
    np.testing.assert_allclose(found.probabilities(videos), expected.probabilities(videos), atol=1e-2)


def test_images_as_they_are_get_the_temperature_that_the_run_has_for_them(labelled, tmp_path):
    run, _ = labelled
    own = read_trust(run, num_classes=3, multi_label=True)
    made = export(run, to="safetensors", shifts=0, output=tmp_path / "out")
    assert made.sheet.model.shifts == 0
    assert made.sheet.trust.temperature == own.at(0).temperature != own.temperature


def test_shifts_that_are_not_the_runs_get_a_temperature_of_their_own(labelled, tmp_path):
    run, data = labelled
    own = read_trust(run, num_classes=3, multi_label=True)
    made = export(run, to="safetensors", shifts=2, output=tmp_path / "out", data=data)
    assert made.sheet.model.shifts == 2
    assert made.sheet.trust.temperature not in (own.temperature, own.at(0).temperature)
    with pytest.raises(
        RunError, match=r"is calibrated for shifts of 1 pixels, not 2, and its validation images"
    ):
        export(run, to="safetensors", shifts=2, output=tmp_path / "other")


def test_a_run_whose_set_is_gone_is_compared_on_the_images_it_kept(copy, run, tmp_path):
    config = copy.read_json("config")
    config["data"]["source"] = str(tmp_path / "gone")
    copy.write_json("config", config)
    made = export(copy, to="torchscript", output=tmp_path / "out")
    assert made.parity.images == "images that are stored with the run"
    assert made.parity.num_images == len(run.read_arrays("samples")["images"])
    assert "gone" in made.notes[0]
    with pytest.raises(DataError, match=r"^int8 needs the training images of .*, which cannot be had"):
        export(copy, int8=True, output=tmp_path / "int8")
    (copy.path / "samples.npz").unlink()
    with pytest.raises(
        DataError, match=r"^there are no images to compare the export on: the set of .* cannot"
    ):
        export(copy, to="torchscript", output=tmp_path / "again")
    assert not (tmp_path / "again").exists()


# --- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_answers_otherwise_is_refused_and_nothing_is_left(run, tmp_path, monkeypatch, kind):
    """The weights are changed a little on their way into the file."""
    name = {"onnx": "write_onnx", "torchscript": "write_torchscript", "safetensors": "write_weights"}[kind]
    write = getattr(exporting, name)

    def write_wrongly(path, graph, *arguments, **others):
        weight = graph.model.head.weight
        with torch.no_grad():
            weight[0, 0] += 0.5
            write(path, graph, *arguments, **others)
            weight[0, 0] -= 0.5

    monkeypatch.setattr(exporting, name, write_wrongly)
    with pytest.raises(
        ExportFailed,
        match=rf"^no export: {FILES[kind]} does not answer as .* does: a probability differs by 0\.\d+ and 0\.0001 is",
    ):
        export(run, to=kind, output=tmp_path / "deep" / "out")
    assert names_in(tmp_path / "deep") == []


def test_a_file_that_holds_for_one_size_of_batch_alone_is_refused(run, tmp_path, monkeypatch):
    """Each image's answer leans on its neighbours, as where a batch's size was taken for a constant."""
    read = exporting.open_file

    def leaning(*arguments, **others):
        answer = read(*arguments, **others)
        return lambda images: answer(images) + (0.01 if len(images) == 7 else 0)

    monkeypatch.setattr(exporting, "open_file", leaning)
    with pytest.raises(
        ExportFailed, match=r"in a batch of 7 a probability differs by 0\.01 from the same image's"
    ):
        export(run, to="safetensors", output=tmp_path / "out")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("kind", ["onnx", "torchscript"])
def test_a_model_that_torch_cannot_write_is_told_in_one_line(run, tmp_path, monkeypatch, kind):
    """A layer that hands its numbers to Python and back, as no file can."""
    forward = torch.nn.Linear.forward

    def through_python(self, x):
        if torch.jit.is_tracing() or torch.compiler.is_exporting():
            raise TypeError("no file\ncan hold this")
        return forward(self, x)

    monkeypatch.setattr(torch.nn.Linear, "forward", through_python)
    told = rf"^no export: torch cannot write fude-s as {kind} \(.*\); --to safetensors takes every model$"
    with pytest.raises(ExportFailed, match=told):
        export(run, to=kind, output=tmp_path / "out")
    assert names_in(tmp_path) == []


def test_an_existing_folder_is_left_alone(run, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(RunError, match=r"out exists; delete it, or give another --output$"):
        export(run, output=tmp_path / "out")
    assert names_in(tmp_path / "out") == []


def test_a_full_disk_leaves_nothing(run, tmp_path):
    """A limit on the size of files stands in for the disk: the write really fails in the middle."""
    for kind in FORMATS:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(
                RunError, match=r"out cannot be written: File too large; nothing is left of it$"
            ):
                export(run, to=kind, output=tmp_path / "out")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert names_in(tmp_path) == []


def test_damaged_weights_are_told_before_anything_is_written(copy, tmp_path):
    path = copy.checkpoint_path("best")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RunError, match=r"best\.safetensors is damaged"):
        export(copy, output=tmp_path / "out")
    with pytest.raises(RunError, match=r"^no run folder"):
        export(tmp_path / "nothing")
    assert names_in(tmp_path) == ["copy"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"to": "onxx"},
            r"^unknown format 'onxx' \(did you mean 'onnx'\?\); known: onnx, safetensors, torchscript$",
        ),
        ({"to": "torchscript", "int8": True}, r"^--int8 is for --to onnx; torchscript stays in float32$"),
        ({"shifts": 9}, r"^shifts of 9 pixels; expected 0 to 8$"),
        ({"images": 0}, r"^0 images to compare on; expected 1 or more$"),
        ({"most_lost": 2.0}, r"^a loss of 2 is no share; expected 0 to 1, as 0\.01 for one point$"),
    ],
)
def test_settings_that_make_no_sense_are_told(run, values, told):
    with pytest.raises(SettingsError, match=told):
        export(run, **values)


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_a_missing_package_is_told_with_what_installs_it(run, tmp_path, monkeypatch, package):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(
        SettingsError, match=rf"^ONNX needs {package}; install it with `pip install 'fudemoji\[onnx\]'`$"
    ):
        export(run, output=tmp_path / "out")
    assert names_in(tmp_path) == []


def test_fewer_images_can_be_asked_for(run, tmp_path):
    assert export(run, to="torchscript", images=5, output=tmp_path / "out").parity.num_images == 5
