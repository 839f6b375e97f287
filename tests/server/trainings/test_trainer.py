"""Trainings as processes of their own: from the queue to a model, stopped, adopted, and cut off."""

import os
import signal
import subprocess
import sys

import pytest

from fudemoji.events import RunStarted, StepsDone
from fudemoji.runs import Run
from fudemoji.server.store import iterations
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.server.trainings import Progress, Rules, cancel, resume, start
from fudemoji.server.trainings.ending import CUT_OFF
from projects import (
    LONG,
    TINY,
    add_glyphs,
    add_labelled_glyphs,
    add_project,
    reread,
    wait_for,
    wait_until_over,
)


def queue(store, *, rules=TINY, name="signs"):
    with store.session() as session:
        project = add_project(session, name)
        add_glyphs(session, store, project)
        return start(session, store, project, rules=rules)


def wait_until_it_learns(store, trainer, iteration):
    wait_for(lambda: trainer.progress(iteration.id).train_loss is not None)
    assert reread(store, iteration).status == "training"


def change(store, iteration, action):
    with store.session() as session:
        action(
            session, session.get_one(Project, iteration.project_id), session.get_one(Iteration, iteration.id)
        )


def pid_of(store, iteration):
    path = store.runs / f"{iteration.id}.pid"
    return int(wait_for(lambda: path.exists() and path.read_text()))


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_queued_iteration_becomes_a_model_of_its_projects_tags(store, trainers):
    iteration = queue(store)
    trainers()
    done = wait_until_over(store, iteration)
    assert (done.status, done.note) == ("completed", "")
    assert done.trained_at > done.created
    assert done.seconds > 0
    sheet = Run(store.runs / iteration.id).sheet()
    assert [known["romanisation"] for known in sheet["classes"]] == ["bar", "post", "box", "cross"]
    assert done.tag_ids == [known["id"] for known in sheet["classes"]]
    assert not list(store.runs.glob("*.pid"))


def test_a_project_of_several_tags_an_image_is_trained_without_its_negative_tag(store, trainers):
    with store.session() as session:
        project = add_project(session, kind="multilabel")
        *tags, _ = add_labelled_glyphs(session, store, project)
        iteration = start(session, store, project, rules=TINY)
    trainers()
    done = wait_until_over(store, iteration)
    assert (done.status, done.note) == ("completed", "")
    assert done.tag_ids == sorted(tag.id for tag in tags)
    assert Run(store.runs / done.id).sheet()["multi_label"]


def test_a_training_tells_how_far_it_is_until_it_is_cancelled_and_can_go_on(store, trainers):
    iteration = queue(store, rules=LONG)
    trainer = trainers()
    assert trainer.progress(iteration.id) in (Progress("waiting"), Progress("preparing"))
    wait_until_it_learns(store, trainer, iteration)
    told = trainer.progress(iteration.id)
    assert told.phase == "training"
    assert told.epochs == 100_000
    assert 0 < told.share == pytest.approx(told.epoch / told.epochs, abs=1e-4)
    assert told.seconds_left > 0
    pid = pid_of(store, iteration)

    change(store, iteration, lambda session, project, one: cancel(session, one))
    trainer.wake()
    wait_for(lambda: not is_running(pid))
    wait_for(lambda: not list(store.runs.glob("*.pid")))
    stopped = reread(store, iteration)
    assert (stopped.status, stopped.note) == ("cancelled", "cancelled")
    run = Run(store.runs / iteration.id)
    assert run.read_json("status")["state"] == "interrupted"
    step = run.read_json("status")["step"]
    assert step > 0

    change(store, iteration, lambda session, project, one: resume(session, store, project, one))
    trainer.wake()
    wait_for(lambda: [one.step for one in run.events() if isinstance(one, RunStarted)] == [0, step])


def test_a_training_that_waits_is_cancelled_at_once(store, trainers):
    first, second = queue(store, rules=LONG), queue(store, name="others")
    trainer = trainers()
    wait_for(lambda: reread(store, first).status == "training")
    assert reread(store, second).status == "queued"
    change(store, second, lambda session, project, one: cancel(session, one))
    assert reread(store, second).status == "cancelled"
    change(store, first, lambda session, project, one: cancel(session, one))
    trainer.wake()
    wait_for(lambda: not list(store.runs.glob("*.pid")))
    assert not (store.runs / second.id).exists()


def test_trainings_go_on_without_a_server_and_the_next_one_adopts_them(store, trainers):
    rules = Rules(recipe="quick", values={**TINY.values, "epochs": 600})
    iteration = queue(store, rules=rules)
    first = trainers()
    wait_until_it_learns(store, first, iteration)
    pid = pid_of(store, iteration)
    first.stop()
    assert is_running(pid)
    second = trainers()
    wait_until_it_learns(store, second, iteration)
    assert pid_of(store, iteration) == pid
    assert wait_until_over(store, iteration).status == "completed"


def test_a_training_that_ended_while_no_server_was_there_is_found_completed(store, trainers):
    iteration = queue(store)
    first = trainers()
    pid = pid_of(store, iteration)
    first.stop()
    os.waitpid(pid, 0)
    assert reread(store, iteration).status == "training"
    trainers()
    assert wait_until_over(store, iteration).status == "completed"


SERVER = """
import sys, time
from fudemoji.server.store import Store
from fudemoji.server.trainings import Trainer
Trainer(Store.open(sys.argv[1])).start()
time.sleep(300)
"""


def test_a_server_that_is_killed_leaves_its_training_and_its_queue_to_the_next(store, trainers):
    first, second = queue(store, rules=LONG), queue(store, name="others")
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(store.folder)])
    try:
        run = Run(store.runs / first.id)
        wait_for(lambda: any(isinstance(event, StepsDone) for event in run.events()))
    finally:
        server.kill()
        server.wait()
    pid = pid_of(store, first)
    assert is_running(pid)
    trainer = trainers()
    wait_until_it_learns(store, trainer, first)
    assert pid_of(store, first) == pid
    assert reread(store, second).status == "queued"
    change(store, first, lambda session, project, one: cancel(session, one))
    trainer.wake()
    assert wait_until_over(store, second).status == "completed"
    assert reread(store, first).status == "cancelled"


def test_a_training_that_was_killed_with_the_server_says_so_and_can_go_on(store, trainers):
    iteration = queue(store, rules=LONG)
    first = trainers()
    wait_until_it_learns(store, first, iteration)
    pid = pid_of(store, iteration)
    first.stop()
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    second = trainers()
    failed = wait_until_over(store, iteration)
    assert (failed.status, failed.note) == ("failed", CUT_OFF)
    change(store, iteration, lambda session, project, one: resume(session, store, project, one))
    second.wake()
    wait_until_it_learns(store, second, iteration)


def test_a_training_that_is_killed_under_a_running_server_names_the_signal(store, trainers):
    iteration = queue(store, rules=LONG)
    trainer = trainers()
    wait_until_it_learns(store, trainer, iteration)
    os.killpg(pid_of(store, iteration), signal.SIGKILL)
    failed = wait_until_over(store, iteration)
    assert (failed.status, failed.note) == ("failed", "it was killed by SIGKILL; is there enough memory?")


def test_a_training_that_somebody_else_interrupts_says_that_it_can_go_on(store, trainers):
    iteration = queue(store, rules=LONG)
    trainer = trainers()
    wait_until_it_learns(store, trainer, iteration)
    os.killpg(pid_of(store, iteration), signal.SIGTERM)
    failed = wait_until_over(store, iteration)
    assert failed.status == "failed"
    assert failed.note.startswith("interrupted after step ")
    assert failed.note.endswith("train again, or resume it")


def test_a_training_that_cannot_be_had_fails_with_its_reason_and_without_places(store, trainers):
    values = {**TINY.values, "weights": str(store.folder / "nothing.safetensors")}
    iteration = queue(store, rules=Rules(recipe="quick", values=values))
    trainers()
    failed = wait_until_over(store, iteration)
    assert failed.status == "failed"
    assert failed.note == (
        "no weights file nothing.safetensors; give a .safetensors or .pth file, or a run folder"
    )


def test_images_whose_files_are_gone_are_named(store, trainers):
    iteration = queue(store)
    gone = sorted(store.blobs.every())[:2]
    for sha256 in gone:
        store.blobs.delete(sha256)
    trainers()
    failed = wait_until_over(store, iteration)
    assert failed.status == "failed"
    assert failed.note.startswith("the files of 2 images are gone (")
    assert failed.note.endswith("); delete these images, or restore the files")
    assert all(sha256[:12] in failed.note for sha256 in gone)


def test_a_listing_that_is_gone_fails_its_training(store, trainers):
    iteration = queue(store)
    (store.folder / "sets" / f"{iteration.id}.csv").unlink()
    trainers()
    assert wait_until_over(store, iteration).note == "the list of its images is gone; train again"


def test_a_command_that_cannot_be_run_fails_its_training(store, trainers, monkeypatch):
    monkeypatch.setattr("sys.executable", "/no/such/python")
    iteration = queue(store)
    trainers()
    failed = wait_until_over(store, iteration)
    assert failed.status == "failed"
    assert "no/such/python: not found" in failed.note or "python: not found" in failed.note


def test_a_log_that_cannot_be_written_fails_its_training(store, trainers):
    iteration = queue(store)
    (store.runs / f"{iteration.id}.log").mkdir()
    trainers()
    assert wait_until_over(store, iteration).note == "the training could not be started: Is a directory"


def test_settings_that_this_version_does_not_know_fail_a_training(store, trainers):
    iteration = queue(store)
    change(store, iteration, lambda session, project, one: setattr(one, "settings", {"thing": 1}))
    trainers()
    assert wait_until_over(store, iteration).note.startswith("unknown setting 'thing'")


def test_settings_of_every_kind_reach_the_training(store, trainers):
    values = {**TINY.values, "size": [8, 10], "mirror": False, "warmup": "10%", "pretrained": False}
    iteration = queue(store, rules=Rules(recipe="quick", values=values))
    trainers()
    assert wait_until_over(store, iteration).status == "completed"
    settings = Run(store.runs / iteration.id).settings()
    assert settings.data.size == (8, 10)
    assert str(settings.schedule.warmup) == "10%"
    assert {"mirror", "pretrained", "size"} <= set(settings.given)


def test_an_iteration_that_is_deleted_before_its_process_has_stopped_leaves_nothing(store, trainers):
    iteration = queue(store, rules=LONG)
    trainer = trainers()
    wait_until_it_learns(store, trainer, iteration)
    pid = pid_of(store, iteration)

    def cancel_and_delete(session, project, one):
        cancel(session, one)
        iterations.delete(session, project, one)

    change(store, iteration, cancel_and_delete)
    trainer.wake()
    wait_for(lambda: not is_running(pid))
    wait_for(lambda: not [*store.runs.iterdir(), *store.sets.iterdir()])


def test_a_training_that_goes_on_before_it_has_stopped_stops_first(store, trainers):
    iteration = queue(store, rules=LONG)
    trainer = trainers()
    wait_until_it_learns(store, trainer, iteration)
    pid = pid_of(store, iteration)

    def cancel_and_resume(session, project, one):
        cancel(session, one)
        resume(session, store, project, one)

    change(store, iteration, cancel_and_resume)
    trainer.wake()
    wait_for(lambda: (store.runs / f"{iteration.id}.pid").exists() and pid_of(store, iteration) != pid)
    assert not is_running(pid)
    run = Run(store.runs / iteration.id)
    wait_for(lambda: len([one for one in run.events() if isinstance(one, RunStarted)]) == 2)
    assert reread(store, iteration).status == "training"
