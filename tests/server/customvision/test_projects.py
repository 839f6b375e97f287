"""Domains, projects, copies of projects, and tags, through the service's own client."""

import urllib.error
import urllib.request
import uuid

import pytest
from azure.cognitiveservices.vision.customvision.training.models import Tag
from msrest.exceptions import HttpOperationError

from custom_vision import noise, refused

GENERAL = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
COMPACT = "0732100f-1a38-4e49-a514-c9b44c697ab5"
DETECTION = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"


# --- domains


def test_get_domains__lists_what_a_project_can_be_for(trainer):
    found = {one.name: one for one in trainer.get_domains()}
    assert found["General"].id == GENERAL
    assert found["General (compact)"].id == COMPACT
    assert {one.type for one in found.values()} == {"Classification"}
    assert all(one.exportable and one.enabled for one in found.values())
    assert found["General"].exportable_platforms == ["ONNX"]


def test_get_domain__finds_one_by_its_id_in_any_case(trainer):
    assert trainer.get_domain(COMPACT.upper()).name == "General (compact)"
    with refused(404, "NotFoundDomain"):
        trainer.get_domain(str(uuid.uuid4()))
    with refused(400, "BadRequestNotSupported", match="detects objects"):
        trainer.get_domain(DETECTION)


# --- projects


def test_get_projects__lists_those_that_the_key_opens(trainer, project):
    assert project.id in {one.id for one in trainer.get_projects()}


def test_create_project__keeps_what_it_is_given(trainer):
    made = trainer.create_project(
        "Leaves & 葉 🍁",
        description="of the garden",
        domain_id=COMPACT,
        classification_type="Multilabel",
        target_export_platforms=["ONNX", "CoreML"],
    )
    found = trainer.get_project(made.id)
    assert (found.name, found.description, found.status) == ("Leaves & 葉 🍁", "of the garden", "Succeeded")
    assert (found.settings.domain_id, found.settings.classification_type) == (COMPACT, "Multilabel")
    assert found.settings.target_export_platforms == ["ONNX", "CoreML"]
    assert found.settings.use_negative_set is False
    assert found.thumbnail_uri is None
    assert found.created.tzinfo is not None
    trainer.delete_project(made.id)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "BadRequestProjectName"),
        ({"name": "x" * 300}, "BadRequestProjectName"),
        ({"domain_id": DETECTION}, "BadRequestNotSupported"),
        ({"classification_type": "Bilabel"}, "BadRequestProjectUnknownClassification"),
        ({"target_export_platforms": ["Amiga"]}, "BadRequestProjectUnsupportedExportPlatform"),
        ({"export_model_container_uri": "https://storage"}, "BadRequestNotSupported"),
    ],
)
def test_create_project__refuses_what_cannot_be(trainer, given, code):
    with refused(400, code):
        trainer.create_project(**{"name": "refused", **given})


def test_create_project__refuses_a_name_that_is_taken(trainer, project):
    with refused(400, "BadRequestProjectNameNotUnique"):
        trainer.create_project(project.name)


def test_get_project__tells_of_one_and_shows_its_first_image(trainer, project):
    trainer.create_images_from_data(project.id, noise(1))
    found = trainer.get_project(project.id)
    assert found.name == project.name
    with urllib.request.urlopen(found.thumbnail_uri) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.read().startswith(b"\x89PNG")


@pytest.mark.parametrize("project_id", [str(uuid.uuid4()), "no id", "../projects", "%2e%2e", "筆"])
def test_get_project__does_not_find_what_is_not_there(trainer, project_id):
    with refused(404, "NotFoundProject"):
        trainer.get_project(project_id)


def test_update_project__changes_what_it_is_given(trainer, project):
    project.name, project.description = "renamed", "anew"
    project.settings.domain_id = COMPACT
    project.settings.classification_type = "Multilabel"
    changed = trainer.update_project(project.id, project)
    assert (changed.name, changed.description) == ("renamed", "anew")
    assert (changed.settings.domain_id, changed.settings.classification_type) == (COMPACT, "Multilabel")
    assert changed.last_modified > changed.created
    project.settings.domain_id = DETECTION
    with refused(400, "BadRequestNotSupported"):
        trainer.update_project(project.id, project)


def test_delete_project__takes_all_of_it_away(trainer, project):
    trainer.create_images_from_data(project.id, noise(2))
    trainer.delete_project(project.id)
    with refused(404, "NotFoundProject"):
        trainer.get_project(project.id)


def test_delete_project__refuses_one_that_is_published(trainer, learnt):
    with refused(400, "BadRequestIterationIsPublished"):
        trainer.delete_project(learnt.id)


def test_export_project__gives_a_token_for_a_copy(trainer, project):
    tag = trainer.create_tag(project.id, "box")
    trainer.create_images_from_data(project.id, noise(3), tag_ids=[tag.id])
    told = trainer.export_project(project.id)
    assert (told.image_count, told.tag_count, told.iteration_count, told.region_count) == (1, 1, 0, 0)
    assert project.id not in told.token


def test_import_project__makes_the_copy(trainer, project):
    tag = trainer.create_tag(project.id, "box")
    trainer.create_images_from_data(project.id, noise(4), tag_ids=[tag.id])
    token = trainer.export_project(project.id).token
    copy, other = trainer.import_project(token, name="a copy"), trainer.import_project(token)
    assert (copy.name, other.name, copy.status) == ("a copy", f"{project.name} (2)", "Succeeded")
    images = trainer.get_tagged_images(copy.id)
    assert [one.tags[0].tag_name for one in images] == ["box"]
    assert trainer.get_tags(copy.id)[0].id != tag.id
    for one in (copy, other):
        trainer.delete_project(one.id)
    with refused(400, "BadRequestInvalidImportToken"):
        trainer.import_project("made up")


# --- tags


def test_get_tags__counts_the_images_of_each(trainer, learnt):
    found = {one.name: one.image_count for one in trainer.get_tags(learnt.id)}
    assert found == {"bar": 30, "post": 30, "box": 30, "cross": 30}
    of_iteration = trainer.get_tags(learnt.id, iteration_id=learnt.iteration_id)
    assert {one.name for one in of_iteration} == set(found)
    with refused(404, "NotFoundIteration"):
        trainer.get_tags(learnt.id, iteration_id=str(uuid.uuid4()))


def test_create_tag__makes_regular_and_negative_ones(trainer, project):
    made = trainer.create_tag(project.id, "か/🖌 ", description="KA")
    assert (made.name, made.description, made.type, made.image_count) == ("か/🖌 ", "KA", "Regular", 0)
    assert trainer.create_tag(project.id, "none of them", type="Negative").type == "Negative"
    assert trainer.get_project(project.id).settings.use_negative_set is True


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "box"}, "BadRequestTagNameNotUnique"),
        ({"name": ""}, "BadRequestTagName"),
        ({"name": "more", "type": "Negative"}, "BadRequestMultipleNegativeTag"),
        ({"name": "more", "type": "GeneralProduct"}, "BadRequestTagType"),
    ],
)
def test_create_tag__refuses_what_cannot_be(trainer, project, given, code):
    trainer.create_tag(project.id, "box")
    trainer.create_tag(project.id, "none", type="Negative")
    with refused(400, code):
        trainer.create_tag(project.id, **given)


def test_get_tag__tells_of_one(trainer, learnt):
    found = trainer.get_tag(learnt.id, learnt.tag_ids["box"], iteration_id=learnt.iteration_id)
    assert (found.name, found.image_count) == ("box", 30)
    with refused(404, "NotFoundTag"):
        trainer.get_tag(learnt.id, str(uuid.uuid4()))


def test_update_tag__renames_it_on_its_images_too(trainer, project):
    tag = trainer.create_tag(project.id, "box")
    trainer.create_images_from_data(project.id, noise(5), tag_ids=[tag.id])
    changed = trainer.update_tag(project.id, tag.id, Tag(name="crate", description="wooden", type="Regular"))
    assert (changed.name, changed.description, changed.image_count) == ("crate", "wooden", 1)
    assert trainer.get_images(project.id)[0].tags[0].tag_name == "crate"


def test_delete_tag__takes_it_from_its_images(trainer, project):
    tag = trainer.create_tag(project.id, "box")
    trainer.create_images_from_data(project.id, noise(6), tag_ids=[tag.id])
    trainer.delete_tag(project.id, tag.id)
    assert trainer.get_tags(project.id) == []
    assert trainer.get_untagged_image_count(project.id) == 1
    with refused(404, "NotFoundTag"):
        trainer.delete_tag(project.id, tag.id)


# --- artifacts


def test_get_artifact__hands_out_files_by_path_and_by_link(trainer, project):
    content = noise(7)
    image = trainer.create_images_from_data(project.id, content).images[0].image
    for path in (f"images/{image.id}/original", image.original_image_uri):
        assert b"".join(trainer.get_artifact(project.id, path)) == content
    for uri in (image.thumbnail_uri, image.resized_image_uri):
        assert b"".join(trainer.get_artifact(project.id, uri)).startswith(b"\x89PNG")
    for path, code in (
        ("../../links.key", "BadRequestInvalidArtifactUri"),
        (f"images/{image.id}/huge", "BadRequestInvalidArtifactUri"),
        (f"images/{uuid.uuid4()}/original", "NotFoundImage"),
    ):
        with pytest.raises(HttpOperationError) as found:  # of this operation alone the client reads no code
            trainer.get_artifact(project.id, path)
        assert found.value.response.json()["code"] == code


def test_a_link_needs_no_key_but_its_own_signature(trainer, project):
    content = noise(8)
    link = trainer.create_images_from_data(project.id, content).images[0].image.original_image_uri
    with urllib.request.urlopen(link) as answer:
        assert answer.read() == content
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for changed in (link.partition("?")[0], link[:-1] + ("0" if link[-1] != "0" else "1")):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(changed)
