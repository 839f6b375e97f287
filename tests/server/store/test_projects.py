"""Projects in the store."""

import pytest

from fudemoji.server.store import (
    exports,
    images,
    iterations,
    keys,
    predictions,
    projects,
    publications,
    tags,
)
from fudemoji.server.store.tables import Base
from fudemoji.serving.errors import ApiError
from stores import entries, new_project, picture, trained


def rows(store):
    """The number of rows of each table."""
    with store.session(reads_only=True) as session:
        return {
            name: session.connection().exec_driver_sql(f"SELECT count(*) FROM {name}").scalar()
            for name in Base.metadata.tables
        }


def test_a_project_is_found_by_its_id_in_any_case(store):
    with store.session() as session:
        made = projects.create(
            session,
            name="仮名/かな 🖌",
            domain_id="general",
            description="d",
            kind="multilabel",
            export_platforms=["ONNX"],
        )
    with store.session(reads_only=True) as session:
        found = projects.find(session, made.id.upper())
    assert (found.name, found.kind, found.description) == ("仮名/かな 🖌", "multilabel", "d")
    assert (found.domain_id, found.export_platforms) == ("general", ["ONNX"])
    assert found.created.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    "wanted", ["00000000-0000-0000-0000-000000000000", "", "none", "\0", "\ud800", "é" * 300]
)
def test_a_project_that_is_not_there_is_told(store, wanted):
    with (
        pytest.raises(ApiError, match="there is no such project") as caught,
        store.session(reads_only=True) as session,
    ):
        projects.find(session, wanted)
    assert (caught.value.status, caught.value.code) == (404, "NotFoundProject")


def test_projects_come_in_the_order_in_which_they_were_made(store):
    made = [new_project(store, name)[0] for name in ("b", "a", "c")]
    with store.session(reads_only=True) as session:
        assert [one.name for one in projects.every(session)] == ["b", "a", "c"]
        assert [one.name for one in projects.every(session, only=made[1].id)] == ["a"]


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("a", "BadRequestProjectNameNotUnique", "there is a project 'a' already; choose another name"),
        (" \n", "BadRequestProjectName", "the name of the project is blank"),
        ("x" * 256, "BadRequestProjectName", "has 256 characters; at most 255"),
        ("x\0", "BadRequestProjectName", "has characters that are no text"),
        ("\udcff", "BadRequestProjectName", "has characters that are no text"),
    ],
)
def test_a_name_that_cannot_be_is_refused_for_new_projects_and_old(store, project, name, code, message):
    with pytest.raises(ApiError, match=message) as caught, store.session() as session:
        projects.create(session, name=name, domain_id="x")
    assert (caught.value.status, caught.value.code) == (400, code)
    other = new_project(store, "b")[0]
    with pytest.raises(ApiError, match=message), store.session() as session:
        projects.update(session, projects.find(session, other.id), name=name)


def test_a_description_that_is_too_long_is_refused(store):
    with pytest.raises(ApiError, match=r"10,001 characters") as caught, store.session() as session:
        projects.create(session, name="a", domain_id="x", description="x" * 10_001)
    assert caught.value.code == "BadRequestProjectDescription"


def test_only_what_is_given_is_changed(store, project):
    with store.session() as session:
        one = projects.update(session, projects.find(session, project.id), description="new")
    assert (one.name, one.description, one.domain_id) == (project.name, "new", "general")
    assert one.last_modified > project.last_modified
    with store.session() as session:
        one = projects.find(session, project.id)
        projects.update(session, one, name="n", domain_id="food", kind="multilabel", export_platforms=["x"])
    with store.session(reads_only=True) as session:
        one = projects.find(session, project.id)
    assert (one.name, one.domain_id, one.kind, one.export_platforms) == ("n", "food", "multilabel", ["x"])


def test_a_project_with_several_tags_on_an_image_does_not_become_multiclass(store):
    project, both = new_project(store, kind="multilabel", tag_names=["t", "u"])
    [added] = images.upload(store, project.id, entries(1, tag_ids=[one.id for one in both]))
    with (
        pytest.raises(ApiError, match="1 images of the project have several tags") as caught,
        store.session() as session,
    ):
        projects.update(session, projects.find(session, project.id), kind="multiclass")
    assert caught.value.code == "BadRequestImageTags"
    with store.session() as session:
        images.untag(session, project, [added.image.id], [both[0].id])
        projects.update(session, projects.find(session, project.id), kind="multiclass")


def test_a_deleted_project_takes_everything_with_it_but_what_others_need(store):
    project, [tag] = new_project(store, tag_names=["t"])
    other = new_project(store, "other")[0]
    images.upload(store, other.id, entries(1))
    images.upload(store, project.id, entries(3, tag_ids=[tag.id]))
    before = rows(store)
    with store.session() as session:
        iteration = trained(session, project, tag_ids=[tag.id])
        exports.create(session, iteration, platform="ONNX")
        publications.publish(session, project, iteration, name="m")
        publications.unpublish(session, project, iteration)
        keys.create(session, name="k", project=project)
    with store.session() as session:
        predictions.keep(session, store.blobs, iteration, content=picture(9), probs=[(tag.id, 1.0)])
    for path in (store.runs / iteration.id / "x", store.exports / iteration.id / "x"):
        path.mkdir(parents=True)
    (store.sets / f"{iteration.id}.csv").write_text("x")
    assert len(list(store.blobs.every())) == 4
    with store.session() as session:
        projects.delete(session, projects.find(session, project.id))
        assert len(list(store.blobs.every())) == 4, "files go after the commit"
    left = {"identity": 1, "projects": 1, "images": 1, "keys": 1}
    assert rows(store) == {**dict.fromkeys(before, 0), **left}
    assert len(list(store.blobs.every())) == 1
    for folder in (store.runs, store.exports, store.sets):
        assert list(folder.iterdir()) == []


def test_a_project_that_answers_or_learns_is_not_deleted(store, project):
    with store.session() as session:
        iteration = trained(session, project)
        publications.publish(session, project, iteration, name="m")
    with (
        pytest.raises(ApiError, match="published as m; unpublish it first") as caught,
        store.session() as session,
    ):
        projects.delete(session, projects.find(session, project.id))
    assert caught.value.code == "BadRequestIterationIsPublished"
    with store.session() as session:
        publications.unpublish(session, project, iteration)
        waiting = iterations.create(session, project, recipe="quick")
    with (
        pytest.raises(ApiError, match="Iteration 2 of the project is being trained; cancel it") as caught,
        store.session() as session,
    ):
        projects.delete(session, projects.find(session, project.id))
    assert caught.value.status == 409
    with store.session() as session:
        iterations.mark(session, session.merge(waiting), "cancelled")
        projects.delete(session, projects.find(session, project.id))


def test_a_project_that_was_deleted_meanwhile_takes_nothing_more(store, project):
    with store.session() as session:
        projects.delete(session, projects.find(session, project.id))
    for change in (
        lambda session: tags.create(session, project, name="t"),
        lambda session: iterations.create(session, project, recipe="quick"),
        lambda session: images.add(session, store.blobs, project, []),
    ):
        with pytest.raises(ApiError, match="there is no such project"), store.session() as session:
            change(session)
