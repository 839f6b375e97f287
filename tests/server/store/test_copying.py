"""A project becomes two."""

import numpy as np
import pytest

from fudemoji.server.store import Store, copying, images, projects, tags
from fudemoji.serving.errors import ApiError
from projects import png

DOMAIN = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    yield store
    store.close()


def add_project(store):
    with store.session() as session:
        project = projects.create(
            session, name="signs", domain_id=DOMAIN, description="three", export_platforms=["ONNX"]
        )
        box, none = (
            tags.create(session, project, name="box"),
            tags.create(session, project, name="none", kind="negative"),
        )
    entries = [
        images.Entry(
            png(np.full((8, 8), shade, np.uint8)), f"{shade}.png", [tag.id] if tag else [], {"book": "Ise"}
        )
        for shade, tag in ((10, box), (20, none), (30, None))
    ]
    images.upload(store, project.id, entries)
    return project.id


def contents(session, project):
    return [
        (one.sha256, one.name, one.width, one.about, [tag.tag.name for tag in one.tags])
        for one in images.select(session, project, images.ImageQuery(newest_first=False))
    ]


def test_a_copy_has_the_settings_tags_and_images_of_the_first(store):
    project_id = add_project(store)
    with store.session() as session:
        project = projects.find(session, project_id)
        copy = copying.copy(session, project, name="signs again")
        told = [(one.name, one.kind) for one in tags.every(session, copy)]
    with store.session(reads_only=True) as session:
        project, copy = projects.find(session, project_id), projects.find(session, copy.id)
        assert (copy.name, copy.description, copy.domain_id) == ("signs again", "three", DOMAIN)
        assert copy.export_platforms == ["ONNX"]
        assert told == [("box", "regular"), ("none", "negative")]
        assert contents(session, copy) == contents(session, project)
        assert len(contents(session, copy)) == 3


def test_a_copy_outlives_the_first_with_its_files(store):
    project_id = add_project(store)
    with store.session() as session:
        copy = copying.copy(session, projects.find(session, project_id))
    with store.session() as session:
        projects.delete(session, projects.find(session, project_id))
    with store.session(reads_only=True) as session:
        for image in images.select(session, projects.find(session, copy.id)):
            assert store.blobs.read(image.sha256)


def test_copies_without_a_name_are_numbered(store):
    project_id = add_project(store)
    with store.session() as session:
        project = projects.find(session, project_id)
        names = [copying.copy(session, project).name for _ in range(2)]
    assert names == ["signs (2)", "signs (3)"]


def test_the_name_of_a_copy_must_be_free(store):
    project_id = add_project(store)
    with store.session() as session, pytest.raises(ApiError, match="there is a project 'signs' already"):
        copying.copy(session, projects.find(session, project_id), name="signs")
