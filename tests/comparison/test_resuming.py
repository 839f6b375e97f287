import json
import signal
import time

import pytest

from builders import glyphs
from comparison_cases import HOW
from fudemoji.comparison import compare
from fudemoji.errors import Interrupted, RunError
from fudemoji.events import EpochDone, RunFinished
from fudemoji.runs import Run
from trainings import TINY, child, differences, flags

RUNS = ["lr=0.01-0", "lr=0.02-0", "lr=0.01-1", "lr=0.02-1"]


def again(signs, output, name="c", **how):
    return compare(str(signs), **{"vary": "lr=0.01,0.02", "seeds": 2, "output": output, "name": name,
                                  "trackers": [], **HOW, **how})  # fmt: skip


def test_a_comparison_killed_in_the_middle_goes_on_and_ends_like_an_unbroken_one(signs, tmp_path):
    whole = again(signs, tmp_path, "whole").parent
    how = flags({**HOW, "checkpoint_minutes": 1e-9, "vary": "lr=0.01,0.02", "seeds": 2, "output": tmp_path})
    words = ["compare", str(signs), "--name", "killed", *how]
    log, folder = tmp_path / "log", tmp_path / "killed"
    second = Run(folder / RUNS[1])
    process = child(*words, log=log)
    deadline = time.monotonic() + 120
    while not second.checkpoint_path("last").exists():
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        assert process.exitcode is None, log.read_text(encoding="utf-8")
        time.sleep(0.005)
    process.kill()
    process.join(60)
    first_events = Run(folder / RUNS[0]).events_path.read_bytes()
    process = child(*words, log=log)
    process.join(240)
    told = log.read_text(encoding="utf-8")
    assert process.exitcode == 0, told
    assert "lr=0.01, seed 0 (1 of 4): is there" in told
    assert Run(folder / RUNS[0]).events_path.read_bytes() == first_events
    for name in RUNS:
        assert differences(Run(folder / name), Run(whole / name)) == [], name
    one, other = (json.loads((path / "compare.json").read_bytes()) for path in (whole, folder))
    for mine, theirs in zip(one["variants"], other["variants"], strict=True):
        assert mine["figures"] == theirs["figures"]
    assert one["grid_pairs"] == other["grid_pairs"]


def test_one_that_is_interrupted_says_how_it_goes_on_and_does(signs, tmp_path, no_report):
    class Stop:
        num = 0

        def __call__(self, event):
            if isinstance(event, EpochDone):
                self.num += 1
                if self.num == 7:  # the first epoch of the second training
                    signal.raise_signal(signal.SIGTERM)

        def close(self):
            pass

    message = r"^interrupted after step \d+ of lr=0.02, seed 0; go on with the same command and --name c$"
    with pytest.raises(Interrupted, match=message):
        again(signs, tmp_path, epochs=6, trackers=[Stop()])
    said = []
    page = again(signs, tmp_path, epochs=6, say=said.append)
    assert said[1:3] == ["lr=0.01, seed 0 (1 of 4): is there", "lr=0.02, seed 0 (2 of 4): goes on"]
    assert page.is_file()


def test_called_again_nothing_is_trained_anew(signs, tmp_path, no_report):
    first = again(signs, tmp_path)
    before = json.loads(first.with_name("compare.json").read_bytes())
    happened = []
    assert again(signs, tmp_path, trackers=[happened_to(happened)], margin=0.5) == first
    assert happened == []
    after = json.loads(first.with_name("compare.json").read_bytes())
    assert [v["figures"] for v in after["variants"]] == [v["figures"] for v in before["variants"]]
    assert after["margin"] == 0.5  # what is made of the figures may change, the figures not


def happened_to(events):
    class Keep:
        def __call__(self, event):
            events.append(event)

        def close(self):
            pass

    return Keep()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (
            {"seeds": 1},
            r"c was planned otherwise: seeds 0, 1 instead of 0; give the same again, or choose another",
        ),
        ({"vary": "lr=0.01,0.03"}, r"planned otherwise: with lr=0.02; without lr=0.03; give"),
        (
            {"epochs": 3},
            r"lr=0.01 has epochs 2ep instead of 3ep; lr=0.02 has epochs 2ep instead of 3ep; give",
        ),
    ],
)
def test_another_plan_is_refused_with_what_differs(signs, tmp_path, no_report, how, message):
    again(signs, tmp_path)
    with pytest.raises(RunError, match=message):
        again(signs, tmp_path, **how)


def test_another_set_is_refused_by_its_fingerprint(tmp_path, no_report):
    how = {"vary": "lr=0.01,0.02", "output": tmp_path, "name": "c", "trackers": [], **HOW}
    compare(glyphs(88, 24), **how)
    with pytest.raises(RunError, match=r"data glyphs \(\w{16}\) instead of glyphs \(\w{16}\)"):
        compare(glyphs(88, 24, seed=1), **how)


def test_a_folder_that_is_no_comparison_is_left_alone(signs, tmp_path):
    (tmp_path / "c").mkdir()
    with pytest.raises(
        RunError, match=r"c exists and is no comparison; choose another --name, or remove it$"
    ):
        again(signs, tmp_path)
    assert list((tmp_path / "c").iterdir()) == []


def test_a_training_that_fails_is_told_of_and_the_others_go_on(signs, tmp_path, no_report):
    page = again(signs, tmp_path, vary="lr=0.01,1e30", seeds=1, opt="sgd")
    content = json.loads(page.with_name("compare.json").read_bytes())
    assert [bool(v["runs"]) for v in content["variants"]] == [True, False]
    assert content["recommendation"]["choice"] == "lr=0.01"
    assert content["variants"][1]["failures"][0].startswith("seed 0: ")
    assert any(w.startswith("lr=1e30 failed: seed 0: ") for w in content["warnings"])
    html = page.read_text(encoding="utf-8")
    assert '<span class="tag miss">failed</span>' in html


def test_where_every_training_fails_that_is_the_message(signs, tmp_path, no_report):
    with pytest.raises(RunError, match=r"c: every training failed \(lr=1e29: seed 0: .*; lr=1e30: seed 0: "):
        again(signs, tmp_path, vary="lr=1e29,1e30", seeds=1, opt="sgd")


def test_each_run_tells_its_own_peak_of_memory(signs, tmp_path, no_report):
    again(signs, tmp_path, seeds=1)
    ends = [e for name in RUNS[:2] for e in Run(tmp_path / "c" / name).events() if isinstance(e, RunFinished)]
    assert all(end.peak_memory is None or end.peak_memory > 50e6 for end in ends)
    assert TINY["model"] == ends[0].model
