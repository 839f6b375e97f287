"""Images become part of a project."""

import threading

import pytest

from fudemoji.server.store import images, projects, suggestions, tags
from fudemoji.serving.errors import ApiError
from stores import entries, new_project, picture, trained


def outcomes(added):
    return [one.status for one in added]


def tags_of(store, project, image):
    with store.session(reads_only=True) as session:
        return [one.tag.name for one in images.find(session, project, image.id).tags]


def test_an_image_is_there_with_its_tags_name_and_metadata(store):
    project, [tag] = new_project(store, tag_names=["t"])
    content = picture(size=(30, 20))
    [added] = images.upload(
        store, project.id, [images.Entry(content, "x\0\udcff.png", [tag.id.upper()], {"page": "3"})]
    )
    assert added.is_good
    with store.session(reads_only=True) as session:
        found = images.find(session, project, added.image.id)
    assert (found.name, found.width, found.height, found.format) == ("x?.png", 30, 20, "PNG")
    assert found.about == {"page": "3"}
    assert [one.tag.name for one in found.tags] == ["t"]
    assert store.blobs.read(found.sha256) == content


def test_the_same_content_is_one_image_and_tags_come_together(store):
    project, [first, second] = new_project(store, kind="multilabel", tag_names=["t", "u"])
    content = picture()
    sent = [images.Entry(content, "a", [first.id]), images.Entry(content, "b", [second.id, first.id])]
    added = images.upload(store, project.id, sent)
    assert outcomes(added) == ["OK", "OKDuplicate"]
    assert added[0].image.id == added[1].image.id
    assert outcomes(images.upload(store, project.id, [images.Entry(content, "c")])) == ["OKDuplicate"]
    assert tags_of(store, project, added[0].image) == ["t", "u"]
    with store.session(reads_only=True) as session:
        assert images.count(session, project) == 1


def test_the_same_content_is_an_image_of_each_project_and_one_file(store, project):
    other = new_project(store, "other")[0]
    for one in (project, other):
        assert outcomes(images.upload(store, one.id, entries(2))) == ["OK", "OK"]
    assert len(list(store.blobs.every())) == 2


def test_an_image_of_a_multiclass_project_has_one_tag(store):
    project, [first, second] = new_project(store, tag_names=["t", "u"])
    content = picture()
    refused = images.upload(store, project.id, [images.Entry(content, tag_ids=[first.id, second.id])])
    assert outcomes(refused) == ["ErrorTagLimitExceed"]
    assert refused[0].message == "an image of a multiclass project has one tag"
    assert refused[0].image is None
    [added] = images.upload(store, project.id, [images.Entry(content, tag_ids=[first.id, first.id])])
    [again] = images.upload(store, project.id, [images.Entry(content, tag_ids=[second.id])])
    assert (again.status, again.image.id) == ("ErrorTagLimitExceed", added.image.id)
    assert tags_of(store, project, added.image) == ["t"]


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_a_negative_tag_stands_alone(store, kind):
    project, [tag] = new_project(store, kind=kind, tag_names=["t"])
    with store.session() as session:
        negative = tags.create(session, project, name="none", kind="negative")
    both = images.upload(store, project.id, entries(1, tag_ids=[tag.id, negative.id]))
    assert outcomes(both) == ["ErrorNegativeAndRegularTagOnSameImage"]
    assert outcomes(images.upload(store, project.id, entries(1, tag_ids=[negative.id]))) == ["OK"]
    later = images.upload(store, project.id, entries(1, tag_ids=[tag.id]))
    assert outcomes(later) == ["ErrorNegativeAndRegularTagOnSameImage"]


def test_an_unknown_tag_is_told_and_the_other_images_are_added(store):
    project, [tag] = new_project(store, tag_names=["t"])
    foreign = new_project(store, "other", tag_names=["t"])[1][0]
    sent = [
        *entries(1, tag_ids=[tag.id]),
        *entries(1, tag_ids=[foreign.id], start=1),
        *entries(1, tag_ids=["nonsense"], start=2),
        images.Entry(b"no image"),
    ]
    added = images.upload(store, project.id, sent)
    assert outcomes(added) == ["OK", "ErrorInvalidTag", "ErrorInvalidTag", "ErrorImageFormat"]
    assert [one.is_good for one in added] == [True, False, False, False]
    with store.session(reads_only=True) as session:
        assert images.count(session, project) == 1


def test_a_full_project_takes_duplicates_only(store, project):
    limits = images.Limits(num_images=3)
    assert outcomes(images.upload(store, project.id, entries(5), limits=limits)) == [
        *["OK"] * 3,
        *["ErrorLimitExceed"] * 2,
    ]
    assert outcomes(images.upload(store, project.id, entries(1), limits=limits)) == ["OKDuplicate"]


def test_a_project_that_is_not_there_keeps_nothing(store):
    with pytest.raises(ApiError, match="there is no such project"):
        images.upload(store, "00000000-0000-0000-0000-000000000000", entries(1))
    assert list(store.blobs.every()) == []


def test_a_file_removed_between_looking_and_adding_is_laid_down_again(store, project):
    kept = images.keep(store.blobs, entries(2))
    store.blobs.delete(kept[0].sha256)
    with store.session() as session:
        images.add(session, store.blobs, projects.find(session, project.id), kept)
    assert set(store.blobs.every()) == {one.sha256 for one in kept}


def test_uploads_and_deletions_of_the_same_content_at_once_leave_no_image_without_a_file(store):
    made = [new_project(store, str(number))[0] for number in range(4)]
    failures = []

    def churn(project):
        try:
            for _ in range(8):
                [added] = images.upload(store, project.id, entries(1))
                with store.session(reads_only=True) as session:
                    store.blobs.read(images.find(session, project, added.image.id).sha256)
                with store.session() as session:
                    images.delete(session, project, [added.image.id])
            images.upload(store, project.id, entries(1))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=churn, args=(one,)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(list(store.blobs.every())) == 1


def test_uploads_of_the_same_images_at_once_make_each_once(store, project):
    told = []
    threads = [
        threading.Thread(target=lambda: told.extend(outcomes(images.upload(store, project.id, entries(6)))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [*["OK"] * 6, *["OKDuplicate"] * 18]


def test_what_an_iteration_took_an_image_for_is_forgotten_once_it_is_tagged(store):
    project, [tag] = new_project(store, tag_names=["t"])
    [added] = images.upload(store, project.id, entries(1))
    with store.session() as session:
        iteration = trained(session, project, tag_ids=[tag.id])
        suggestions.keep(session, iteration, {added.image.id: [(tag.id, 1.0)]})
    images.upload(store, project.id, entries(1, tag_ids=[tag.id]))
    with store.session(reads_only=True) as session:
        assert suggestions.select(session, iteration) == []
