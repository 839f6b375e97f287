import re

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image

from builders import glyphs, write_glyphs
from fudemoji import predictor
from fudemoji.config import resolve
from fudemoji.engine.loop import train
from fudemoji.errors import RunError, SettingsError
from fudemoji.evaluation import evaluate
from fudemoji.events import Note, RunFinished, RunStarted, StepsDone
from fudemoji.models import build_model
from fudemoji.models import published as publishing
from fudemoji.predictor import Predictor
from fudemoji.runs import Run
from fudemoji.training import fit, fit_events, resume
from fudemoji.training.schedules import schedules
from fudemoji.training.transfer import stem_for
from fudemoji.training.workbench import Workbench
from trainings import differences

pytestmark = pytest.mark.usefixtures("no_report", "every_step")


@pytest.fixture
def small(tiny):
    """Settings of a short training of a small net with norms."""
    return {**tiny, "model": "fude-s", "least_steps": 0}


@pytest.fixture
def earlier(signs, tmp_path, small):
    """A finished run, to start from."""
    return (
        Run(tmp_path / "earlier")
        if fit(signs, output=tmp_path, name="earlier", trackers=[], **small)
        else None
    )


def tensors(run, name="best"):
    found = safetensors.torch.load_file(run.checkpoint_path(name))
    return {n.removeprefix("model/"): v for n, v in found.items() if n.startswith("model/")}


def notes(events):
    """What is told of the weights: where they are from, and what becomes of the images."""
    told = [event.text for event in events if isinstance(event, Note)]
    start = next(place for place, text in enumerate(told) if text.startswith("starts from "))
    return told[start : start + 2]


# --- where weights come from -----------------------------------------------------------------------------------


def test_a_run_starts_from_the_best_weights_of_an_earlier_one_with_a_new_head(
    signs, tmp_path, small, earlier
):
    bench = Workbench.of(resolve("quick", {**small, "weights": str(earlier.path)}), signs)
    mine, theirs = bench.model.state_dict(), tensors(earlier)
    assert all(torch.equal(mine[name], value) for name, value in theirs.items() if "head" not in name)
    assert not torch.equal(mine["head.weight"], theirs["head.weight"])
    assert bench.settings.model.weights == str(earlier.path)


def test_it_says_what_it_starts_from_and_what_becomes_of_the_images(signs, tmp_path, small, earlier):
    colour = glyphs(88, 24, channels=3, size=16)
    told = notes(fit_events(colour, output=tmp_path, name="b", **{**small, "weights": str(earlier.path)}))
    assert told == [
        f"starts from run {earlier.path}: 30 of 30 tensors of the body; the head is new; the filters of "
        "stages.0.widen.weight are repeated from 1 to 3 channels and scaled by 0.333",
        "pixels are scaled as the weights were trained; images stay at 16x16, the weights saw 12x12",
    ]


def test_pixels_are_scaled_as_those_of_the_earlier_run_also_by_the_predictor(signs, tmp_path, small, earlier):
    brighter = glyphs(88, 24, seed=5)
    brighter.images[:] = np.minimum(255, brighter.images.astype(int) + 40)
    fit(brighter, output=tmp_path, name="b", trackers=[], **{**small, "weights": str(earlier.path)})
    sheet, ours = earlier.read_json("data"), Run(tmp_path / "b").read_json("data")
    assert ours["pixels"] == {"mean": sheet["mean"], "std": sheet["std"]}
    assert ours["mean"] != sheet["mean"]
    trained = predictor.load_trained(tmp_path / "b")
    assert trained.pixels.mean == tuple(sheet["mean"])


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_of_weights_is_taken_and_not_needed_any_more(signs, tmp_path, small, suffix):
    with torch.random.fork_rng([]):
        body = build_model("fude-s", in_channels=1, num_classes=9).state_dict()
    path = tmp_path / f"w{suffix}"
    torch.save(body, path) if suffix == ".pth" else safetensors.torch.save_file(body, path)
    values = {**small, "weights": str(path)}
    whole = list(fit_events(signs, output=tmp_path, name="whole", **values))
    assert "the weights do not say how their pixels were scaled" in notes(whole)[1]
    for at in (0, 1, 2, 5):
        events = fit_events(signs, output=tmp_path, name=f"left-{at}", **values)
        for number, _ in enumerate(events):
            if number == at:
                events.close()
                break
    path.unlink()
    for at in (0, 1, 2, 5):
        resume(tmp_path / f"left-{at}", data=signs, trackers=[])
        assert differences(Run(tmp_path / f"left-{at}"), Run(tmp_path / "whole")) == [], at


def test_a_run_that_was_killed_before_its_first_step_needs_no_weights_either(signs, tmp_path, small, earlier):
    values = {**small, "weights": str(earlier.path)}
    list(fit_events(signs, output=tmp_path, name="whole", **values))
    next(
        fit_events(signs, output=tmp_path, name="killed", **values)
    )  # and the folder stays as a kill leaves it
    earlier.checkpoint_path("best").unlink()
    resume(tmp_path / "killed", data=signs, trackers=[])
    assert differences(Run(tmp_path / "killed"), Run(tmp_path / "whole")) == []
    assert evaluate(tmp_path / "killed", data=signs).num_images == 24
    assert Predictor(tmp_path / "killed")(signs.images[0, 0]).prob > 0


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Published weights of a ResNet-18 in a folder of data, made here."""
    with torch.random.fork_rng([]):
        torch.manual_seed(3)
        body = build_model("resnet18", in_channels=3, num_classes=1000, image_size=224).state_dict()
    found = publishing.published("resnet18")
    folder = tmp_path / "data" / "weights"
    folder.mkdir(parents=True)
    torch.save(body, folder / found.file)
    monkeypatch.setattr(publishing, "_check", lambda path, weights: None)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return body


def test_a_pretrained_resnet_takes_small_grey_images_and_says_how(signs, tmp_path, tiny, published):
    values = {**tiny, "model": "resnet18", "pretrained": True, "data_dir": str(tmp_path / "data"), "epochs": "2st",
              "least_steps": 0}  # fmt: skip
    told = notes(fit_events(signs, output=tmp_path, name="a", **values))
    assert told == [
        "starts from torchvision's ResNet18_Weights.IMAGENET1K_V1: 100 of 100 tensors of the body; the head is new; "
        "the filters of conv1.weight are summed over 3 channels, for grey images",
        "pixels are scaled as the weights were trained; images stay at 12x12, the weights saw 224x224, so the stem "
        "leaves out its stride and pool",
    ]
    run = Run(tmp_path / "a")
    assert run.settings().model.stem == "wide"
    assert run.read_json("data")["pixels"]["mean"] == [pytest.approx(255 * 0.449)]
    assert Predictor(run.path)(signs.images[0, 0]).prob > 0


def test_a_file_with_the_head_of_the_published_weights_is_taken_for_a_copy(tmp_path, published, signs, tiny):
    torch.save(published, tmp_path / "copy.pth")
    values = {**tiny, "model": "resnet18", "weights": str(tmp_path / "copy.pth")}
    bench = Workbench.of(resolve("quick", values), signs)
    assert bench.pixels.mean == pytest.approx((255 * 0.449,))


def test_without_the_file_the_error_says_which_and_where(signs, tmp_path, tiny, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    values = {**tiny, "model": "resnet18", "pretrained": True, "data_dir": str(tmp_path / "data")}
    with pytest.raises(
        SettingsError, match=rf"put https://.*-f37072fd\.pth at {re.escape(str(tmp_path))}/data"
    ):
        fit(signs, output=tmp_path, trackers=[], **values)
    assert not list(tmp_path.glob("*resnet*"))


def test_a_run_of_another_model_is_told_by_its_name(signs, tmp_path, small, earlier):
    with pytest.raises(SettingsError, match=r"earlier trained a fude-s, not a cnn; pass --model fude-s$"):
        fit(signs, output=tmp_path, trackers=[], **{**small, "model": "cnn", "weights": str(earlier.path)})


def test_a_folder_that_is_no_run_is_told(signs, tmp_path, small):
    with pytest.raises(RunError, match=r"is no run folder: config\.json is missing$"):
        fit(signs, output=tmp_path, trackers=[], **{**small, "weights": str(tmp_path)})


def test_freezing_random_weights_is_refused(signs, tmp_path, small):
    with pytest.raises(
        SettingsError, match=r"^freeze 1ep would leave a body of random weights as it is; pass --pre"
    ):
        fit(signs, output=tmp_path, recipe="fine-tune", trackers=[], **{**small, "warmup": "30%"})


@pytest.mark.parametrize(
    ("filters", "size", "stem"), [(3, 28, "small"), (3, 224, "small"), (7, 64, "wide"), (7, 65, "standard")]
)
def test_the_stem_follows_the_filters_and_the_size(filters, size, stem):
    tensors = {"conv1.weight": torch.zeros(64, 3, filters, filters)}
    assert stem_for(tensors, image_size=(size, size)) == stem


# --- frozen first, then unfrozen -------------------------------------------------------------------------------


def frozen_bench(signs, small, earlier, **values):
    return Workbench.of(resolve("quick", {**small, "weights": str(earlier.path), **values}), signs)


def test_while_frozen_only_head_and_norms_change_and_afterwards_everything(signs, small, earlier):
    bench = frozen_bench(signs, small, earlier, freeze="1ep")
    state, batches = bench.state(), bench.batches(16)
    before = {name: p.detach().clone() for name, p in bench.model.named_parameters()}
    for event in train(state, batches, bench.plan(batches), runtime=bench.runtime):
        changed = {n for n, p in bench.model.named_parameters() if not torch.equal(p, before[n])}
        if isinstance(event, StepsDone) and event.step <= 5:
            assert {"head.weight", "stages.0.widen_norm.weight"} <= changed
            assert not {
                name for name in changed if "norm" not in name and ".1." not in name and "head" not in name
            }
            assert state.model.stages[0].widen.weight.grad is None
    assert changed == set(before)


def test_a_run_left_while_frozen_and_after_ends_bit_for_bit_where_the_unbroken_one_does(
    signs, tmp_path, small, earlier
):
    values = {**small, "weights": str(earlier.path), "freeze": "1ep", "thaw_div": 2, "body_lr": 0.01, "ema": 0.9,
              "mixup": 0.4}  # fmt: skip
    list(fit_events(signs, output=tmp_path, name="whole", **values))
    for at in (2, 5, 6, 8):
        events = fit_events(signs, output=tmp_path, name=f"left-{at}", **values)
        for event in events:
            if isinstance(event, StepsDone) and event.step == at:
                events.close()
                break
        finished = resume(tmp_path / f"left-{at}", data=signs, trackers=[])
        assert differences(Run(tmp_path / f"left-{at}"), Run(tmp_path / "whole")) == [], at
        assert finished.parameters > 280_000


def test_a_body_may_stay_frozen_to_the_end_and_is_counted_all_the_same(signs, tmp_path, small, earlier):
    events = list(
        fit_events(
            signs, output=tmp_path, name="a", **{**small, "weights": str(earlier.path), "freeze": "100%"}
        )
    )
    started = next(event for event in events if isinstance(event, RunStarted))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].parameters == started.num_parameters
    mine, theirs = tensors(Run(tmp_path / "a"), "last"), tensors(earlier)
    assert torch.equal(mine["stages.0.widen.weight"], theirs["stages.0.widen.weight"])


def test_rate_and_momentum_are_those_of_fastais_fine_tune():
    settings = resolve("fine-tune", {"epochs": 3, "weights": "w"})
    lr_at, momentum_at = schedules(settings, steps_per_epoch=100, total=300)
    # fit_one_cycle(1, 2e-3, pct_start=0.99), then fit_one_cycle(2, 1e-3, pct_start=0.3, div=5)
    assert lr_at(99) == pytest.approx(2e-3)
    assert momentum_at(99) == pytest.approx(0.85)
    assert lr_at(100) == pytest.approx(1e-3 / 5)
    assert lr_at(160) == pytest.approx(1e-3)
    assert lr_at(300) == pytest.approx(1e-3 / 1e5)
    assert momentum_at(160) == pytest.approx(0.85)
    rates = [lr_at(step) for step in range(300)]
    assert rates[:99] == sorted(rates[:99])
    assert rates[160:] == sorted(rates[160:], reverse=True)


def test_a_constant_rate_is_lower_after_the_freeze_and_decays_from_there():
    values = {
        "sched": "constant",
        "warmup": "0ep",
        "lr": 1.0,
        "decay": 0.5,
        "freeze": "1ep",
        "thaw_div": 4,
        "weights": "w",
    }
    lr_at, _ = schedules(resolve("quick", values), steps_per_epoch=10, total=40)
    assert [lr_at(step) for step in (0, 9, 10, 19, 20, 30)] == [1.0, 1.0, 0.25, 0.25, 0.125, 0.0625]


def test_a_model_of_timm_trains_resumes_and_predicts_from_the_run_alone(signs, tmp_path, tiny):
    pytest.importorskip("timm")
    values = {**tiny, "model": "timm/test_resnet", "least_steps": 0}
    colour = glyphs(88, 24, size=32)
    list(fit_events(colour, output=tmp_path, name="whole", **values))
    for number, _ in enumerate(events := fit_events(colour, output=tmp_path, **values)):
        if number == 4:
            events.close()
            break
    (left,) = (path for path in tmp_path.iterdir() if "timm-test_resnet" in path.name)
    resume(left, data=colour, trackers=[])
    assert differences(Run(left), Run(tmp_path / "whole")) == []
    assert Predictor(left)(colour.images[0, 0]).prob > 0


def test_image_files_are_decoded_to_the_size_that_the_weights_have_seen(tmp_path, small):
    earlier = glyphs(88, 24, size=24, channels=3)
    fit(earlier, output=tmp_path, name="earlier", trackers=[], **small)
    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(20):
            pixels = rng.integers(0, 255, (40, 50, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / label / f"{number}.png")
    values = {**small, "data": str(tmp_path / "photos"), "weights": str(tmp_path / "earlier")}
    values |= {"cache_dir": str(tmp_path / "cache")}
    assert Workbench.of(resolve("quick", values)).data.image_size == (24, 24)
    assert Workbench.of(resolve("quick", {**values, "size": 32})).data.image_size == (32, 32)


def test_a_set_that_holds_pixels_keeps_its_size(tmp_path, signs, small):
    fit(glyphs(88, 24, size=24), output=tmp_path, name="earlier", trackers=[], **small)
    values = {
        **small,
        "data": str(write_glyphs(tmp_path / "set", signs)),
        "weights": str(tmp_path / "earlier"),
    }
    bench = Workbench.of(resolve("quick", values))
    assert bench.data.image_size == (12, 12)
    assert bench.settings.data.size == "auto"


def test_the_weights_do_not_stay_in_memory_once_the_model_has_them(signs, small, earlier):
    bench = frozen_bench(signs, small, earlier)
    model, sheet = bench.model, bench.sheet
    light = bench.without_weights()
    assert light.weights is None
    assert light.model is model
    assert light.sheet is sheet
