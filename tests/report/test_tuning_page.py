import copy
import json
import re

import pytest

from fudemoji.errors import RunError
from fudemoji.report.axes import Axis
from fudemoji.report.tuning import command_of, rewrite_tuning, write_tuning
from pages import Page, outside

SPACE = [
    {
        "name": "lr",
        "range": "log:0.001:0.1",
        "low": 1e-3,
        "high": 0.1,
        "log": True,
        "unit": "",
        "whole": False,
    },
    {"name": "batch_size", "range": "32,64", "choices": ["32", "64"]},
    {"name": "freeze", "range": "0ep:2ep", "low": 0, "high": 2, "log": False, "unit": "ep", "whole": True},
]


def trial(number, state, score, lr, **more):
    course = [] if score is None else [[50, score - 0.1], [100, score]] if state == "done" else [[50, score]]
    settings = {"lr": lr, "batch_size": "32" if number % 2 else "64", "freeze": "1ep"}
    made = {"number": number, "state": state, "score": score, "settings": settings, "course": course}
    return {**made, "seconds": 2.0, "reason": "", "is_start": number == 1, "run": "", **more}


@pytest.fixture
def content():
    trials = [
        trial(1, "done", 0.88, "0.02"),
        trial(2, "done", 0.91, "0.006"),
        trial(3, "pruned", 0.12, "0.001", reason="at 50 % of its course"),
        trial(4, "failed", None, "0.1", reason="<b> clashes"),
        trial(5, "diverged", 0.3, "0.09", reason="the loss is nan"),
    ]
    return {
        "study": "s", "score": "accuracy", "total": 5, "space": SPACE, "best": trials[1], "trials": trials,
        "facts": {"data": "kmnist", "train images": 7200, "validation images": 800, "storage": "sqlite:///x"},
        "num_trials": {"done": 2, "pruned": 1, "failed": 1, "diverged": 1},
        "command": "fudemoji train kmnist --lr 0.006", "importances": {"lr": 0.75, "batch_size": 0.25},
    }  # fmt: skip


def test_the_page_tells_of_every_trial_and_of_the_best(tmp_path, content):
    page = Page(write_tuning(tmp_path, content))
    assert not outside(page)
    assert "91.00 % best validation accuracy, trial 2" in page.words
    assert "the 800 validation images" in page.words
    assert "fudemoji train kmnist --lr 0.006" in page.words
    assert "finished" in page.words
    assert page.source.count("<tr class=") == 4  # the best, and those that are not done
    assert "&lt;b&gt; clashes" in page.source
    assert "the recipe as it is" in page.words


def test_each_chart_marks_each_scored_trial_by_how_it_ended(tmp_path, content):
    source = Page(write_tuning(tmp_path, content)).source
    charts = re.findall(r'<svg class="chart.*?</svg>', source, re.DOTALL)
    assert len(charts) == 3 + len(SPACE)
    history, _, parallel, *slices = charts
    for chart in (history, *slices):
        assert re.findall(r'class="mark (\w+)"', chart).count("best") == 1
        assert sorted(re.findall(r'class="mark (\w+)"', chart)) == ["best", "diverged", "done", "pruned"]
        assert chart.count("<polygon") == 2  # far below the rest
    assert re.findall(r'class="thread (\w+)"', parallel)[-1] == "best"  # on top
    assert "trial 2, done, 91.00%: lr=0.006 batch_size=64 freeze=1ep" in parallel


def test_importances_are_told_or_why_there_are_none(tmp_path, content):
    words = Page(write_tuning(tmp_path, content)).words
    assert "75.0 %" in words
    content["importances"] = {}
    assert "Importances need twelve finished trials" in Page(write_tuning(tmp_path, content)).words


def test_a_study_without_a_finished_trial_has_a_page(tmp_path, content):
    content |= {"best": None, "command": "", "importances": {}, "trials": [], "num_trials": {}}
    page = Page(write_tuning(tmp_path, content))
    assert "no trial is finished yet" in page.words
    assert "goes on" in page.words
    waiting = {**trial(1, "waiting", None, "0.02"), "settings": {}, "seconds": None}
    content |= {"trials": [waiting], "num_trials": {"waiting": 1}}
    assert "waiting" in Page(write_tuning(tmp_path, content)).words


def test_trials_that_all_score_alike_can_be_drawn(tmp_path, content):
    content["trials"] = [trial(number, "done", 1.0, "0.02") for number in (1, 2, 3)]
    content["best"] = content["trials"][0]
    assert "100.00 %" in Page(write_tuning(tmp_path, content)).words


def test_the_page_is_written_anew_from_its_numbers_alone(tmp_path, content):
    before = copy.deepcopy(content)
    page = write_tuning(tmp_path, content).read_bytes()
    (tmp_path / "tune.html").unlink()
    assert rewrite_tuning(tmp_path).read_bytes() == page
    assert json.loads((tmp_path / "tune.json").read_bytes()) == before


def test_numbers_that_are_missing_or_damaged_are_told(tmp_path):
    with pytest.raises(RunError, match=r"tune.json is missing; .* is no study$"):
        rewrite_tuning(tmp_path)
    for text in ("{", "[]", '{"study": "s"}'):
        (tmp_path / "tune.json").write_text(text)
        with pytest.raises(RunError, match=r"tune.json is damaged: "):
            rewrite_tuning(tmp_path)


def test_settings_become_words_of_a_command_line():
    values = {"model": "mlp", "mirror": "no", "compile": True, "batch_size": 32, "fonts": ["a.ttf", "b.ttf"]}
    assert command_of("kmnist", recipe="quick", values=values) == [
        "fudemoji", "train", "kmnist", "--recipe", "quick", "--model", "mlp", "--no-mirror", "--compile",
        "--batch-size", "32", "--fonts", "a.ttf", "--fonts", "b.ttf",
    ]  # fmt: skip


def test_an_axis_has_round_ticks_within_its_ends():
    assert [told for _, told in Axis("lr", 3e-4, 5e-2, log=True).ticks] == [
        "0.0003",
        "0.001",
        "0.003",
        "0.01",
        "0.03",
    ]
    assert [told for _, told in Axis("lr", 1e-3, 1e-2, log=True).ticks] == ["0.001", "0.003", "0.01"]
    assert [told for _, told in Axis("freeze", 0, 2, unit="ep", whole=True).ticks] == ["0ep", "1ep", "2ep"]
    assert Axis("b", choices=("32", "64")).ticks == [(0.25, "32"), (0.75, "64")]
    assert Axis("score", 0.9, 0.92, is_share=True).ticks[0] == (0.0, "90\u00a0%")
