"""Iterations in the store."""

import threading

import pytest

from fudemoji.server.store import iterations, predictions, publications
from fudemoji.serving.errors import ApiError
from stores import new_project, picture, trained


def test_iterations_are_numbered_and_know_what_was_asked_for(store):
    project = new_project(store, kind="multilabel")[0]
    with store.session() as session:
        first = iterations.create(session, project, recipe="quick")
        second = iterations.create(
            session,
            project,
            recipe="best",
            settings={"epochs": 3},
            fingerprint="f",
            training_type="Advanced",
            budget_hours=2,
        )
    assert [(one.number, one.name) for one in (first, second)] == [(1, "Iteration 1"), (2, "Iteration 2")]
    with store.session(reads_only=True) as session:
        found = iterations.find(session, project, second.id.upper())
        assert [one.id for one in iterations.every(session, project)] == [first.id, second.id]
    assert (found.recipe, found.settings, found.fingerprint) == ("best", {"epochs": 3}, "f")
    assert (found.training_type, found.budget_hours) == ("Advanced", 2)
    assert (found.kind, found.domain_id, found.status) == ("multilabel", "general", "queued")


def test_a_number_is_not_used_again_while_a_later_iteration_is_there(store, project):
    with store.session() as session:
        first, second = trained(session, project), trained(session, project)
        iterations.delete(session, project, first)
        assert iterations.create(session, project, recipe="quick").number == second.number + 1


def test_wishes_at_once_get_numbers_of_their_own(store, project):
    def wish():
        with store.session() as session:
            iterations.create(session, project, recipe="quick")

    threads = [threading.Thread(target=wish) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.session(reads_only=True) as session:
        assert [one.number for one in iterations.every(session, project)] == [1, 2, 3, 4, 5, 6]


def test_an_iteration_of_another_project_is_not_found(store, project):
    other = new_project(store, "other")[0]
    with store.session() as session:
        iteration = iterations.create(session, project, recipe="quick")
    for wanted in (iteration.id, "x", "\0"):
        with pytest.raises(ApiError, match="no such iteration") as caught, store.session() as session:
            iterations.find(session, other, wanted)
        assert (caught.value.status, caught.value.code) == (404, "NotFoundIteration")


def test_those_that_wait_or_are_trained_are_unfinished(store, project):
    other = new_project(store, "other")[0]
    with store.session() as session:
        trained(session, project)
        waiting = iterations.create(session, project, recipe="quick")
        running = iterations.create(session, other, recipe="quick")
        iterations.mark(session, running, "training")
        failed = iterations.create(session, project, recipe="quick")
        iterations.mark(session, failed, "failed", note="why")
    with store.session(reads_only=True) as session:
        assert [one.id for one in iterations.unfinished(session)] == [waiting.id, running.id]
        assert [one.id for one in iterations.unfinished(session, project=other)] == [running.id]


def test_a_training_goes_from_the_queue_to_its_end(store, project):
    with store.session() as session:
        iteration = iterations.create(session, project, recipe="quick")
        iterations.mark(session, iteration, "training")
        assert iteration.trained_at is None
        iterations.mark(session, iteration, "completed", tag_ids=["b", "a"], seconds=2.5)
    with store.session(reads_only=True) as session:
        found = iterations.find(session, project, iteration.id)
    assert (found.status, found.tag_ids, found.seconds) == ("completed", ["b", "a"], 2.5)
    assert found.trained_at >= found.created


@pytest.mark.parametrize(
    ("steps", "refused"),
    [
        (["training", "completed"], "queued"),
        (["cancelled"], "training"),
        (["failed"], "completed"),
        ([], "completed"),
    ],
)
def test_a_step_that_is_none_is_refused(store, project, steps, refused):
    with store.session() as session:
        iteration = iterations.create(session, project, recipe="quick")
        for status in steps:
            iterations.mark(session, iteration, status)
    with (
        pytest.raises(ApiError, match=rf"Iteration 1 is \w+ and cannot become {refused}") as caught,
        store.session() as session,
    ):
        iterations.mark(session, iterations.find(session, project, iteration.id), refused)
    assert caught.value.status == 409


def test_what_failed_or_was_interrupted_can_be_queued_again(store, project):
    with store.session() as session:
        iteration = iterations.create(session, project, recipe="quick")
        for status in ("training", "queued", "training", "failed", "queued", "cancelled", "queued"):
            iterations.mark(session, iteration, status)


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("Iteration 2", "BadRequestIterationNameNotUnique", "has an iteration 'Iteration 2' already"),
        ("", "BadRequestIterationName", "the name of the iteration is blank"),
    ],
)
def test_a_name_that_cannot_be_is_refused(store, project, name, code, message):
    with store.session() as session:
        first, _ = (iterations.create(session, project, recipe="quick") for _ in range(2))
    with pytest.raises(ApiError, match=message) as caught, store.session() as session:
        iterations.rename(session, project, session.merge(first), name=name)
    assert caught.value.code == code


def test_a_new_iteration_gets_a_name_that_is_free(store, project):
    with store.session() as session:
        first = iterations.create(session, project, recipe="quick")
        iterations.rename(session, project, first, name="Iteration 2")
        assert iterations.create(session, project, recipe="quick").name == "Iteration 2 (2)"


def test_a_deleted_iteration_takes_its_files_and_predictions_along(store, project):
    with store.session() as session:
        kept, gone = trained(session, project), trained(session, project)
    for number, one in enumerate((kept, gone)):
        with store.session() as session:
            predictions.keep(session, store.blobs, one, content=picture(number), probs=[])
        (store.runs / one.id).mkdir()
        (store.runs / f"{one.id}.log").write_text("")
        (store.sets / f"{one.id}.csv").write_text("")
    with store.session() as session:
        iterations.delete(session, project, iterations.find(session, project, gone.id))
    assert {path.name for path in store.runs.iterdir()} == {kept.id, f"{kept.id}.log"}
    assert [path.name for path in store.sets.iterdir()] == [f"{kept.id}.csv"]
    assert len(list(store.blobs.every())) == 1


def test_an_iteration_that_is_published_or_in_training_is_not_deleted(store, project):
    with store.session() as session:
        published, waiting = trained(session, project), iterations.create(session, project, recipe="quick")
        publications.publish(session, project, published, name="m")
    for one, code, message in (
        (published, "BadRequestIterationIsPublished", "Iteration 1 is published as 'm'; unpublish it first"),
        (waiting, "Conflict", "Iteration 2 is queued; cancel it first"),
    ):
        with pytest.raises(ApiError, match=message) as caught, store.session() as session:
            iterations.delete(session, project, iterations.find(session, project, one.id))
        assert caught.value.code == code
