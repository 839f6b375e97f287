"""Stored predictions."""

from datetime import timedelta

import pytest

from fudemoji.server.store import images, iterations, predictions
from fudemoji.server.store.predictions import Query, TagRange
from fudemoji.serving.errors import ApiError
from stores import new_project, picture, trained


@pytest.fixture
def asked(store):
    """A project with tags t and u, an iteration, and five predictions: t with 0, 0.25, 0.5, 0.75, 1."""
    project, known = new_project(store, tag_names=["t", "u"])
    with store.session() as session:
        iteration = trained(session, project, tag_ids=[one.id for one in known])
    made = []
    for number in range(5):
        with store.session() as session:
            share = number / 4
            made.append(
                predictions.keep(
                    session,
                    store.blobs,
                    iteration,
                    content=picture(number),
                    probs=[(known[0].id, share), (known[1].id, 1 - share)],
                    application="app" if number % 2 else "",
                )
            )
    return project, known, iteration, made


def pages(store, project, made, **how):
    """The numbers of the predictions on each page."""
    ids, told, continuation = [one.id for one in made], [], ""
    while True:
        with store.session(reads_only=True) as session:
            page = predictions.select(session, project, Query(**how, continuation=continuation))
        told.append([ids.index(one.id) for one in page.predictions])
        continuation = page.continuation
        if not continuation:
            return told


def test_a_prediction_is_kept_with_its_image(store, asked):
    project, [first, second], iteration, made = asked
    with store.session(reads_only=True) as session:
        [found] = predictions.find_all(session, project, [made[1].id.upper()])
    assert store.blobs.read(found.sha256) == picture(1)
    assert [tuple(one) for one in found.probs] == [(second.id, 0.75), (first.id, 0.25)]
    assert (found.application, found.iteration_id) == ("app", iteration.id)
    assert found.uncertainty == pytest.approx(0.8112781)


def test_pages_follow_one_another_in_each_order(store, asked):
    project, _, _, made = asked
    assert pages(store, project, made, take=2) == [[4, 3], [2, 1], [0]]
    assert pages(store, project, made, take=2, order="oldest") == [[0, 1], [2, 3], [4]]
    assert pages(store, project, made, take=2, order="suggested") == [[2, 3], [1, 4], [0]]
    assert pages(store, project, made) == [[4, 3, 2, 1, 0]]
    assert pages(store, project, made, take=5) == [[4, 3, 2, 1, 0]]


def test_what_comes_meanwhile_does_not_shift_the_pages(store, asked):
    project, _, iteration, made = asked
    with store.session(reads_only=True) as session:
        page = predictions.select(session, project, Query(take=2))
    with store.session() as session:
        predictions.keep(session, store.blobs, iteration, content=picture(9), probs=[])
    with store.session(reads_only=True) as session:
        page = predictions.select(session, project, Query(take=2, continuation=page.continuation))
    assert [one.id for one in page.predictions] == [made[2].id, made[1].id]


def test_predictions_are_selected_by_what_they_say(store, asked):
    project, [first, second], iteration, made = asked
    other = new_project(store, "other")[0]
    assert pages(store, project, made, tags=[TagRange(first.id, 0.5)]) == [[4, 3, 2]]
    assert pages(store, project, made, tags=[TagRange(first.id.upper(), 0.25, 0.5)]) == [[2, 1]]
    both = [TagRange(first.id, 1.0), TagRange(second.id, 0.75)]
    assert pages(store, project, made, tags=both) == [[4, 1, 0]]
    assert pages(store, project, made, tags=[TagRange("x")]) == [[]]
    assert pages(store, project, made, application="app") == [[3, 1]]
    assert pages(store, project, made, application="\0") == [[4, 2, 0]]
    assert pages(store, project, made, iteration_id=iteration.id.upper()) == [[4, 3, 2, 1, 0]]
    assert pages(store, project, made, iteration_id="x") == [[]]
    assert pages(store, project, made, start=made[3].created) == [[4, 3]]
    assert pages(store, project, made, end=made[0].created + timedelta(microseconds=1))[0][-1] == 0
    assert pages(store, other, made) == [[]]


def test_predictions_are_counted_and_the_programs_that_asked_are_told(store, asked):
    project, [first, _], _, _ = asked
    other = new_project(store, "other")[0]
    with store.session(reads_only=True) as session:
        assert predictions.count(session, project, Query(take=1)) == 5
        assert predictions.count(session, project, Query(tags=[TagRange(first.id, 0.5)])) == 3
        assert predictions.count(session, project, Query(taken_for=[first.id])) == 3, (
            "an even one goes to the first"
        )
        assert predictions.count(session, other, Query()) == 0
        assert predictions.applications(session, project) == ["", "app"]
        assert predictions.applications(session, other) == []


def test_all_predictions_that_a_query_means_are_deleted(store, asked):
    project, _, _, made = asked
    with store.session() as session:
        assert predictions.delete_all(session, project, Query(application="app", take=1)) == 2
    assert pages(store, project, made) == [[4, 2, 0]]
    assert len(list(store.blobs.every())) == 3


@pytest.mark.parametrize("continuation", ["x", "1:x", "x:00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("order", ["newest", "suggested"])
def test_a_continuation_that_is_none_is_told(store, project, continuation, order):
    with (
        pytest.raises(ApiError, match="the continuation is none of ours") as caught,
        store.session() as session,
    ):
        predictions.select(session, project, Query(order=order, continuation=continuation))
    assert caught.value.code == "BadRequestPredictionInvalidQueryParameters"


def test_of_thousands_of_classes_the_most_probable_hundred_are_kept(store, asked):
    project, _, iteration, _ = asked
    probs = [(f"{number}", number / 1e6) for number in range(4000)]
    with store.session() as session:
        kept = predictions.keep(session, store.blobs, iteration, content=picture(9), probs=probs)
    with store.session(reads_only=True) as session:
        [found] = predictions.find_all(session, project, [kept.id])
    assert len(found.probs) == 100
    assert found.probs[0] == ["3999", 3999 / 1e6]


def test_the_same_image_is_kept_once_and_goes_with_its_last_prediction(store, asked):
    project, _, iteration, made = asked
    with store.session() as session:
        again = predictions.keep(session, store.blobs, iteration, content=picture(0), probs=[])
    with store.session() as session:
        predictions.delete(session, project, [made[0].id, made[1].id])
    assert len(list(store.blobs.every())) == 4
    with store.session() as session:
        predictions.delete(session, project, [again.id])
    assert len(list(store.blobs.every())) == 3


def test_a_prediction_of_a_deleted_iteration_or_with_an_impossible_text_is_not_kept(store, asked):
    project, _, iteration, _ = asked
    for how, code in (
        ({"application": "x" * 256}, "BadRequestPredictionInvalidApplicationName"),
        ({"application": "\0"}, "BadRequestPredictionInvalidApplicationName"),
        ({"url": "x" * 10_001}, "BadRequestImageUrl"),
    ):
        with pytest.raises(ApiError) as caught, store.session() as session:
            predictions.keep(session, store.blobs, iteration, content=picture(9), probs=[], **how)
        assert caught.value.code == code
    with store.session() as session:
        iterations.delete(session, project, iterations.find(session, project, iteration.id))
    with pytest.raises(ApiError, match="the iteration has been deleted"), store.session() as session:
        predictions.keep(session, store.blobs, iteration, content=picture(9), probs=[])


def test_predictions_of_another_project_are_not_found(store, asked):
    _, _, _, made = asked
    other = new_project(store, "other")[0]
    for wanted in (made[0].id, "x"):
        with pytest.raises(ApiError, match="no such stored prediction"), store.session() as session:
            predictions.delete(session, other, [wanted])


def test_predictions_become_images_of_the_project(store, asked):
    project, [first, second], _, made = asked
    wanted = {made[0].id: [first.id], made[1].id: [], made[2].id: [first.id, second.id]}
    added = predictions.take_as_images(store, project.id, wanted)
    assert [one.status for one in added] == ["OK", "OK", "ErrorTagLimitExceed"]
    assert (added[0].image.width, added[0].image.format) == (28, "PNG")
    assert pages(store, project, made) == [[4, 3, 2]]
    with store.session(reads_only=True) as session:
        assert images.count(session, project, images.ImageQuery(tag_ids=[first.id])) == 1
        assert images.count(session, project) == 2
    with store.session() as session:
        predictions.delete(session, project, [made[2].id])
        images.delete(session, project, [added[0].image.id])
    assert len(list(store.blobs.every())) == 3


def test_predictions_that_are_not_there_become_nothing(store, asked):
    project, _, _, made = asked
    wanted = {made[0].id: [], "00000000-0000-0000-0000-000000000000": []}
    with pytest.raises(ApiError, match="no such stored prediction"):
        predictions.take_as_images(store, project.id, wanted)
    with store.session(reads_only=True) as session:
        assert images.count(session, project) == 0
