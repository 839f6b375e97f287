"""Tags are given to images and taken away."""

import pytest

from fudemoji.server.store import images, suggestions, tags
from fudemoji.serving.errors import ApiError
from stores import entries, new_project, trained

NOTHING = "00000000-0000-0000-0000-000000000000"


def tags_of(store, project, image_id):
    with store.session(reads_only=True) as session:
        return [one.tag.name for one in images.find(session, project, image_id).tags]


@pytest.fixture
def several(store):
    project, known = new_project(store, kind="multilabel", tag_names=["t", "u"])
    added = images.upload(store, project.id, entries(2))
    return project, known, [one.image.id for one in added]


@pytest.fixture
def single(store):
    project, known = new_project(store, tag_names=["t", "u"])
    [added] = images.upload(store, project.id, entries(1, tag_ids=[known[0].id]))
    return project, known, added.image.id


def test_each_pair_is_told_as_new_or_there_already(store, several):
    project, [first, second], [one, other] = several
    pairs = [(one, first.id), (one, second.id), (other, first.id), (one, first.id)]
    with store.session() as session:
        told = images.tag(session, project, pairs)
    assert (told.created, told.duplicated, told.exceeded) == (pairs[:3], pairs[3:], [])
    with store.session() as session:
        told = images.tag(session, project, [(one.upper(), first.id.replace("-", "")), (other, second.id)])
    assert (told.created, told.duplicated) == ([(other, second.id)], [(one, first.id)])
    assert tags_of(store, project, one) == ["t", "u"]


def test_a_second_tag_in_a_multiclass_project_is_not_taken(store, single):
    project, [_, second], image_id = single
    with store.session() as session:
        told = images.tag(session, project, [(image_id, second.id)])
    assert told.exceeded == [(image_id, second.id)]
    assert tags_of(store, project, image_id) == ["t"]


def test_a_second_tag_replaces_the_first_when_it_is_told_to(store, single):
    project, [_, second], image_id = single
    with store.session() as session:
        told = images.tag(session, project, [(image_id, second.id)], replace=True)
    assert told.created == [(image_id, second.id)]
    assert tags_of(store, project, image_id) == ["u"]


def test_a_negative_tag_beside_others_is_refused_whole(store, several):
    project, [first, second], [one, other] = several
    with store.session() as session:
        negative = tags.create(session, project, name="none", kind="negative")
        images.tag(session, project, [(one, first.id)])
    with pytest.raises(ApiError, match="a negative tag stands alone") as caught, store.session() as session:
        images.tag(session, project, [(other, second.id), (one, negative.id)])
    assert caught.value.code == "BadRequestNegativeAndRegularTagOnSameImage"
    assert tags_of(store, project, other) == []
    with store.session() as session:
        images.tag(session, project, [(one, negative.id)], replace=True)
    assert tags_of(store, project, one) == ["none"]


def test_what_is_not_there_cannot_be_tagged(store, several):
    project, [tag, _], [image_id, _] = several
    foreign, [other_tag] = new_project(store, "other", tag_names=["t"])
    [added] = images.upload(store, foreign.id, entries(1))
    for pair in ((NOTHING, tag.id), (added.image.id, tag.id)):
        with pytest.raises(ApiError, match="no such image") as caught, store.session() as session:
            images.tag(session, project, [pair])
        assert (caught.value.status, caught.value.code) == (404, "NotFoundImage")
    for pair in ((image_id, NOTHING), (image_id, other_tag.id), (image_id, "x")):
        with pytest.raises(ApiError, match="no such tag"), store.session() as session:
            images.tag(session, project, [pair])
        with pytest.raises(ApiError, match="no such tag"), store.session() as session:
            images.untag(session, project, [image_id], [pair[1]])


def test_tags_are_taken_from_images_that_have_them(store, several):
    project, [first, second], [one, other] = several
    with store.session() as session:
        images.tag(session, project, [(one, first.id), (one, second.id), (other, second.id)])
    with store.session() as session:
        images.untag(session, project, [one, other], [first.id])
    assert (tags_of(store, project, one), tags_of(store, project, other)) == (["u"], ["u"])


def test_what_an_iteration_took_an_image_for_is_forgotten_once_it_is_tagged(store, several):
    project, [first, second], [one, other] = several
    with store.session() as session:
        iteration = trained(session, project, tag_ids=[first.id, second.id])
        suggestions.keep(session, iteration, {one: [(first.id, 0.9)], other: [(first.id, 0.8)]})
        images.tag(session, project, [(one, second.id)])
    with store.session(reads_only=True) as session:
        assert [told.image.id for told in suggestions.select(session, iteration)] == [other]
