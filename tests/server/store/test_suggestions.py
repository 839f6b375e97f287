"""What iterations take untagged images for."""

import threading

import pytest

from fudemoji.server.store import images, iterations, suggestions
from fudemoji.serving.errors import ApiError
from stores import entries, new_project, trained


@pytest.fixture
def guessed(store):
    """Four untagged images, taken for t with 0.9, 0.5, 0.6 and 0.2; else u."""
    project, known = new_project(store, tag_names=["t", "u"])
    ids = [one.image.id for one in images.upload(store, project.id, entries(4))]
    with store.session() as session:
        iteration = trained(session, project, tag_ids=[one.id for one in known])
        answers = {
            image_id: [(known[0].id, share), (known[1].id, 1 - share)]
            for image_id, share in zip(ids, (0.9, 0.5, 0.6, 0.2), strict=True)
        }
        suggestions.keep(session, iteration, answers)
    return project, known, iteration, ids


def selected(store, iteration, ids, **how):
    with store.session(reads_only=True) as session:
        return [ids.index(one.image.id) for one in suggestions.select(session, iteration, **how)]


def test_the_most_uncertain_come_first(store, guessed):
    _, [first, second], iteration, ids = guessed
    assert selected(store, iteration, ids) == [1, 2, 3, 0]
    assert selected(store, iteration, ids, most_uncertain_first=False) == [0, 3, 2, 1]
    assert selected(store, iteration, ids, take=2, skip=1) == [2, 3]
    assert selected(store, iteration, ids, tag_ids=[first.id], threshold=0.6) == [2, 0]
    assert selected(store, iteration, ids, tag_ids=[second.id.upper()], threshold=0.5) == [1, 3]
    assert selected(store, iteration, ids, threshold=0.85) == [0]
    assert selected(store, iteration, ids, taken_for=[second.id]) == [3]
    assert selected(store, iteration, ids, taken_for=[second.id.upper(), "x"]) == [3]
    assert selected(store, iteration, ids, image_ids=[ids[3], ids[0].upper()]) == [3, 0]


def test_a_suggestion_says_what_and_how_sure(store, guessed):
    _, [first, second], iteration, ids = guessed
    with store.session(reads_only=True) as session:
        [one] = suggestions.select(session, iteration, image_ids=[ids[3]])
    assert [tuple(pair) for pair in one.suggestion.probs] == [(second.id, 0.8), (first.id, 0.2)]
    assert one.suggestion.uncertainty == pytest.approx(0.7219281)
    assert (one.image.width, one.image.height) == (28, 28)


def test_images_are_counted_by_what_they_are_taken_for(store, guessed):
    _, [first, second], iteration, _ = guessed
    with store.session(reads_only=True) as session:
        told = suggestions.count(session, iteration, tag_ids=[first.id, second.id], threshold=0.5)
        assert told == {first.id: 3, second.id: 2}
        assert suggestions.count(session, iteration, tag_ids=["x"]) == {"x": 0}


def test_what_was_looked_at_is_counted_and_found_by_image(store, guessed):
    _, [_, second], iteration, ids = guessed
    with store.session(reads_only=True) as session:
        assert suggestions.num_kept(session, iteration) == 4
        assert suggestions.num_kept(session, iteration, taken_for=[second.id]) == 1
        found = suggestions.of_images(session, iteration, [*ids[:2], "nothing"])
    assert {one.image_id for one in found} == set(ids[:2])


def test_a_new_answer_replaces_the_old_one_and_tagged_images_get_none(store, guessed):
    project, [first, _], iteration, ids = guessed
    with store.session() as session:
        images.tag(session, project, [(ids[1], first.id)])
        sure = [(first.id, 1.0)]
        suggestions.keep(session, iteration, {ids[1]: sure, ids[2]: sure, "gone": sure})
        suggestions.keep(session, iteration, {})
    with store.session(reads_only=True) as session:
        [one] = suggestions.select(session, iteration, image_ids=[ids[2]])
    assert one.suggestion.probs == [[first.id, 1.0]]
    assert selected(store, iteration, ids) == [3, 0, 2]


def test_each_iteration_has_its_own_and_forgets_them_alone(store, guessed):
    project, [first, _], iteration, ids = guessed
    with store.session() as session:
        other = trained(session, project, tag_ids=[first.id])
        suggestions.keep(session, other, {ids[0]: [(first.id, 1.0)]})
        suggestions.drop(session, iteration, image_ids=[ids[1]])
    assert selected(store, iteration, ids) == [2, 3, 0]
    with store.session() as session:
        suggestions.drop(session, iteration)
    assert selected(store, iteration, ids) == []
    assert selected(store, other, ids) == [0]


def test_of_a_deleted_iteration_and_for_other_projects_nothing_is_kept(store, guessed):
    project, [first, _], iteration, ids = guessed
    other = new_project(store, "other")[0]
    [foreign] = images.upload(store, other.id, entries(1))
    with store.session() as session:
        suggestions.keep(session, iteration, {foreign.image.id: [(first.id, 1.0)]})
        iterations.delete(session, project, iterations.find(session, project, iteration.id))
    assert selected(store, iteration, [*ids, foreign.image.id]) == []
    with (
        pytest.raises(ApiError, match="the iteration has been deleted") as caught,
        store.session() as session,
    ):
        suggestions.keep(session, iteration, {ids[0]: [(first.id, 1.0)]})
    assert caught.value.status == 404


def test_answers_at_once_leave_one_for_each_image(store, guessed):
    _, [first, _], iteration, ids = guessed

    def keep():
        with store.session() as session:
            suggestions.keep(session, iteration, {one: [(first.id, 1.0)] for one in ids})

    threads = [threading.Thread(target=keep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(selected(store, iteration, ids)) == [0, 1, 2, 3]
