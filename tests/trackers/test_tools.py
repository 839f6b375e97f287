"""What wandb, TensorBoard and MLflow hold of a run, read back with their own readers."""

import time

import pytest

from fudemoji.config import FLAGS
from fudemoji.runs import Run
from fudemoji.trackers.memory import recall
from fudemoji.trackers.process import ProcessTracker
from growing import EPOCHS, steps
from readers import mlflow_of, tensorboard_of, wandb_of


def tracked(name, started, *, patience=240.0):
    """Let a tracker's process read the run to its end; returns what it had to say."""
    tracker = ProcessTracker(name)
    tracker(started)
    tracker.end()
    assert tracker.ends(by=time.monotonic() + patience)
    notes = tracker.notes()
    assert [note.level for note in notes] == ["info"], notes
    return notes[0].text


def figures(name, run: Run):
    """Name of each figure -> its (step, value) pairs, in the order they were written."""
    if name == "mlflow":
        return mlflow_of(run).figures
    if name == "wandb":
        return wandb_of(run).figures
    found = tensorboard_of(run.path)
    return {tag: [(s.step, s.value) for s in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def assert_figures(name, run):
    """Every figure is there by step."""
    found = figures(name, run)
    assert found["train/loss"] == [(step, pytest.approx(1 / step)) for step in range(1, 7)]
    for figure, value in (("lr", 0.1), ("momentum", 0.9), ("images_per_second", 10.0)):
        assert found[f"train/{figure}"] == [(step, pytest.approx(value)) for step in range(1, 7)]
    assert found["train/epoch_loss"] == [(3, pytest.approx(0.6)), (6, pytest.approx(0.2))]
    assert found["valid/accuracy"] == [(3, 0.5), (6, 0.5)]
    assert found["test/accuracy"] == [(6, 0.75)]


@pytest.mark.parametrize("name", ["mlflow", "tensorboard", "wandb"])
def test_a_killed_run_that_is_resumed_is_one_tracked_run_with_each_step_once(name, training):
    started = training.goes(*EPOCHS[0], steps(4, loss=0.9), steps(5, loss=0.9))
    tracked(name, started)
    first = recall(training.run, name)
    assert status(name, training.run) == "killed"
    started = training.goes(*EPOCHS[1], from_step=3)
    training.ends()
    tracked(name, started)
    assert recall(training.run, name) == first
    found = figures(name, training.run)
    assert [step for step, _ in found["train/loss"]] == [1, 2, 3, 4, 5, 6]
    assert [step for step, _ in found["train/epoch_loss"]] == [3, 6]
    assert [step for step, _ in found["valid/loss"]] == [3, 6]
    assert status(name, training.run) == "finished"


def status(name, run):
    if name == "mlflow":
        return mlflow_of(run).tags["fudemoji.status"]
    if name == "wandb":
        return wandb_of(run).summary["status"]
    (text,) = [event.tensor_proto.string_val[0] for event in tensorboard_of(run.path).Tensors("status")]
    return text.decode()


def test_tensorboard_has_figures_settings_pictures_and_the_end(training):
    started = training.goes(*EPOCHS[0], *EPOCHS[1])
    training.ends()
    told = tracked("tensorboard", started)
    assert_figures("tensorboard", training.run)
    assert told == f"tensorboard: `tensorboard --logdir {training.run.path.parent}`"
    found = tensorboard_of(training.run.path)
    sizes = {tag: (found.Images(tag)[0].width, found.Images(tag)[0].step) for tag in found.Tags()["images"]}
    assert sizes == {"samples": (12, 0), "confusion": (20, 6)}
    (settings,) = found.Tensors("settings")
    text = settings.tensor_proto.string_val[0].decode()
    assert not [flag for flag in FLAGS if f"| {flag} |" not in text]
    from tensorboard.plugins.hparams import metadata

    start = metadata.parse_session_start_info_plugin_data(hparams(found, metadata.SESSION_START_INFO_TAG))
    assert start.hparams["epochs"].string_value == str(training.run.settings().loop.epochs)
    assert start.hparams["seed"].number_value == 0
    end = metadata.parse_session_end_info_plugin_data(hparams(found, metadata.SESSION_END_INFO_TAG))
    assert end.status == 1  # STATUS_SUCCESS


def hparams(found, tag):
    return found.SummaryMetadata(tag).plugin_data.content


def test_wandb_has_it_all_offline_without_a_question_and_inside_the_run_folder(training, without_network):
    started = training.goes(*EPOCHS[0], *EPOCHS[1])
    training.ends()
    told = tracked("wandb", started)
    assert_figures("wandb", training.run)
    assert told == f"wandb: offline; `wandb sync {training.run.path}/wandb/offline-run-*` uploads it"
    assert not [path for path in without_network.rglob("*") if path.is_file()]
    found = wandb_of(training.run)
    assert found.config.keys() >= FLAGS.keys()
    assert found.config["epochs"] == str(training.run.settings().loop.epochs)
    assert found.summary["test_accuracy"] == 0.75
    assert found.exit_code == 0
    media = training.run.path.glob("wandb/offline-run-*/files/media/images/*.png")
    assert sorted(path.name.split("_")[0] for path in media) == ["confusion", "samples"]
    (artifact,) = found.artifacts
    names = [entry.path for entry in artifact.manifest.contents]
    assert {"report.html", "metrics.json", "config.json", "status.json"} <= set(names)
    assert not (training.run.path / "trackers/wandb/cache").exists()


def test_mlflow_has_figures_parameters_files_and_the_end(training, without_network):
    started = training.goes(*EPOCHS[0], *EPOCHS[1])
    training.ends()
    told = tracked("mlflow", started)
    assert_figures("mlflow", training.run)
    assert "mlflow ui --backend-store-uri sqlite:///" in told
    found = mlflow_of(training.run)
    assert found.params.keys() == {"recipe", *FLAGS}
    assert found.status == "FINISHED"
    assert found.run_name == "a"
    assert found.metrics["test_accuracy"] == 0.75
    assert {"report.html", "metrics.json", "config.json", "plots/samples.png", "plots/confusion.png"} <= set(
        found.files
    )
    assert not [path for path in without_network.rglob("*") if path.is_file()]


def test_an_interrupted_run_is_told_as_such(training):
    started = training.goes(*EPOCHS[0], state="interrupted")
    tracked("tensorboard", started)
    assert status("tensorboard", training.run) == "interrupted"


def test_a_tracker_added_later_gets_the_whole_history(training):
    training.goes(*EPOCHS[0])
    started = training.goes(*EPOCHS[1], from_step=3)
    training.ends()
    tracked("tensorboard", started)
    assert [step for step, _ in figures("tensorboard", training.run)["train/loss"]] == [1, 2, 3, 4, 5, 6]
