import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from builders import GLYPHS, names_in
from fudemoji.config import FLAGS, RECIPES
from fudemoji.config.settings import MODEL_NAMES
from fudemoji.engine.finders import RULES
from fudemoji.runs import Run
from trainings import TINY, flags, interrupted_run

KEYS = {"run", "recipe", "model", "parameters", "epochs", "train_seconds", "images_per_second", "valid_accuracy",
        "test_accuracy", "valid_balanced_accuracy", "test_balanced_accuracy", "valid_macro_f1", "test_macro_f1",
        "valid_mean_average_precision", "test_mean_average_precision", "peak_memory", "peak_device_memory"}  # fmt: skip
SHORT = flags({**TINY, "epochs": 1})


@pytest.fixture
def own(done, tmp_path):
    """A copy of the finished run that a test may change."""
    return Run(shutil.copytree(done.path, tmp_path / "own"))


def test_train_ends_with_one_json_object_on_stdout_and_tells_the_rest_on_stderr(cli, folder, tmp_path):
    answer = cli("train", folder, "--output", tmp_path / "out", "--name", "a", "--json", *SHORT)
    assert answer.exit_code == 0
    assert answer.out.count("\n") == 1
    assert set(answer.json) == KEYS
    assert answer.json["run"] == str(tmp_path / "out" / "a")
    assert (answer.json["recipe"], answer.json["model"], answer.json["epochs"]) == ("quick", "mlp", 1)
    assert 0 <= answer.json["valid_accuracy"] <= 1
    assert 0 <= answer.json["test_accuracy"] <= 1
    assert "train_loss" in answer.err
    assert "80 train and 8 valid images" in answer.err
    assert (tmp_path / "out" / "a" / "report.html").exists()


def test_accuracies_of_splits_that_are_not_there_are_null(cli, folder, tmp_path, monkeypatch):
    for file in folder.glob("t10k-*"):
        file.unlink()
    answer = cli("train", folder, "--output", tmp_path / "out", "--json", *SHORT, "--valid", "0")
    assert (answer.json["valid_accuracy"], answer.json["test_accuracy"]) == (None, None)


def test_train_without_json_ends_with_the_accuracy_and_the_report(cli, folder, tmp_path):
    answer = cli("train", folder, "--output", tmp_path / "out", "--name", "a", *SHORT)
    told, report = answer.out.splitlines()
    assert re.match(r"test accuracy [\d.]+%, balanced accuracy [\d.]+% after 1 epochs in ", told)
    assert told.endswith(f" s: {tmp_path / 'out' / 'a'}")
    assert report == f"report: {tmp_path / 'out' / 'a' / 'report.html'}"


def test_flags_reach_the_settings(cli, folder, tmp_path):
    more = ["--no-cycle-momentum", "--momentum", "0.8", "--seed", "9", "--clean", "1st", "--rotate", "5"]
    assert cli("train", folder, "--output", tmp_path, "--name", "a", *SHORT, *more).exit_code == 0
    settings = Run(tmp_path / "a").settings()
    assert (settings.optim.momentum, settings.loop.seed, str(settings.augment.clean)) == (0.8, 9, "1st")
    assert not settings.schedule.cycle_momentum
    assert settings.data.source == str(folder)


def test_a_run_without_a_name_gets_one_with_the_day_the_set_and_the_model(cli, folder, tmp_path):
    cli("train", folder, "--output", tmp_path / "out", *SHORT)
    (name,) = names_in(tmp_path / "out")
    assert "-signs-mlp-" in name


def test_resume_goes_on_and_ends_like_train(cli, tmp_path):
    run = interrupted_run(tmp_path)
    answer = cli("resume", run.path, "--json")
    assert answer.exit_code == 0
    assert set(answer.json) == KEYS
    assert answer.json["epochs"] == 2
    assert run.read_json("status")["state"] == "finished"


def test_lr_shows_every_rule_and_the_recommended_rate(cli, folder):
    answer = cli("lr", folder, *flags({**TINY, "lr": "auto"}))
    assert answer.exit_code == 0
    assert "mlp on signs, adamw, batch 16" in answer.out
    assert all(rule in answer.out for rule in RULES)
    assert "verdict: " in answer.out
    assert "recommended: --lr 0." in answer.out


def test_lr_writes_curve_and_picture_where_asked_and_ends_with_json(cli, folder, tmp_path):
    answer = cli("lr", folder, "--output", tmp_path / "lr", "--json", *flags(TINY))
    assert answer.json["recommended"] == json.loads((tmp_path / "lr" / "lr.json").read_text())["recommended"]
    assert names_in(tmp_path / "lr") == ["lr.csv", "lr.json", "lr.png", "tried.jsonl"]


def test_batch_shows_sizes_that_ran_and_recommends_one_of_them(cli, folder, tmp_path):
    answer = cli("batch", folder, "--output", tmp_path / "b", "--json", *flags(TINY))
    sizes = [size["batch_size"] for size in answer.json["tried"] if size["images_per_second"]]
    assert answer.json["recommended"] in sizes
    assert sizes == [16, 32, 64]
    assert names_in(tmp_path / "b") == ["batch.png"]
    shown = cli("batch", folder, *flags(TINY))
    assert "recommended: --batch-size " in shown.out


def test_evaluate_measures_again_what_train_measured(cli, own):
    before = own.read_json("metrics")
    answer = cli("evaluate", own.path, "--json")
    assert answer.json["accuracy"] == before["accuracy"]
    assert answer.json["loss"] == pytest.approx(before["loss"])
    assert answer.json["run"] == str(own.path)
    valid = cli("evaluate", own.path, "--split", "valid", "--test-shifts", "1")
    assert "valid" in valid.out
    assert "balanced accuracy" in valid.out
    assert (own.path / "evaluations" / "valid" / "report.html").exists()
    assert own.read_json("metrics") == before


def test_evaluate_takes_another_set_and_says_what_it_made_of_it(cli, own, folder):
    answer = cli("evaluate", own.path, folder, "--split", "all", "--shifts", "0")
    assert "classes mapped by id: all 4 of " in answer.err
    assert "95 % interval" in answer.out
    assert "evaluations" in answer.out.splitlines()[-1]
    found = cli("evaluate", own.path, folder, "--split", "all", "--json").json
    assert found["notes"][0].startswith("classes mapped by id")
    assert found["intervals"]["figures"]["macro_f1"][0] <= found["macro_f1"]
    refused = cli("evaluate", own.path, folder, "--cam", "5")
    assert refused.exit_code == 2
    assert "mlp has no Grad-CAM" in refused.err


def test_predict_names_the_classes_of_image_files(cli, done, folder, tmp_path):
    image = np.zeros((12, 12), dtype=np.uint8)
    image[2:-2, 2:-2] = 220
    Image.fromarray(image).save(tmp_path / "口.png")
    answer = cli("predict", done.path, tmp_path / "口.png", tmp_path / "口.png", "--json", "--top", "2")
    assert [found["glyph"] for found in answer.json] == ["口", "口"]
    assert [len(found["top"]) for found in answer.json] == [2, 2]
    shown = cli("predict", done.path, tmp_path / "口.png")
    assert shown.out.startswith(f"{tmp_path / '口.png'}: 口 ")
    inverted = cli("predict", done.path, tmp_path / "口.png", "--invert")
    assert inverted.out.rstrip().endswith("(inverted)")


def test_report_is_written_from_the_run_folder_alone(cli, own):
    own.report_path.unlink()
    answer = cli("report", own.path)
    assert answer.out == f"{own.report_path}\n"
    assert own.report_path.stat().st_size > 10_000


def test_runs_lists_finished_running_and_damaged_ones(cli, done, tmp_path):
    output = tmp_path / "runs"
    interrupted_run(tmp_path)
    shutil.copytree(done.path, output / "done")
    shutil.copytree(done.path, output / "broken")
    (output / "broken" / "status.json").write_text("{")
    listed = {run["run"].rpartition("/")[2]: run for run in cli("runs", "--output", output, "--json").json}
    assert {name: run["state"] for name, run in listed.items()} == {
        "left": "interrupted",
        "done": "finished",
        "broken": "damaged",
    }
    assert listed["done"]["test_accuracy"] == done.read_json("metrics")["accuracy"]
    metrics = done.read_json("metrics")
    assert listed["done"]["test_balanced_accuracy"] == metrics["balanced_accuracy"]
    assert listed["left"]["test_balanced_accuracy"] is None
    shown = cli("runs", "--output", output)
    assert shown.exit_code == 0
    heads = shown.out.splitlines()[0].split()
    assert heads == ["run", "state", "model", "recipe", "valid", "balanced", "test", "balanced", "time"]
    assert f"{metrics['balanced_accuracy']:.2%}" in shown.out
    assert "interrupted" in shown.out
    empty = cli("runs", "--output", tmp_path / "none")
    assert empty.out == f"no runs in {tmp_path / 'none'}; start one with `fudemoji train`\n"


def test_recipes_are_listed_and_printed_with_every_setting(cli):
    listed = cli("recipes").out
    assert all(name in listed for name in RECIPES)
    printed = cli("recipes", "best").out
    assert all(f"--{name.replace('_', '-')}" in printed for name in FLAGS if name not in ("data", "fonts"))


def test_data_list_and_show(cli, folder, tmp_path):
    listed = cli("data", "list", "--json")
    assert [one["name"] for one in listed.json][:1] == ["kana"]
    shown = cli("data", "show", folder, "--output", tmp_path / "sheet.png")
    assert all(glyph in shown.out for glyph in GLYPHS)
    assert (tmp_path / "sheet.png").stat().st_size > 100
    assert cli("data", "show", folder, "--json").json["num_images"] == 112


@pytest.mark.parametrize(
    "verb", ["train", "resume", "lr", "batch", "evaluate", "predict", "report", "runs", "recipes"]
)
def test_every_verb_explains_itself(cli, verb):
    answer = cli(verb, "--help")
    assert answer.exit_code == 0
    assert f"fudemoji {verb}" in answer.out
    assert answer.err == ""


def test_the_help_of_train_has_every_setting(cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = cli("train", "--help").out
    for name in FLAGS:
        if name not in ("data", "fonts"):
            assert f"--{name.replace('_', '-')}" in text, name
    assert "--font" in text


def test_no_verb_at_all_shows_the_help(cli):
    answer = cli()
    assert "fudemoji train" in answer.out + answer.err
    assert (answer.out + answer.err).count("\n") > 10


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_every_model_can_be_asked_for(cli, model, tmp_path):
    answer = cli("train", tmp_path / "nothing", "--model", model)
    assert "no folder" in answer.err
