import json
import re
import shutil
import statistics

import numpy as np
import pytest

from builders import glyphs, labelled_glyphs
from comparison_cases import HOW
from fudemoji.comparison import compare, rules
from fudemoji.errors import RunError, SettingsError
from fudemoji.events import Evaluated, RunFinished, StepsDone
from fudemoji.metrics import Predictions, wilson_interval
from fudemoji.metrics.paired import compare_hits
from fudemoji.runs import Run
from fudemoji.training import fit
from pages import Page, outside
from trainings import interrupted_run

RECIPES = ["report-2022-mlp", "quick"]
SHORT = {"epochs": 6, "batch_size": 16, "precision": "fp32", "model": "mlp", "lr": 0.01}


def content_of(page):
    return json.loads(page.with_name("compare.json").read_bytes())


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """Two schedules with two seeds each, and what was said."""
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fudemoji.training.session.write_report", lambda run: run.report_path)
        page = compare(
            glyphs(88, 24), vary="sched=constant,one-cycle", seeds=2, output=tmp_path_factory.mktemp("grid"),
            name="c", trackers=[], say=said.append, lr=0.01, seed=3, **HOW,
        )  # fmt: skip
    return page, said


@pytest.fixture(scope="module")
def contest(tmp_path_factory):
    """Two recipes with two seeds each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fudemoji.training.session.write_report", lambda run: run.report_path)
        return compare(
            glyphs(120, 80), recipes=RECIPES, seeds=2, output=tmp_path_factory.mktemp("contest"), name="c",
            trackers=[], **SHORT,
        )  # fmt: skip


def test_each_value_is_trained_with_each_seed_on_the_same_cut(grid):
    page, said = grid
    assert said[0].endswith("c: 2 variants x 2 seeds")
    assert said[1:] == [
        f"sched={sched}, seed {seed} ({2 * (seed - 3) + n} of 4)"
        for seed in (3, 4) for n, sched in enumerate(("constant", "one-cycle"), start=1)
    ]  # fmt: skip
    splits = set()
    for variant in content_of(page)["variants"]:
        assert (variant["total_steps"], variant["images_per_step"], variant["seeds"]) == (10, 16, [3, 4])
        runs = [Run(page.parent / path) for path in variant["runs"]]
        assert {f"sched={run.settings().schedule.sched}" for run in runs} == {variant["name"]}
        splits |= {(run.settings().loop.seed, run.read_arrays("split")["valid"].tobytes()) for run in runs}
        rates = {event.lr for event in runs[0].events() if isinstance(event, StepsDone)}
        assert rates == {0.01} or variant["name"] != "sched=constant"
    assert len(splits) == 2


def test_means_and_spreads_are_those_of_the_runs_own_events(contest):
    for variant in content_of(contest)["variants"]:
        events = [Run(contest.parent / path).events() for path in variant["runs"]]
        ends = [e for of in events for e in of if isinstance(e, RunFinished)]
        for figure, field in (("test accuracy", "test_accuracy"), ("validation accuracy", "valid_accuracy")):
            values = [getattr(end, field) for end in ends]
            assert variant["figures"][figure]["values"] == values
            assert variant["figures"][figure]["mean"] == pytest.approx(statistics.mean(values))
            assert variant["figures"][figure]["deviation"] == pytest.approx(statistics.stdev(values))
        first = [next(e for e in of if isinstance(e, Evaluated) and e.split == "valid") for of in events]
        assert variant["curves"]["validation accuracy"][0] == [1, statistics.mean(e.accuracy for e in first)]
        assert variant["costs"]["training, s"]["values"] == [end.train_seconds for end in ends]
        assert variant["parameters"] == ends[0].parameters
        mean = variant["figures"]["test accuracy"]["mean"]
        assert variant["test_interval"] == pytest.approx(wilson_interval(round(80 * mean), 80))


def test_the_training_accuracy_is_that_of_the_best_weights_on_the_training_images(contest):
    from fudemoji.evaluation import evaluate

    variant = content_of(contest)["variants"][0]
    copy = shutil.copytree(contest.parent / variant["runs"][0], contest.parent.parent / "copy")
    metrics = evaluate(copy, split="train", shifts=0, data=glyphs(120, 80))
    assert variant["figures"]["train accuracy"]["values"][0] == pytest.approx(metrics.accuracy)


def test_the_paired_test_is_that_of_the_runs_own_predictions(contest):
    content = content_of(contest)
    hits = [
        np.stack([Predictions.from_arrays(Run(contest.parent / path).read_arrays("predictions")).hits_N
                  for path in variant["runs"]])
        for variant in content["variants"]
    ]  # fmt: skip
    (pair,) = content["pairs"]
    expected = compare_hits(*hits)
    assert pair["test"]["difference"] == pytest.approx(expected.difference)
    assert (pair["test"]["p"], pair["adjusted_p"]) == (expected.p, expected.p)


def test_of_a_grid_only_the_chosen_one_shows_what_it_does_on_the_test_images(grid):
    content = content_of(grid[0])
    chosen = [v for v in content["variants"] if v["is_chosen"]]
    assert [v["name"] for v in chosen] == [content["recommendation"]["choice"]]
    assert content["score"] == "validation accuracy"
    assert ["test accuracy" in v["figures"] for v in content["variants"]] == [
        v["is_chosen"] for v in content["variants"]
    ]
    assert content["pairs"] == []
    assert len(content["grid_pairs"]["quick"]) == 1
    page = Page(grid[0])
    assert page.words.count("chosen ") > 0
    assert "Tried values" in page.words


def test_what_was_tried_for_each_recipe_is_chosen_first_and_the_chosen_meet_on_the_test_images(
    tmp_path, no_report
):
    page = compare(
        glyphs(240, 40), recipes=RECIPES, vary=["lr=0.01,0.02", "batch_size=16,32"], output=tmp_path, name="c",
        trackers=[], model="mlp", epochs=8, valid=0.3, precision="fp32",
    )  # fmt: skip
    content = content_of(page)
    assert len(content["variants"]) == 8
    assert set(content["grids"]) == set(RECIPES)
    assert sum(v["is_chosen"] for v in content["variants"]) == 2
    (pair,) = content["pairs"]
    assert (pair["split"], pair["one"].split()[0], pair["other"].split()[0]) == ("test", *RECIPES)
    assert "One seed" in " ".join(content["warnings"])


def test_the_page_stands_alone_and_tells_everything(contest):
    page = Page(contest)
    assert outside(page) == []
    for word in (
        "What differs",
        "Data",
        "Models",
        "Course",
        "Accuracy",
        "Differences",
        "Costs",
        "Recommendation",
    ):
        assert word in page.words
    for rule in rules():
        assert rule in page.words
    for variant in content_of(contest)["variants"]:
        assert variant["name"] in page.words
        assert all(command in page.words for command in variant["commands"])
    assert "dense 144 to 100, ReLU" in page.words
    assert content_of(contest)["command"] in page.words
    assert len(page.alts) == 4 * 8  # training images of each class


def test_curves_are_drawn_for_each_variant_and_each_seed(contest):
    html = contest.read_text(encoding="utf-8")
    course = html[html.index('<section id="course">') : html.index('<section id="accuracy">')]
    assert re.findall(r"<h4>(.*?)</h4>", course) == [
        "Validation accuracy",
        "Validation loss",
        "Training loss",
    ]
    for kind in ("v0", "v1"):
        assert course.count(f'<polyline class="line {kind}"') == 3
        assert course.count(f'<polyline class="line {kind} single"') == 6


def test_the_command_on_the_page_is_the_comparison(tmp_path, monkeypatch, signs, no_report):
    from fudemoji.cli.app import _run

    how = {
        "recipes": RECIPES,
        "vary": "lr=0.01,0.02",
        "seeds": 1,
        "seed": 2,
        "output": tmp_path,
        "margin": 0.01,
    }
    page = compare(str(signs), name="c", trackers=[], model="mlp", epochs=1, **how)
    words = content_of(page)["command"].split()
    assert words[:2] == ["fudemoji", "compare"]
    before = content_of(page)
    assert _run(words[1:]) == 0
    assert content_of(page) == before


def test_without_a_test_split_validation_decides(tmp_path, no_report):
    page = compare(glyphs(88, 0), recipes=RECIPES, output=tmp_path, name="c", trackers=[], **SHORT)
    content = content_of(page)
    assert content["score"] == "validation accuracy"
    assert content["pairs"][0]["split"] == "valid"
    assert "–" in Page(page).words


def test_without_validation_images_nothing_is_chosen_among_what_was_tried(tmp_path, no_report):
    page = compare(
        glyphs(88, 24), vary="lr=0.01,0.02", valid=0, output=tmp_path, name="c", trackers=[], **HOW
    )
    content = content_of(page)
    told = "Nothing can be recommended: there is no validation accuracy to choose by."
    assert content["recommendation"] == {"choice": None, "sentences": [told], "near": []}
    assert told in Page(page).words


def test_with_several_labels_an_image_mean_average_precision_decides(tmp_path, no_report):
    page = compare(
        labelled_glyphs(88, 24), recipes=RECIPES, output=tmp_path, name="c", trackers=[], seeds=2, **SHORT
    )
    content = content_of(page)
    assert content["score"] == "test mean average precision"
    for variant in content["variants"]:
        finished = Run(page.parent / variant["runs"][0]).events()[-1]
        found = variant["figures"]["test mean average precision"]["values"]
        assert found[0] == finished.test_mean_average_precision
        assert "test balanced accuracy" not in variant["figures"]
    assert "No paired test, because images have several labels" in Page(page).words
    assert content["recommendation"]["choice"]


def test_a_model_that_stays_at_chance_is_told_of(tmp_path, no_report):
    page = compare(
        glyphs(240, 80), vary="lr=0.02,1e-9", output=tmp_path, name="c", trackers=[], valid=0.3, **{**HOW, "epochs": 8}
    )  # fmt: skip
    content = content_of(page)
    assert [v["at_chance"] for v in content["variants"]] == [0, 1]
    assert content["recommendation"]["choice"] == "lr=0.02"
    assert "lr=1e-9 stayed at chance: it reads no better than guessing." in content["warnings"]


# --- what cannot be compared ------------------------------------------------------------------------------------


def test_what_makes_no_comparison_is_told_before_anything_is_trained(signs, tmp_path):
    for how, message in (
        ({"vary": "sched=constant,steep"}, r"^sched=steep: sched is 'steep': input should be"),
        ({"vary": "lr=1,2", "seeds": 0}, r"^seeds is 0, expected 1 or more$"),
        ({"vary": "lr=1,2", "margin": 1.5}, r"^margin is 1.5, expected a share from 0 up to 1"),
        ({"vary": "lr=1,2", "seed": "x"}, r"^seed is 'x': input should be a valid integer"),
        ({"models": ["mlp", "c3d"]}, r"^model c3d reads clips, not images"),
    ):
        with pytest.raises(SettingsError, match=message):
            compare(str(signs), output=tmp_path / "o", **how)
    assert not (tmp_path / "o").exists()


# --- finished runs ----------------------------------------------------------------------------------------------


@pytest.fixture
def finished(signs, tmp_path, no_report):
    """A function that trains a run of the signs."""

    def train(name, data=signs, **values):
        how = {**HOW, "lr": 0.01, **values}
        return fit(str(data), output=tmp_path / "runs", name=name, trackers=[], **how).run

    return train


def test_finished_runs_are_grouped_by_everything_but_the_seed(finished, tmp_path):
    runs = [finished(f"{lr}-{seed}", lr=lr, seed=seed) for lr in (0.01, 0.02) for seed in (0, 1)]
    page = compare(*runs, output=tmp_path, name="c")
    content = content_of(page)
    assert [(v["name"], v["seeds"]) for v in content["variants"]] == [
        ("lr=0.01", [0, 1]),
        ("lr=0.02", [0, 1]),
    ]
    assert content["pairs"][0]["test"]["num_images"] == 24
    assert all("train accuracy" in v["figures"] for v in content["variants"])
    assert content["command"].startswith(f"fudemoji compare {runs[0]} {runs[1]}")
    assert Run(tmp_path / "c").read_json("plan")["runs"] == runs
    assert compare(*runs, output=tmp_path, name="c") == page


def test_runs_of_different_recipes_are_called_by_them(finished, tmp_path):
    runs = [finished("a"), fit_recipe(tmp_path)]
    names = [v["name"] for v in content_of(compare(*runs, output=tmp_path, name="c"))["variants"]]
    assert names == ["quick", "report-2022-mlp"]


def fit_recipe(tmp_path):
    return fit(str(tmp_path / "signs"), recipe="report-2022-mlp", output=tmp_path / "runs", name="b", trackers=[],
               epochs=1).run  # fmt: skip


def test_runs_on_different_test_images_get_no_paired_test_and_no_recommendation(finished, tmp_path):
    from builders import write_glyphs

    others = write_glyphs(tmp_path / "others", glyphs(88, 32))
    page = compare(finished("a"), finished("b", data=others, lr=0.02), output=tmp_path, name="c")
    content = content_of(page)
    reason = "they were measured on different images: one is of signs, the other of others"
    assert content["pairs"][0]["refusal"] == reason
    assert content["recommendation"]["choice"] is None
    assert f"No paired test, because {reason}." in Page(page).words
    assert f"Nothing can be recommended: {reason}." in Page(page).words


def test_a_set_that_is_gone_leaves_what_the_runs_have_stored(finished, tmp_path, signs):
    runs = [finished("a"), finished("b", lr=0.02)]
    shutil.rmtree(signs)
    said = []
    content = content_of(compare(*runs, output=tmp_path, name="c", say=said.append))
    assert said[0].startswith(f"{runs[0]} can only be compared by what it has stored: no folder")
    assert content["pairs"][0]["test"]
    assert not any("train accuracy" in v["figures"] for v in content["variants"])


def test_a_run_that_was_evaluated_on_another_split_is_compared_as_before(finished, tmp_path):
    from fudemoji.evaluation import evaluate

    runs = [finished("a"), finished("b", lr=0.02)]
    before = content_of(compare(*runs, output=tmp_path, name="c"))["pairs"]
    evaluate(runs[0], split="valid")
    assert content_of(compare(*runs, output=tmp_path, name="d"))["pairs"] == before


def test_a_run_that_never_finished_cannot_be_compared(finished, tmp_path):
    run, left = finished("a"), interrupted_run(tmp_path / "x")
    with pytest.raises(RunError, match=r"left is not finished; go on with `fudemoji resume .*left`$"):
        compare(run, left.path, output=tmp_path, name="c")
    left.set_status("failed", step=7, reason="loss is nan")
    with pytest.raises(
        RunError, match=r"left failed at step 7 \(loss is nan\); it has no figures to compare, leave"
    ):
        compare(run, left.path, output=tmp_path, name="c")
    assert not (tmp_path / "c").exists()


def test_runs_that_make_no_comparison_are_told(finished, tmp_path):
    run = finished("a")
    twin = shutil.copytree(run, tmp_path / "runs" / "twin")
    for sources, message in (
        ([run], r"a is one run; give another one to compare it with$"),
        ([run, run], r"a is given twice; leave one out$"),
        ([run, twin], r"twin have the same settings and seed 0: there is nothing to compare; leave one out$"),
        ([run, tmp_path / "runs" / "b"], r"^no run folder .*b"),
    ):
        with pytest.raises(RunError, match=message):
            compare(*sources, output=tmp_path, name="c")
    with pytest.raises(
        SettingsError, match=r"^one set is trained on, or several finished runs are compared; write"
    ):
        compare("kana", run, output=tmp_path, name="c")
    with pytest.raises(
        SettingsError, match=r"^vary is for trainings; finished runs are compared as they are$"
    ):
        compare(run, twin, vary="lr=1,2", output=tmp_path, name="c")
    with pytest.raises(
        SettingsError, match=r"^epochs is for trainings; finished runs are compared as they are$"
    ):
        compare(run, twin, epochs=3, output=tmp_path, name="c")
    with pytest.raises(
        SettingsError, match=r"^tracker is for trainings; finished runs are compared as they are$"
    ):
        compare(run, twin, trackers=["display", "wandb"], output=tmp_path, name="c")
