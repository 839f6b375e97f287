import json
import shlex
import signal

import optuna
import pytest

from builders import glyphs, labelled_glyphs, names_in
from fudemoji.cli.app import _run
from fudemoji.errors import DataError, Interrupted, RunError, SettingsError, TrainingFailed
from fudemoji.events import EpochDone, Evaluated, RunFinished, RunStarted, StepsDone
from fudemoji.runs import Run
from fudemoji.tuning import tune
from fudemoji.tuning.search import seconds_of
from pages import Page, outside

KEPT = {"config.json", "env.json", "data.json", "status.json", "events.jsonl"}


def content_of(found):
    return json.loads((found.folder / "tune.json").read_bytes())


def test_the_best_trial_is_the_one_with_the_best_validation_of_all_events(search):
    found = search(trials=4, epochs=3)
    scores = {}
    for trial in content_of(found)["trials"]:
        events = Run(found.folder / "trials" / f"{trial['number']:04d}").events()
        scores[trial["number"]] = max(e.accuracy for e in events if isinstance(e, Evaluated))
        assert trial["score"] == scores[trial["number"]]
    assert found.score == max(scores.values())
    assert found.num_trials == {"done": 4}
    first = min(number for number, score in scores.items() if score == found.score)
    assert found.run == found.folder / "trials" / f"{first:04d}"
    assert found.settings == content_of(found)["trials"][first - 1]["settings"]


def test_no_trial_sees_the_test_split(search):
    found = search(trials=2)
    for run in map(Run, (found.folder / "trials").iterdir()):
        assert {e.split for e in run.events() if isinstance(e, Evaluated)} == {"valid"}
        assert "test" not in run.read_json("data")["splits"]


def test_the_best_run_is_kept_whole_and_of_the_others_settings_and_events(search):
    found = search(trials=4)
    for path in (found.folder / "trials").iterdir():
        run = Run(path)
        names = set(names_in(path))
        assert run.read_json("status")["state"] == "finished"
        assert names > KEPT | {"checkpoints"} if path == found.run else names == KEPT
    assert isinstance(Run(found.run).events()[-1], RunFinished)
    assert names_in(found.folder / "workers") == []


def test_the_trials_ran_with_the_settings_that_are_told(search):
    found = search("lr=log:1e-3:0.05 sched=one-cycle,constant mirror=yes,no policy=photos,clips", trials=3)
    for trial in content_of(found)["trials"]:
        settings = Run(found.folder / "trials" / f"{trial['number']:04d}").settings()
        told = trial["settings"]
        assert settings.optim.lr == float(told["lr"])
        assert settings.schedule.sched == told["sched"]
        assert settings.augment.mirror == (told["mirror"] == "yes")


def test_the_command_at_the_end_is_a_training_with_the_best_settings(search, tmp_path, monkeypatch, folder):
    found = search(trials=2, data=str(folder))
    words = shlex.split(found.command)
    assert words[:3] == ["fudemoji", "train", str(folder)]
    monkeypatch.chdir(tmp_path)
    assert _run([*words[1:], "--name", "full"]) == 0
    full, best = Run(tmp_path / "runs" / "full").settings(), Run(found.run).settings()
    for section in ("model", "optim", "schedule", "augment", "balance", "loop"):
        assert getattr(full, section) == getattr(best, section)


def test_the_first_trial_is_the_recipe_as_it_is_where_it_lies_in_the_space(search):
    assert search("lr=log:1e-3:0.05", trials=1).settings == {"lr": "0.02"}
    found = search("lr=log:1e-3:0.01", trials=1, name="elsewhere")
    assert not content_of(found)["trials"][0]["is_start"]


def test_a_study_goes_on_to_the_number_that_is_asked_for(search):
    search(trials=2)
    found = search(trials=3)
    assert search.said[-2] == "study s goes on: 2 of 3 trials are done"
    assert found.num_trials == {"done": 3}
    said = len(search.said)
    assert search(trials=3).num_trials == {"done": 3}
    assert search.said[said:] == ["study s goes on: 3 of 3 trials are done"]


def test_the_same_seed_draws_the_same_trials_however_often_the_study_is_broken_off(search):
    def drawn(found):
        return [(trial["settings"], trial["score"]) for trial in content_of(found)["trials"]]

    unbroken = search(trials=4, name="unbroken", seed=5)
    for trials in (1, 2, 4):
        broken = search(trials=trials, name="broken", seed=5)
    assert drawn(broken) == drawn(unbroken)
    assert drawn(search(trials=4, name="other", seed=6)) != drawn(unbroken)


def test_a_changed_study_is_refused_with_what_differs(search):
    search(trials=1)
    with pytest.raises(
        SettingsError, match=r"^study s in sqlite:.* is another one: setting epochs was 2ep, now 3ep; "
    ):
        search(trials=2, epochs=3)
    with pytest.raises(SettingsError, match=r"range of batch_size was 16,32, now not there"):
        search("lr=log:1e-3:0.05", trials=2, batch_size=16)
    with pytest.raises(
        SettingsError, match=r"another one: set was glyphs \(\w{12}\), now glyphs \(\w{12}\); ask"
    ):
        search(trials=2, data=glyphs(88, 24, seed=1))


def test_a_poor_trial_is_pruned_and_costs_nothing_more(search):
    found = search(
        "lr=0.01,1e-6", trials=12, epochs=4, sampler="random", seed=1, data=glyphs(240, 0), batch_size=16
    )
    pruned = [trial for trial in content_of(found)["trials"] if trial["state"] == "pruned"]
    assert pruned
    for trial in pruned:
        events = Run(found.folder / "trials" / f"{trial['number']:04d}").events()
        share, score = trial["course"][-1]
        total = next(event.total_steps for event in events if isinstance(event, RunStarted))
        assert max(e.step for e in events if isinstance(e, StepsDone)) == share * total / 100 < total
        assert trial["settings"]["lr"] == "1e-6"
        assert trial["reason"] == f"at {share} % of its course"
        assert score <= trial["score"]
    assert found.settings["lr"] == "0.01"


@pytest.mark.parametrize("pruner", ["halving", "none"])
def test_each_pruner_prunes_as_it_should(search, pruner):
    found = search("lr=0.01,1e-6", trials=8, epochs=4, sampler="random", pruner=pruner, seed=1, batch_size=16)
    assert ("pruned" in found.num_trials) == (pruner == "halving")


def test_settings_that_clash_fail_the_trial_and_not_the_study(search):
    found = search("sched=one-cycle,constant decay=0.5:0.9", trials=6, sampler="random", lr=0.01)
    by_sched = {trial["settings"]["sched"]: trial for trial in content_of(found)["trials"]}
    assert by_sched["one-cycle"]["state"] == "failed"
    assert by_sched["one-cycle"]["reason"] == "decay needs sched constant, not one-cycle"
    assert by_sched["constant"]["state"] == "done"
    assert set(found.num_trials) == {"done", "failed"}


def test_a_study_whose_first_trials_all_fail_is_stopped(search):
    message = r"^none of the first 5 trials succeeded; the last reason: logit_adjust is for one label"
    with pytest.raises(TrainingFailed, match=message):
        search("logit_adjust=0.5:1", trials=9, data=labelled_glyphs(88, 24), batch_size=16, lr=0.01)


def test_a_loss_that_explodes_is_an_outcome(search):
    found = search("lr=0.01,1e30", trials=6, sampler="random", opt="sgd", batch_size=16, sched="constant")
    exploded = [trial for trial in content_of(found)["trials"] if trial["settings"]["lr"] == "1e30"]
    assert {trial["state"] for trial in exploded} == {"diverged"}
    assert exploded[0]["reason"].startswith("the loss is ")
    assert found.settings == {"lr": "0.01"}


def test_no_trial_begins_when_time_is_up(search):
    search(trials=1)
    found = search(trials=3, timeout="0.000001s")
    assert search.said[-1] == "time is up"
    assert found.num_trials == {"done": 1}


def test_several_labels_are_searched_by_mean_average_precision(search):
    found = search(trials=2, data=labelled_glyphs(88, 24))
    events = Run(found.run).events()
    assert found.score == max(e.mean_average_precision for e in events if isinstance(e, Evaluated))
    assert "best validation mean average precision" in Page(found.page).words


def test_a_weightier_run_can_be_evaluated_on_the_split_it_was_chosen_by(search, folder):
    from fudemoji.evaluation import evaluate

    found = search(trials=2, data=str(folder))
    assert evaluate(found.run, split="valid").accuracy == found.score


def test_ctrl_c_gives_the_trial_back_and_says_how_to_go_on(search, every_step):
    def interrupt(event):
        if isinstance(event, StepsDone):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(
        Interrupted, match=r"^interrupted after 0 of 2 trials; the same command goes on \(.*s\)$"
    ):
        search("lr=log:1e-3:0.05", trials=2, on_event=interrupt)
    found = search("lr=log:1e-3:0.05", trials=2)
    assert found.num_trials == {"done": 2}
    assert content_of(found)["trials"][0]["is_start"]


def test_ctrl_c_in_the_last_epoch_of_a_trial_ends_the_study_after_it(search):
    def interrupt(event):
        if isinstance(event, EpochDone) and event.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted, match=r"^interrupted after 1 of 2 trials; "):
        search(trials=2, on_event=interrupt)


def test_what_no_trial_would_do_better_ends_the_study_and_the_trial_is_tried_again(search):
    def fail(event):
        raise DataError("the disk was pulled out")

    with pytest.raises(DataError, match=r"^the disk was pulled out$"):
        search(trials=2, on_event=fail)
    assert search(trials=2).num_trials == {"done": 2}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"trials": 0}, r"^trials is 0; there must be one at least$"),
        ({"sampler": "tpee"}, r"^unknown sampler 'tpee' \(did you mean 'tpe'\?\); known: random, tpe$"),
        (
            {"pruner": "medain"},
            r"^unknown pruner 'medain' \(did you mean 'median'\?\); known: halving, median, none$",
        ),
        ({"timeout": "soon"}, r"^timeout soon is no time; write 90s, 30m, 2h or 1h30m$"),
        ({"timeout": "0m"}, r"^timeout 0m leaves no time; write 90s, 30m, 2h or 1h30m$"),
        ({"valid": 0}, r"^settings are chosen by the validation split, and --valid 0 leaves none$"),
        ({"lr": 0.1}, r"^lr: given and searched as well; leave one of them out$"),
        ({"storage": "study.db"}, r"^--storage study.db is no URL of a database; use sqlite:///FILE"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_written(search, tmp_path, how, message):
    with pytest.raises(SettingsError, match=message):
        search(**how)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_refused(search, tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "config.json").touch()
    with pytest.raises(RunError, match=r"s exists and is no study; choose another --name$"):
        search()
    with pytest.raises(
        RunError, match=r"^'a/b' is no name for a study; use --output for the folder around it$"
    ):
        search(name="a/b")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"^cannot make the folder .*file/s: Not a directory$"):
        tune(glyphs(), space=["lr=0.1,0.2"], output=tmp_path / "file", name="s")


def test_times_are_read_in_the_units_of_a_clock():
    assert [seconds_of(text) for text in ("90s", "30m", "1.5h", "1h30m", 20)] == [90, 1800, 5400, 5400, 20]


def test_the_page_has_every_trial_its_charts_and_nothing_from_outside(search):
    found = search(trials=14, epochs=1, data=glyphs(240, 0))
    page = Page(found.page)
    assert not outside(page)
    assert found.command in page.words
    assert {"history", "importances", "parallel", "slices", "space", "trials"} <= set(page.ids)
    assert page.source.count('class="thread') == 14
    content = content_of(found)
    assert sum(content["importances"].values()) == pytest.approx(1)
    study = optuna.load_study(study_name="s", storage=f"sqlite:///{found.folder}/study.db")
    assert len(study.trials) == 14
    assert study.best_value == found.score
