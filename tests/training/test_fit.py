import dataclasses
import json
import math
import shutil
import threading

import numpy as np
import pytest
import torch
from torch import nn

from builders import GLYPHS, glyphs, names_in, random_states, write_glyphs
from fudemoji.config import resolve
from fudemoji.data import ImageSet
from fudemoji.errors import DataError, RunError, SettingsError, TrainingFailed
from fudemoji.events import (
    CheckpointSaved,
    EpochDone,
    Evaluated,
    Note,
    RunFinished,
    RunStarted,
    StepsDone,
    to_json,
)
from fudemoji.runs import Run, open_run
from fudemoji.trackers import Audience
from fudemoji.training import find_batch_size, find_lr, fit, fit_events, resume
from fudemoji.training.workbench import Workbench

FILES = {"config.json", "data.json", "env.json", "events.jsonl", "metrics.json", "predictions.npz", "samples.npz",
         "split.npz", "status.json", "trust.json", "checkpoints"}  # fmt: skip


def events_of(signs, tmp_path, **values):
    return list(fit_events(signs, output=tmp_path, name="a", **values))


def last(events, kind):
    return [event for event in events if isinstance(event, kind)][-1]


def test_settings_of_loading_are_refused_for_a_set_that_is_handed_over_and_is_not_like_them(tmp_path):
    data = glyphs(40, 12)
    with pytest.raises(
        SettingsError,
        match=r"^size and frames would do nothing: glyphs was handed over with its pixels, 12x12; leave it out, or",
    ):
        fit(data, output=tmp_path, size=16, frames=8, trackers=[])
    assert not any(tmp_path.iterdir())
    fit(data, output=tmp_path, trackers=[], model="mlp", epochs="2st", size=12)


def test_a_training_fills_a_run_folder_and_measures_what_it_made(signs, tmp_path, tiny):
    finished = fit(signs, output=tmp_path, name="a", trackers=[], **{**tiny, "epochs": 20})
    run = Run(tmp_path / "a")
    assert FILES | {"report.html", "plots", ".fudemoji.lock"} == set(names_in(run.path))
    assert {"best.safetensors", "last.safetensors", "previous.safetensors"} == set(
        names_in(run.path / "checkpoints")
    )
    assert finished.run == str(run.path)
    assert (finished.step, finished.epochs, finished.model, finished.recipe) == (100, 20, "mlp", "quick")
    assert finished.parameters == 144 * 100 + 100 + 100 * 100 + 100 + 100 * 4 + 4
    assert finished.test_accuracy > 0.8
    assert finished.valid_accuracy > 0.7
    assert finished.train_seconds > 0
    assert finished.images_per_second == pytest.approx(100 * 16 / finished.train_seconds)
    assert run.read_json("status")["state"] == "finished"
    assert run.read_json("metrics")["accuracy"] == finished.test_accuracy
    assert (run.read_arrays("predictions")["labels"] == signs.split("test")[1]).all()
    assert "glyphs" in run.report_path.read_text(encoding="utf-8")


def test_the_data_sheet_the_cut_and_the_settings_are_stored(signs, tmp_path, tiny, no_report):
    fit(signs, output=tmp_path, name="a", trackers=[], **{**tiny, "seed": 5})
    run = Run(tmp_path / "a")
    split, sheet = run.read_arrays("split"), run.read_json("data")
    assert {name: len(indices) for name, indices in split.items()} == {"train": 80, "valid": 8, "test": 24}
    assert sorted([*split["train"], *split["valid"]]) == signs.splits["train"].tolist()
    assert np.bincount(signs.labels[split["valid"]]).tolist() == [2, 2, 2, 2]
    assert sheet["fingerprint"] == signs.with_splits(split).fingerprint
    assert [c["glyph"] for c in sheet["classes"]] == list(GLYPHS)
    train = signs.images[split["train"]]
    assert sheet["mean"] == pytest.approx([train.mean()], abs=1e-3)
    assert sheet["std"] == pytest.approx([train.std()], abs=1e-3)
    assert run.settings().loop.seed == 5
    assert run.settings().loop.precision == "fp32"
    assert run.read_json("env")["device"] == "cpu"


def test_events_come_in_order_and_are_on_the_disk_before_they_come_out(
    signs, tmp_path, tiny, every_step, no_report
):
    run, events = Run(tmp_path / "a"), []
    for event in fit_events(signs, output=tmp_path, name="a", **tiny):
        events.append(event)
        written = run.events_path.read_text(encoding="utf-8").splitlines()
        assert to_json(event) in written
        if isinstance(event, CheckpointSaved):
            assert (run.path / event.path).exists()
    kinds = [type(event).__name__ for event in events if not isinstance(event, StepsDone | Note)]
    epoch = ["EpochDone", "Evaluated", "CheckpointSaved"]
    assert [kind for i, kind in enumerate(kinds) if kind != "CheckpointSaved" or kinds[i - 1] != kind] == [
        "RunStarted", *epoch, *epoch, "Evaluated", "RunFinished",
    ]  # fmt: skip
    assert [e.step for e in events if isinstance(e, StepsDone)] == list(range(1, 11))
    assert [e.split for e in events if isinstance(e, Evaluated)] == ["valid", "valid", "test"]
    assert run.events() == events
    started = last(events, RunStarted)
    assert (started.num_train, started.num_valid, started.num_classes) == (80, 8, 4)
    assert (started.steps_per_epoch, started.total_steps, started.batch_size) == (5, 10, 16)


def test_the_test_split_is_touched_once_and_at_the_end(
    signs, tmp_path, tiny, every_step, no_report, monkeypatch
):
    asked, store = [], Workbench.store
    monkeypatch.setattr(Workbench, "store", lambda bench, split: asked.append(split) or store(bench, split))
    for event in fit_events(signs, output=tmp_path, name="a", **tiny):
        if isinstance(event, EpochDone):
            assert "test" not in asked
    assert asked.count("test") == 1


def test_the_best_weights_are_those_of_the_best_validation_and_are_the_ones_tested(
    signs, tmp_path, tiny, no_report
):
    events = events_of(signs, tmp_path, **{**tiny, "epochs": 6, "lr": 0.05})
    accuracies = [e.accuracy for e in events if isinstance(e, Evaluated) and e.split == "valid"]
    saved = [e.step for e in events if isinstance(e, CheckpointSaved) and e.name == "best"]
    best = max(range(6), key=lambda epoch: (accuracies[epoch], epoch))
    assert saved[-1] == 5 * (best + 1)
    assert last(events, RunFinished).valid_accuracy == max(accuracies)


def test_nothing_global_is_drawn_from(signs, tmp_path, tiny, no_report):
    before = random_states()
    fit(signs, output=tmp_path, trackers=[], **{**tiny, "mixup": 0.4, "elastic": 1})
    assert random_states() == before


def test_the_seed_decides_everything(signs, tmp_path, tiny, no_report):
    values = {**tiny, "mixup": 0.4, "rotate": 10}
    losses = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        events = list(fit_events(signs, output=tmp_path, name=name, **{**values, "seed": seed}))
        losses.append([e.train_loss for e in events if isinstance(e, EpochDone)])
    assert losses[0] == losses[1] != losses[2]


def test_trackers_get_every_event_and_are_closed(signs, tmp_path, tiny, no_report):
    class Recorder:
        def __init__(self):
            self.events, self.closed = [], False

        def __call__(self, event):
            self.events.append(event)

        def close(self):
            self.closed = True

    recorder = Recorder()
    finished = fit(signs, output=tmp_path, name="a", trackers=[recorder], **tiny)
    assert recorder.events == Run(tmp_path / "a").events()
    assert recorder.events[-1] == finished
    assert recorder.closed


def test_without_a_validation_split_the_last_weights_are_the_best(signs, tmp_path, tiny, no_report):
    events = events_of(signs, tmp_path, **{**tiny, "valid": 0})
    finished = last(events, RunFinished)
    assert finished.valid_accuracy is None
    assert finished.test_accuracy is not None
    assert "valid" not in Run(tmp_path / "a").read_arrays("split")
    assert last(events, CheckpointSaved).step == finished.step
    assert [e.step for e in events if isinstance(e, CheckpointSaved) and e.name == "best"][
        -1
    ] == finished.step


def test_without_a_test_split_validation_is_what_the_report_shows(tmp_path, tiny, no_report):
    finished = fit(glyphs(88, 0), output=tmp_path, name="a", trackers=[], **tiny)
    assert finished.test_accuracy is None
    assert finished.valid_accuracy is not None
    assert str(Run(tmp_path / "a").read_arrays("predictions")["split"]) == "valid"


def test_with_neither_split_a_run_is_finished_without_figures(tmp_path, tiny):
    finished = fit(glyphs(88, 0), output=tmp_path, name="a", trackers=[], **{**tiny, "valid": 0})
    assert (finished.valid_accuracy, finished.test_accuracy) == (None, None)
    assert not (tmp_path / "a" / "predictions.npz").exists()
    assert (tmp_path / "a" / "report.html").exists()


def test_three_channels_and_bf16_go_through(tmp_path, tiny, no_report):
    data = glyphs(88, 8, channels=3)
    values = {**tiny, "model": "fude-s", "epochs": "3st", "precision": "bf16"}
    finished = fit(data, output=tmp_path, trackers=[], **values)
    assert finished.step == 3
    assert finished.epochs == pytest.approx(0.6)


def test_length_in_steps_ends_inside_an_epoch(signs, tmp_path, tiny, no_report):
    events = events_of(signs, tmp_path, **{**tiny, "epochs": "7st"})
    assert [(e.step, e.epoch) for e in events if isinstance(e, EpochDone)] == [(5, 1), (7, 2)]
    assert last(events, RunFinished).epochs == 1.4


def test_a_small_set_is_trained_for_whole_epochs_until_the_least_number_of_steps_and_says_so(
    signs, tmp_path, tiny, no_report
):
    del tiny["epochs"]
    events = list(
        fit_events(signs, output=tmp_path, name="a", **{**tiny, "batch_size": 32, "least_steps": 25})
    )
    started = next(event for event in events if isinstance(event, RunStarted))
    assert (started.steps_per_epoch, started.total_steps) == (2, 26)
    validated = [event.step for event in events if isinstance(event, Evaluated) and event.split == "valid"]
    assert validated == list(range(2, 27, 2))
    assert "a small set: 13 epochs instead of 9, to train for 25 steps; --epochs N is taken as it is" in [
        event.text for event in events if isinstance(event, Note)
    ]


@pytest.mark.parametrize(
    ("every", "expected"), [("2ep", [8, 16, 20]), ("30%", [8, 12, 20]), ("9st", [12, 20])]
)
def test_validations_come_as_often_as_asked_for_and_at_the_end_and_each_leaves_a_checkpoint(
    signs, tmp_path, tiny, no_report, every, expected
):
    values = {**tiny, "epochs": 5, "batch_size": 20, "validate_every": every}
    events = list(fit_events(signs, output=tmp_path, name="a", **values))
    assert [e.step for e in events if isinstance(e, Evaluated) and e.split == "valid"] == expected
    assert [e.step for e in events if isinstance(e, CheckpointSaved) and e.name == "last"] == expected


def test_auto_finds_batch_size_and_rate_and_keeps_both_with_the_run(signs, tmp_path, tiny, no_report):
    values = {**tiny, "lr": "auto", "lr_rule": "steepest", "batch_size": "auto"}
    events = events_of(signs, tmp_path, **values)
    run = Run(tmp_path / "a")
    notes = [event.text for event in events if isinstance(event, Note)]
    size, rate = run.settings().loop.batch_size, run.settings().optim.lr
    assert 16 <= size <= 80
    assert isinstance(rate, float)
    assert any(text.startswith(f"batch size {size}: ") for text in notes)
    assert any(text.startswith(f"rate {rate:.2g} (steepest; turning-point ") for text in notes)
    assert {"lr.csv", "lr.json", "lr.png"} <= set(names_in(run.path / "plots"))
    stored = json.loads((run.path / "plots" / "lr.json").read_text())
    assert stored["verdict"]["rules"]["steepest"] == rate
    assert last(events, RunStarted).batch_size == size


def test_auto_starts_the_training_with_weights_the_finders_did_not_touch(signs, tmp_path, tiny, no_report):
    fit(signs, output=tmp_path, name="auto", trackers=[], **{**tiny, "lr": "auto"})
    rate = Run(tmp_path / "auto").settings().optim.lr
    fit(signs, output=tmp_path, name="given", trackers=[], **{**tiny, "lr": rate})
    one, other = (
        [e.train_loss for e in Run(tmp_path / name).events() if isinstance(e, EpochDone)]
        for name in ("auto", "given")
    )
    assert one == other


def all_alike():
    data = glyphs(88, 8)
    return dataclasses.replace(data, images=np.full_like(data.images, 9))


def test_a_curve_that_tells_nothing_stops_before_anything_is_written(tmp_path, tiny):
    with pytest.raises(
        SettingsError, match=r"^the LR finder recommends no rate \(flat: .*\); give one with --lr$"
    ):
        fit(all_alike(), output=tmp_path / "runs", trackers=[], **{**tiny, "lr": "auto", "smoothing": 0})
    assert not (tmp_path / "runs").exists()


def test_find_lr_and_find_batch_size_return_findings_and_write_nothing(signs, tmp_path, tiny, monkeypatch):
    monkeypatch.chdir(tmp_path)
    finding = find_lr(signs, **tiny, tried=tmp_path / "lr" / "tried.jsonl")
    tried = [json.loads(line) for line in (tmp_path / "lr" / "tried.jsonl").read_text().splitlines()]
    assert [one["step"] for one in tried[:3]] == [1, 2, 3]
    assert tried[0]["loss"] == finding.curve.raw_losses[0] or finding.curve.repeats > 1
    shutil.rmtree(tmp_path / "lr")
    assert (finding.data, finding.model, finding.opt, finding.batch_size) == ("glyphs", "mlp", "adamw", 16)
    assert finding.recommended == finding.curve.verdict.recommended
    sizes = find_batch_size(signs, **tiny)
    assert sizes.recommended in [size.batch_size for size in sizes.sizes.tried]
    assert json.loads(json.dumps(sizes.to_dict()))["recommended"] == sizes.recommended
    assert names_in(tmp_path) == []
    assert [path.name for path in finding.save(tmp_path / "lr")] == ["lr.png", "lr.csv", "lr.json"]
    assert [path.name for path in sizes.save(tmp_path / "batch")] == ["batch.png"]
    assert all(path.stat().st_size > 100 for path in (tmp_path / "lr").iterdir())


# --- what is refused -------------------------------------------------------------------------------------------


def exploding(monkeypatch, *, after):
    """Makes every model of the workbench answer with no numbers after some forward passes in training."""
    from fudemoji.models import plain

    class Explodes(nn.Sequential):
        passes = 0

        def forward(self, images):
            Explodes.passes += self.training
            return super().forward(images) * (1.0 if Explodes.passes <= after else math.nan)

    monkeypatch.setattr(plain.nn, "Sequential", Explodes)


@pytest.mark.parametrize(
    ("after", "good"), [(2, "there is no checkpoint yet"), (7, "the last good checkpoint is ")]
)
def test_a_loss_that_is_no_number_fails_the_run_with_step_checkpoint_and_advice(
    signs, tmp_path, tiny, no_report, monkeypatch, after, good
):
    exploding(monkeypatch, after=after)
    with pytest.raises(
        TrainingFailed, match=rf"^the loss is nan at step {after + 1}, rate .*; try a lower --lr, .*; {good}"
    ):
        fit(signs, output=tmp_path, name="a", trackers=[], **tiny)
    status = open_run(tmp_path / "a").read_json("status")
    assert status["state"] == "failed"
    assert status["reason"].startswith(f"the loss is nan at step {after + 1}, ")


def test_a_rate_far_too_high_really_fails_and_the_checkpoint_before_is_whole(
    signs, tmp_path, tiny, no_report
):
    values = {**tiny, "opt": "sgd", "lr": 1e25, "epochs": 4, "weight_decay": 0}
    with pytest.raises(TrainingFailed, match=r"no longer finite|the loss is (nan|inf) at step"):
        fit(signs, output=tmp_path, name="a", trackers=[], **values)
    assert open_run(tmp_path / "a").read_json("status")["state"] == "failed"


def test_a_name_that_exists_is_refused_before_the_data_is_read(tmp_path, tiny):
    (tmp_path / "a").mkdir()
    with pytest.raises(RunError, match=r"^run .*/a exists; resume it with `fudemoji resume .*/a`"):
        fit(str(tmp_path / "no-such-set"), output=tmp_path, name="a", trackers=[], **tiny)
    assert names_in(tmp_path / "a") == []


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"model": "mpl"}, SettingsError, "unknown model 'mpl'"),
        ({"recipe": "qick"}, SettingsError, "unknown recipe 'qick'"),
        ({"bacth_size": 3}, SettingsError, r"unknown setting 'bacth_size' \(did you mean 'batch_size'\?\)"),
        ({"device": "cuda:99"}, SettingsError, "device 'cuda:99' is not to be had here"),
        (
            {"decay": 0.5, "lr_rule": "valley"},
            SettingsError,
            "lr_rule needs lr auto; decay needs sched constant",
        ),
        ({"name": "../a"}, RunError, "is no name for a run folder"),
    ],
)
def test_what_cannot_be_had_is_refused_and_nothing_is_written(signs, tmp_path, tiny, values, error, message):
    with pytest.raises(error, match=message):
        fit(signs, output=tmp_path / "runs", trackers=[], **{**tiny, **values})
    assert names_in(tmp_path) == []


def changed(data, **values):
    return dataclasses.replace(data, **values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.with_splits({"test": d.splits["test"]}), "^glyphs has no split 'train'; it has: test$"),
        (
            lambda d: changed(d, labels=d.labels * 0, classes=d.classes[:1]),
            "^glyphs has 1 class; a classifier ",
        ),
        (lambda d: d.with_splits({"train": np.arange(5)}), "one training image only of "),
    ],
)
def test_a_set_that_cannot_be_trained_on_says_why_and_nothing_is_written(
    signs, tmp_path, tiny, change, message
):
    with pytest.raises(DataError, match=message):
        fit(change(signs), output=tmp_path / "runs", trackers=[], **tiny)
    assert names_in(tmp_path) == []


def test_images_too_small_for_the_model_are_refused_before_anything_is_written(tmp_path, tiny):
    with pytest.raises(SettingsError, match=r"model resnet18 needs images of 8x8 and more, not 7x7"):
        fit(glyphs(88, 8, size=7), output=tmp_path / "runs", trackers=[], **{**tiny, "model": "resnet18"})
    assert names_in(tmp_path) == []


def test_a_batch_of_one_image_cannot_be_normalised_and_says_so(tmp_path, tiny):
    values = {**tiny, "model": "resnet18", "stem": "standard", "batch_size": 1}
    with pytest.raises(SettingsError, match=r"^batch norm needs two images a slice at least"):
        fit(glyphs(88, 8), output=tmp_path / "runs", trackers=[], **values)
    assert names_in(tmp_path) == []


def test_compile_compiles(signs, tiny):
    state = Workbench.of(resolve("quick", {**tiny, "compile": True}), signs).state()
    assert state.model._compiled_call_impl is not None
    assert Workbench.of(resolve("quick", tiny), signs).state().model._compiled_call_impl is None


def test_a_run_on_a_folder_resumes_from_anywhere(signs, tmp_path, tiny, no_report, monkeypatch):
    write_glyphs(tmp_path / "set", signs)
    monkeypatch.chdir(tmp_path)
    for event in fit_events("set", output=tmp_path / "runs", name="a", **tiny):
        if isinstance(event, EpochDone):
            break
    assert Run(tmp_path / "runs" / "a").settings().data.source == str(tmp_path / "set")
    monkeypatch.chdir("/")
    assert resume(tmp_path / "runs" / "a", trackers=[]).step == 10


def test_the_images_are_not_copied_for_the_run(signs, tiny):
    assert isinstance(signs, ImageSet)
    bench = Workbench.of(resolve("quick", tiny), signs)
    assert bench.data.images is signs.images
    before, first = signs.images.copy(), bench.data.indices("train")[0]
    signs.images[first] ^= 255
    try:
        images, _ = bench.train_store.take(torch.tensor([0]))
        assert (images[0].numpy() == signs.images[first]).all()
    finally:
        signs.images[:] = before


def test_a_failing_and_a_hanging_tracker_stop_nothing(signs, tmp_path, tiny, no_report, monkeypatch):
    monkeypatch.setitem(Audience.__init__.__kwdefaults__, "patience", 0.1)
    go_on = threading.Event()

    class Failing:
        in_place = True

        def __call__(self, event):
            raise ValueError("no space")

        def close(self):
            raise ValueError("no space")

    class Hanging:
        def __call__(self, event):
            go_on.wait()

        def close(self):
            go_on.wait()

    finished = fit(signs, output=tmp_path, name="a", trackers=[Failing(), Hanging()], **tiny)
    go_on.set()
    events = Run(tmp_path / "a").events()
    assert finished in events
    warnings = [event.text for event in events if isinstance(event, Note) and event.level == "warning"]
    assert [text.split(" (")[0] for text in warnings][:1] == ["tracker Failing failed and was switched off"]
    assert warnings[-1].startswith("tracker Hanging did not end in time and was left behind")


def test_a_tracker_without_its_package_is_refused_before_a_folder_is_made(signs, tmp_path, tiny, monkeypatch):
    monkeypatch.setattr("fudemoji.trackers.named.lacking", lambda name: ["wandb"])
    with pytest.raises(
        SettingsError, match=r"tracker wandb needs wandb; install it with `pip install 'fudemoji"
    ):
        fit(signs, output=tmp_path / "runs", trackers=["wandb"], **tiny)
    assert not (tmp_path / "runs").exists()


def test_a_run_keeps_its_named_tracker_when_it_is_resumed(signs, tmp_path, tiny, no_report):
    class Stop:
        in_place = True

        def __call__(self, event):
            if isinstance(event, EpochDone) and event.epoch == 1:
                raise KeyboardInterrupt

        def close(self):
            pass

    with pytest.raises(KeyboardInterrupt):
        fit(signs, output=tmp_path, name="a", trackers=["tensorboard", Stop()], **tiny)
    (first,) = tmp_path.glob("a/events.out.tfevents.*")
    assert Run(tmp_path / "a").read_json("status")["state"] == "interrupted"
    resume(tmp_path / "a", data=signs, trackers=[])
    (second,) = tmp_path.glob("a/events.out.tfevents.*")
    assert first != second
    assert second.read_bytes().count(b"train/epoch_loss") == 2


def test_what_fails_after_the_last_step_leaves_a_run_that_resume_finishes(signs, tmp_path, tiny, no_report):
    in_the_way = tmp_path / "a" / "predictions.npz"
    for event in (events := fit_events(signs, output=tmp_path, name="a", **tiny)):
        if isinstance(event, Evaluated) and event.split == "test":
            in_the_way.mkdir()
            break
    with pytest.raises(OSError, match="predictions"):
        list(events)
    assert Run(tmp_path / "a").read_json("status")["state"] == "interrupted"
    in_the_way.rmdir()
    assert resume(tmp_path / "a", data=signs, trackers=[]).test_accuracy is not None
    assert Run(tmp_path / "a").read_json("status")["state"] == "finished"
    assert in_the_way.is_file()


def test_whoever_leaves_after_the_last_step_finds_a_run_that_is_interrupted(signs, tmp_path, tiny, no_report):
    for event in (events := fit_events(signs, output=tmp_path, name="a", **tiny)):
        if isinstance(event, Evaluated) and event.split == "test":
            events.close()
            break
    assert Run(tmp_path / "a").read_json("status")["state"] == "interrupted"
