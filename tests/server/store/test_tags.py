"""Tags in the store."""

import threading

import pytest
from sqlalchemy import event

from fudemoji.server.store import images, tags
from fudemoji.serving.errors import ApiError
from stores import entries, new_project, trained


def test_tags_come_in_the_order_in_which_they_were_made(store, project):
    with store.session() as session:
        for name in ("い", "あ"):
            tags.create(session, project, name=name, description=name)
        tags.create(session, project, name="none", kind="negative")
    with store.session(reads_only=True) as session:
        found = tags.every(session, project)
        assert [(one.name, one.kind) for one in found] == [
            ("い", "regular"),
            ("あ", "regular"),
            ("none", "negative"),
        ]
        assert tags.find(session, project, found[1].id.upper()).name == "あ"
        assert [one.name for one in tags.find_all(session, project, [found[2].id, found[0].id])] == [
            "none",
            "い",
        ]


def test_a_tag_of_another_project_is_not_found(store, project):
    _, [tag] = new_project(store, "other", tag_names=["t"])
    for wanted in (tag.id, "nothing", "00000000-0000-0000-0000-000000000000"):
        with (
            pytest.raises(ApiError, match="the project has no such tag") as caught,
            store.session() as session,
        ):
            tags.find(session, project, wanted)
        assert (caught.value.status, caught.value.code) == (404, "NotFoundTag")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("t", "BadRequestTagNameNotUnique", "the project has a tag 't' already"),
        ("", "BadRequestTagName", "the name of the tag is blank"),
        ("x" * 300, "BadRequestTagName", "has 300 characters"),
    ],
)
def test_a_name_that_cannot_be_is_refused_for_new_tags_and_old(store, name, code, message):
    project, [_, other] = new_project(store, tag_names=["t", "u"])
    with pytest.raises(ApiError, match=message) as caught, store.session() as session:
        tags.create(session, project, name=name)
    assert (caught.value.status, caught.value.code) == (400, code)
    with pytest.raises(ApiError, match=message), store.session() as session:
        tags.update(session, project, tags.find(session, project, other.id), name=name)


def test_the_same_name_is_possible_in_two_projects_and_after_a_deletion(store):
    project, [tag] = new_project(store, tag_names=["t"])
    new_project(store, "other", tag_names=["t"])
    with store.session() as session:
        tags.delete(session, tags.find(session, project, tag.id))
        again = tags.create(session, project, name="t")
    with store.session(reads_only=True) as session:
        assert [one.id for one in tags.every(session, project)] == [again.id]


def test_there_is_one_negative_tag(store):
    project, [tag] = new_project(store, tag_names=["t"])
    with store.session() as session:
        negative = tags.create(session, project, name="none", kind="negative")
    for change in (
        lambda session: tags.create(session, project, name="also", kind="negative"),
        lambda session: tags.update(session, project, session.merge(tag), kind="negative"),
    ):
        with (
            pytest.raises(ApiError, match="has a negative tag already, 'none'") as caught,
            store.session() as session,
        ):
            change(session)
        assert caught.value.code == "BadRequestMultipleNegativeTag"
    with store.session() as session:
        tags.update(session, project, session.merge(negative), kind="regular")
        tags.update(session, project, session.merge(tag), kind="negative", description="d")
    with store.session(reads_only=True) as session:
        assert [one.kind for one in tags.every(session, project)] == ["negative", "regular"]


def test_a_tag_beside_others_does_not_become_negative(store):
    project, both = new_project(store, kind="multilabel", tag_names=["t", "u"])
    images.upload(store, project.id, entries(1, tag_ids=[one.id for one in both]))
    with (
        pytest.raises(ApiError, match="images with the tag have other tags too") as caught,
        store.session() as session,
    ):
        tags.update(session, project, session.merge(both[0]), kind="negative")
    assert caught.value.code == "BadRequestNegativeAndRegularTagOnSameImage"


def test_images_are_counted_by_tag(store):
    project, [first, second, empty] = new_project(store, kind="multilabel", tag_names=["t", "u", "v"])
    images.upload(store, project.id, entries(3, tag_ids=[first.id]))
    images.upload(store, project.id, entries(2, tag_ids=[second.id]))
    with store.session(reads_only=True) as session:
        counts = tags.counts(session, project)
    assert (counts[first.id], counts[second.id], counts[empty.id]) == (3, 2, 0)


def test_a_deleted_tag_leaves_the_images_and_stays_known_to_models(store):
    project, [first, second] = new_project(store, tag_names=["t", "u"])
    [added] = images.upload(store, project.id, entries(1, tag_ids=[first.id]))
    with store.session() as session:
        iteration = trained(session, project, tag_ids=[second.id, first.id])
        tags.delete(session, tags.find(session, project, first.id))
    with store.session(reads_only=True) as session:
        assert images.find(session, project, added.image.id).tags == []
        assert [one.name for one in tags.of_iteration(session, iteration)] == ["u", "t"]
        assert tags.counts(session, project)[first.id] == 0
    with pytest.raises(ApiError, match="the project has no such tag"), store.session() as session:
        tags.find(session, project, first.id)


def test_two_at_once_make_one_tag(store, project):
    started, outcomes = threading.Barrier(4), []

    def make():
        started.wait()
        try:
            with store.session() as session:
                tags.create(session, project, name="t", kind="negative")
            outcomes.append("made")
        except ApiError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [*["BadRequestMultipleNegativeTag"] * 3, "made"]


def test_counting_takes_one_question(store, project):
    with store.session() as session:
        for number in range(50):
            tags.create(session, project, name=str(number))
    asked = []
    with store.session(reads_only=True) as session:
        engine = session.get_bind().engine
        event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        tags.every(session, project)
        tags.counts(session, project)
    assert len([one for one in asked if "SELECT" in one]) == 2
