import json
import re
import statistics

import pytest

from builders import glyphs, labelled_glyphs
from fudemoji.comparison import compare, parse_vary
from fudemoji.errors import RunError, SettingsError
from fudemoji.events import Evaluated, RunFinished, StepsDone
from fudemoji.report.comparison import Spread, read_variant
from fudemoji.runs import Run
from trainings import TINY, interrupted_run

HOW = {name: value for name, value in TINY.items() if name != "lr"}


@pytest.fixture
def no_report(monkeypatch):
    monkeypatch.setattr("fudemoji.training.session.write_report", lambda run: run.report_path)


@pytest.fixture
def page(tmp_path, no_report):
    said = []
    found = compare(
        glyphs(88, 24), vary="sched=constant,one-cycle", seeds=2, output=tmp_path, name="c", trackers=[],
        say=said.append, lr=0.01, seed=3, **HOW,
    )  # fmt: skip
    assert said == [f"sched={sched}, seed {seed}" for seed in (3, 4) for sched in ("constant", "one-cycle")]
    return found


def test_each_value_is_trained_with_each_seed_under_one_budget(page):
    content = json.loads((page.parent / "compare.json").read_bytes())
    assert [variant["name"] for variant in content["variants"]] == ["sched=constant", "sched=one-cycle"]
    assert (content["steps"], content["images a step"], content["seeds"]) == (10, 16, "3 to 4")
    splits = set()
    for variant in content["variants"]:
        runs = [Run(page.parent / path) for path in variant["runs"]]
        assert [run.settings().loop.seed for run in runs] == [3, 4]
        assert {f"sched={run.settings().schedule.sched}" for run in runs} == {variant["name"]}
        splits |= {(run.settings().loop.seed, run.read_arrays("split")["valid"].tobytes()) for run in runs}
        rates = {event.lr for event in runs[0].events() if isinstance(event, StepsDone)}
        assert rates == {0.01} or variant["name"] != "sched=constant"
    assert len(splits) == 2  # the same cut for both variants of a seed


def test_means_and_spreads_are_those_of_the_runs_own_events(page):
    content = json.loads((page.parent / "compare.json").read_bytes())
    for variant in content["variants"]:
        events = [Run(page.parent / path).events() for path in variant["runs"]]
        tests = [e.test_accuracy for of in events for e in of if isinstance(e, RunFinished)]
        figure = variant["figures"]["test accuracy"]
        assert figure["values"] == tests
        assert figure["mean"] == pytest.approx(statistics.mean(tests))
        assert figure["deviation"] == pytest.approx(statistics.stdev(tests))
        first = [next(e for e in of if isinstance(e, Evaluated) and e.split == "valid") for of in events]
        assert variant["curves"]["validation accuracy"][0] == [1, statistics.mean(e.accuracy for e in first)]
        assert variant["curves"]["validation loss"][0] == [1, statistics.mean(e.loss for e in first)]


def test_the_page_has_both_curves_of_accuracy_and_loss_and_the_table_and_nothing_from_outside(page):
    html = page.read_text(encoding="utf-8")
    assert re.findall(r"<h3>(.*?)</h3>", html) == ["Validation accuracy", "Validation loss", "Training loss"]
    for kind in ("v0", "v1"):
        assert html.count(f'<polyline class="line {kind}"') == 3
        assert html.count(f'<polyline class="line {kind} single"') == 6
    assert "sched=one-cycle" in html
    assert "±" in html
    assert not re.search(r"""(src|href)=["']https?:""", html)


def test_a_single_seed_has_no_spread_and_says_that_chance_may_be_all(tmp_path, no_report):
    page = compare(glyphs(88, 0), vary="lr=0.01,0.02", output=tmp_path, name="c", trackers=[], **HOW)
    html = page.read_text(encoding="utf-8")
    assert "a difference may be chance" in html
    assert "±" not in html
    assert "test accuracy" not in html


def test_a_spread_is_there_where_every_seed_has_the_figure():
    assert Spread.of([0.5]) == Spread(0.5, None, (0.5,))
    assert Spread.of([0.5, None]) is None


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        (
            "shed=a,b",
            r"^--vary shed=a,b: unknown setting 'shed' \(did you mean 'sched'\?\); write NAME=VALUE,VALUE$",
        ),
        ("sched", r"^--vary sched: two different values or more are compared; write NAME=VALUE,VALUE$"),
        ("sched=cosine", r"two different values or more"),
        ("sched=cosine,cosine", r"two different values or more"),
        (
            "epochs=1,2",
            r"^--vary epochs=1,2: epochs is the same for all that is compared; choose another setting$",
        ),
    ],
)
def test_what_cannot_be_varied_is_told(vary, message):
    with pytest.raises(SettingsError, match=message):
        parse_vary(vary)


def test_a_wrong_value_is_told_before_anything_is_trained(tmp_path):
    with pytest.raises(SettingsError, match=r"^sched is 'steep': input should be"):
        compare(glyphs(), vary="sched=constant,steep", output=tmp_path, **HOW)
    with pytest.raises(SettingsError, match=r"^--vary lr=1,2: lr is given as well; leave one of them out$"):
        compare(glyphs(), vary="lr=1,2", lr=0.1, output=tmp_path, **HOW)
    assert not list(tmp_path.iterdir())


def test_with_several_labels_an_image_mean_average_precision_is_compared_too(tmp_path, no_report):
    page = compare(
        labelled_glyphs(88, 24), vary="class_weights=none,balanced", output=tmp_path, name="c", trackers=[],
        say=lambda _: None, lr=0.01, **HOW,
    )  # fmt: skip
    content = json.loads(page.with_name("compare.json").read_bytes())
    for variant in content["variants"]:
        finished = Run(page.parent / variant["runs"][0]).events()[-1]
        assert (
            variant["figures"]["test mean average precision"]["mean"] == finished.test_mean_average_precision
        )
        assert "test balanced accuracy" not in variant["figures"]
    assert "<h3>Validation mean average precision</h3>" in page.read_text(encoding="utf-8")


def test_a_comparison_that_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "c").mkdir()
    with pytest.raises(RunError, match=r"c exists; choose another --name, or remove it$"):
        compare(glyphs(), vary="lr=1,2", output=tmp_path, name="c", **HOW)


def test_a_run_that_is_not_finished_cannot_be_compared(tmp_path):
    run = interrupted_run(tmp_path)
    with pytest.raises(RunError, match=r"left is not finished; go on with `fudemoji resume .*left`$"):
        read_variant("x", [run])
