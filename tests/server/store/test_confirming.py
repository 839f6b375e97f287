"""Suggestions that an iteration is certain of become tags, many at once."""

import uuid

import pytest

from fudemoji.server.store import confirming, images, suggestions, tags
from stores import entries, new_project, trained


def guesses(store, *, kind, shares, negative=False):
    """A project with the tags t and u, and untagged images with these probabilities of them."""
    project, known = new_project(store, uuid.uuid4().hex, tag_names=["t", "u"], kind=kind)
    ids = [one.image.id for one in images.upload(store, project.id, entries(len(shares)))]
    with store.session() as session:
        if negative:
            known = [*known, tags.create(session, project, name="neither", kind="negative")]
        iteration = trained(session, project, tag_ids=[one.id for one in known[:2]])
        answers = {
            image_id: list(zip((one.id for one in known), pair, strict=False))
            for image_id, pair in zip(ids, shares, strict=True)
        }
        suggestions.keep(session, iteration, answers)
    return project, known, iteration, ids


def found(store, there, **how):
    project, known, iteration, ids = there
    names = {one.id: one.name for one in known}
    with store.session(reads_only=True) as session:
        return [
            (ids.index(one.image_id), "".join(names[tag_id] for tag_id in one.tag_ids), one.certainty)
            for one in confirming.certain(session, project, iteration, **how)
        ]


def confirmed(store, there, places, *, least):
    project, _, iteration, ids = there
    with store.session() as session:
        told = confirming.confirm(session, project, iteration, [ids[one] for one in places], least=least)
    return [ids.index(image_id) for image_id in told.created], [ids.index(one) for one in told.passed_over]


def tags_of(store, there):
    project, _, _, ids = there
    with store.session(reads_only=True) as session:
        return [
            "".join(one.tag.name for one in image.tags) for image in images.find_all(session, project, ids)
        ]


def test_with_one_tag_an_image_the_likeliest_counts(store):
    there = guesses(store, kind="multiclass", shares=[(0.97, 0.03), (0.6, 0.4), (0.1, 0.9)])
    assert found(store, there, least=0.9) == [(2, "u", 0.9), (0, "t", 0.97)]
    assert found(store, there, least=0.5, taken_for=[there[1][0].id]) == [(1, "t", 0.6), (0, "t", 0.97)]


def test_with_several_tags_each_is_certainly_there_or_certainly_not(store):
    shares = [(0.97, 0.95), (0.98, 0.01), (0.99, 0.5), (0.02, 0.04)]
    there = guesses(store, kind="multilabel", shares=shares)
    assert found(store, there, least=0.9) == [(0, "tu", 0.95), (1, "t", 0.98)]
    with_negative = guesses(store, kind="multilabel", shares=shares, negative=True)
    assert found(store, with_negative, least=0.9) == [(0, "tu", 0.95), (3, "neither", 0.96), (1, "t", 0.98)]


def test_what_cannot_be_given_is_no_certain_suggestion(store):
    there = project, (first, _), _, _ = guesses(store, kind="multiclass", shares=[(0.9, 0.1), (0.1, 0.9)])
    with store.session() as session:
        tags.delete(session, tags.find(session, project, first.id))
    assert found(store, there, least=0.5) == [(1, "u", 0.9)]


def test_images_get_what_is_suggested_and_what_others_did_meanwhile_stays(store):
    there = guesses(store, kind="multilabel", shares=[(0.97, 0.95), (0.98, 0.01), (0.99, 0.0), (0.9, 0.2)])
    project, (_, second), iteration, ids = there
    with store.session() as session:
        images.tag(session, project, [(ids[1], second.id)])
    assert confirmed(store, there, [0, 1, 2, 3], least=0.95) == ([0, 2], [1, 3])
    assert tags_of(store, there) == ["tu", "u", "t", ""]
    with store.session(reads_only=True) as session:
        assert suggestions.num_kept(session, iteration) == 1
    assert confirmed(store, there, [0, 2], least=0.5) == ([], [0, 2])


def test_deleted_images_and_those_of_other_projects_are_passed_over(store):
    project, _, iteration, ids = guesses(store, kind="multiclass", shares=[(0.9, 0.1), (0.8, 0.2)])
    with store.session() as session:
        images.delete(session, project, [ids[0]])
    other = guesses(store, kind="multiclass", shares=[(0.9, 0.1)])
    with store.session() as session:
        told = confirming.confirm(session, project, iteration, [*ids, other[3][0], "x"], least=0.5)
    assert list(told.created) == [ids[1]]
    assert told.passed_over == [ids[0], other[3][0], "x"]
    assert tags_of(store, other) == [""]


@pytest.mark.parametrize(("num_kept", "is_certain"), [(2, False), (3, True)])
def test_what_was_not_kept_of_an_answer_is_never_taken_for_certain(store, num_kept, is_certain):
    project, known = new_project(store, tag_names=["t", "u", "v"], kind="multilabel")
    [image] = images.upload(store, project.id, entries(1))
    with store.session() as session:
        iteration = trained(session, project, tag_ids=[one.id for one in known])
        probs = [(one.id, 0.99) for one in known][:num_kept]
        suggestions.keep(session, iteration, {image.image.id: probs})
    with store.session(reads_only=True) as session:
        assert bool(confirming.certain(session, project, iteration, least=0.9)) == is_certain
