"""Images are deleted, and what is remembered of them changes."""

import pytest

from fudemoji.server.store import images, predictions
from fudemoji.serving.errors import ApiError
from stores import entries, new_project, picture, trained


def test_a_deleted_image_takes_its_file_and_thumbnails_along(store, project):
    added = images.upload(store, project.id, entries(2))
    for one in added:
        store.thumbnails.of(one.image.sha256, size=64)
    with store.session() as session:
        images.delete(session, project, [added[0].image.id, added[0].image.id.upper()])
    with store.session(reads_only=True) as session:
        assert [one.id for one in images.select(session, project)] == [added[1].image.id]
    assert list(store.blobs.every()) == list(store.thumbnails.every()) == [added[1].image.sha256]


def test_a_file_that_another_project_or_a_prediction_needs_stays(store, project):
    other = new_project(store, "other")[0]
    shared, asked, own = entries(3)
    added = images.upload(store, project.id, [shared, asked, own])
    images.upload(store, other.id, [shared])
    with store.session() as session:
        iteration = trained(session, project)
    with store.session() as session:
        predictions.keep(session, store.blobs, iteration, content=asked.content, probs=[])
    with store.session() as session:
        assert images.delete_all(session, project) == 3
    assert set(store.blobs.every()) == {one.image.sha256 for one in added[:2]}
    with store.session() as session:
        images.delete_all(session, other)
    assert set(store.blobs.every()) == {added[1].image.sha256}


def test_deleting_what_is_not_there_deletes_nothing(store, project):
    [added] = images.upload(store, project.id, entries(1))
    with pytest.raises(ApiError, match="no such image"), store.session() as session:
        images.delete(session, project, [added.image.id, "00000000-0000-0000-0000-000000000000"])
    with store.session(reads_only=True) as session:
        assert images.count(session, project) == 1
    assert len(list(store.blobs.every())) == 1


def test_a_deletion_that_is_rolled_back_leaves_the_files(store, project):
    [first, _] = images.upload(store, project.id, entries(2))

    def delete_and_look(session):
        images.delete(session, project, [first.image.id])
        images.find(session, project, first.image.id)

    with pytest.raises(ApiError, match="no such image"), store.session() as session:
        delete_and_look(session)
    assert len(list(store.blobs.every())) == 2


def test_facts_are_added_to_those_remembered(store, project):
    [added] = images.upload(store, project.id, [images.Entry(picture(), about={"page": "1", "book": "a"})])
    with store.session() as session:
        images.update(
            session, images.find(session, project, added.image.id), about={"page": "2", "line": "9"}
        )
    with store.session(reads_only=True) as session:
        assert images.find(session, project, added.image.id).about == {"page": "2", "book": "a", "line": "9"}


def test_more_than_ten_facts_together_are_refused(store, project):
    [added] = images.upload(
        store, project.id, [images.Entry(picture(), about={str(n): "" for n in range(10)})]
    )
    with pytest.raises(ApiError, match="these are 11") as caught, store.session() as session:
        images.update(session, images.find(session, project, added.image.id), about={"one": "more"})
    assert caught.value.code == "BadRequestImageMetadataKey"
