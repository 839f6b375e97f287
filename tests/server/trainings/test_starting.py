"""What is checked before a training waits for its turn, and what its listing holds."""

import csv
import errno
import os

import pytest

from builders import glyphs
from fudemoji.data.readers.table import list_table
from fudemoji.server.store.tables import Image, ImageTag, Project
from fudemoji.server.trainings import Rules, cancel, resume, start
from fudemoji.server.trainings.snapshot import listing_path
from fudemoji.serving.errors import ApiError
from projects import TINY, add_glyphs, add_image, add_labelled_glyphs, add_project, add_tags, png


@pytest.fixture
def session(store):
    with store.session() as session:
        yield session


@pytest.fixture
def project(store, session):
    project = add_project(session)
    add_glyphs(session, store, project)
    return project


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def completed(iteration):
    iteration.status = "completed"
    return iteration


def test_a_listing_names_every_tagged_image_by_the_ids_of_its_tags(store, session):
    project = add_project(session)
    bar, cross, _unused = add_tags(session, project, "お", "cross", "unused")
    pictures = [png(image_CHW[0]) for image_CHW in glyphs(11, 0).images]
    for place, content in enumerate(pictures[:10]):
        add_image(session, store, project, content, [[bar, cross][place % 2]])
    add_image(session, store, project, pictures[10], [])
    iteration = start(session, store, project, rules=TINY)
    path = listing_path(store, iteration.id)
    assert [row["label"] for row in rows(path)] == [bar.id, cross.id] * 5
    assert {row["split"] for row in rows(path)} == {"train"}
    assert [(path.parent / row["path"]).read_bytes() for row in rows(path)] == pictures[:10]
    listed = list_table(path)
    assert [(known.id, str(known)) for known in listed.classes] == [(bar.id, "お o"), (cross.id, "cross")]


def test_of_several_tags_an_image_has_all_and_a_negative_one_is_none(store, session):
    project = add_project(session, kind="multilabel")
    *tags, negative = add_labelled_glyphs(session, store, project)
    iteration = start(session, store, project, rules=TINY)
    listed = rows(listing_path(store, iteration.id))
    labels = [row["labels"] for row in listed]
    assert "" in labels
    assert any("|" in cell for cell in labels)
    assert {label for cell in labels for label in cell.split("|") if label} == {tag.id for tag in tags}
    assert negative.id not in str(listed)


def test_of_one_tag_an_image_a_negative_tag_is_a_class(store, session, project):
    (negative,) = add_tags(session, project, "nothing", kind="negative")
    for image_CHW in glyphs(45, 0, seed=7).images[40:]:
        add_image(session, store, project, png(image_CHW[0]), [negative])
    iteration = start(session, store, project, rules=TINY)
    assert negative.id in [row["label"] for row in rows(listing_path(store, iteration.id))]


def test_an_iteration_says_what_was_asked_for(store, session, project):
    iteration = start(session, store, project, training_type="Advanced", budget_hours=2)
    assert (iteration.number, iteration.name, iteration.status) == (1, "Iteration 1", "queued")
    assert (iteration.kind, iteration.domain_id) == (project.kind, project.domain_id)
    assert (iteration.training_type, iteration.budget_hours, iteration.recipe) == ("Advanced", 2, "best")
    completed(iteration)
    assert start(session, store, project).name == "Iteration 2"


@pytest.mark.parametrize(
    ("kind", "images", "message"),
    [
        ("multiclass", (9,), "not enough images for training: 1 tags have images, 2 are needed"),
        ("multiclass", (5, 4, 3), "each tag needs 5 images: 'b' has 4, 'c' has 3"),
        (
            "multilabel",
            (5, 1, 1, 1, 1),
            "each tag needs 5 images: 'b' has 1, 'c' has 1, 'd' has 1 and 1 more",
        ),
    ],
)
def test_too_few_images_are_refused(store, session, kind, images, message):
    project = add_project(session, kind=kind)
    tags = add_tags(session, project, *"abcde"[: len(images)])
    pictures = iter(glyphs(sum(images), 0).images)
    for tag, number in zip(tags, images, strict=True):
        for _ in range(number):
            add_image(session, store, project, png(next(pictures)[0]), [tag])
    with pytest.raises(ApiError, match=message) as caught:
        start(session, store, project)
    code = {"multiclass": "MultiClass", "multilabel": "MultiLabel"}[kind]
    assert (caught.value.status, caught.value.code) == (
        400,
        f"BadRequest{code}ClassificationTrainingValidationFailed",
    )


def test_the_least_numbers_are_the_servers_to_decide(store, session, project):
    with pytest.raises(ApiError, match="4 tags have images, 5 are needed"):
        start(session, store, project, rules=Rules(min_tags=5))
    with pytest.raises(ApiError, match="each tag needs 11 images"):
        start(session, store, project, rules=Rules(min_images_per_tag=11))


def test_one_training_of_a_project_is_under_way_at_a_time(store, session, project):
    first = start(session, store, project)
    with pytest.raises(ApiError, match="a training of this project is under way") as caught:
        start(session, store, project, force=True)
    assert (caught.value.status, caught.value.code) == (400, "BadRequestTrainingAlreadyInProgress")
    cancel(session, first)
    assert start(session, store, project).number == 2


def test_too_many_that_wait_are_told_to_come_again(store, session, project):
    start(session, store, project)
    other = add_project(session, "other")
    add_glyphs(session, store, other)
    with pytest.raises(ApiError, match="1 trainings wait; ask again later") as caught:
        start(session, store, other, rules=Rules(max_waiting=0))
    assert (caught.value.status, caught.value.retry_after) == (503, 60)


def test_nothing_new_is_not_trained_unless_it_is_forced(store, session, project):
    completed(start(session, store, project))
    with pytest.raises(ApiError, match="nothing has changed since the last training") as caught:
        start(session, store, project)
    assert (caught.value.status, caught.value.code) == (400, "BadRequestTrainingNotNeeded")
    assert start(session, store, project, force=True).number == 2


def rename(session, store, project):
    project.name = "another"


def tag_anew(session, store, project):
    link = session.query(ImageTag).first()
    other = next(tag.tag_id for tag in session.query(ImageTag) if tag.tag_id != link.tag_id)
    session.add(ImageTag(image_id=link.image_id, tag_id=other))
    session.delete(link)


def remove_an_image(session, store, project):
    session.delete(session.query(Image).first())


def change_the_domain(session, store, project):
    project.domain_id = "0732100f-1a38-4e49-a514-c9b44c697ab5"


@pytest.mark.parametrize("change", [tag_anew, remove_an_image, change_the_domain])
def test_what_changes_the_model_can_be_trained(store, session, project, change):
    completed(start(session, store, project))
    change(session, store, project)
    session.flush()
    assert start(session, store, project).number == 2


def test_other_settings_of_the_server_can_be_trained_and_other_names_need_not(store, session, project):
    completed(start(session, store, project))
    rename(session, store, project)
    with pytest.raises(ApiError, match="nothing has changed"):
        start(session, store, project)
    assert start(session, store, project, rules=TINY).number == 2


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the list of images cannot be written: Read-only file"),
    ],
)
def test_a_listing_that_cannot_be_written_is_told(store, session, project, monkeypatch, number, message):
    def fail(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ApiError, match=message) as caught:
        start(session, store, project)
    assert (caught.value.status, caught.value.code) == (507, "ErrorStorage")
    assert list(store.sets.iterdir()) == []


def test_only_what_is_under_way_is_cancelled_and_only_what_broke_off_goes_on(store, session, project):
    iteration = start(session, store, project)
    with pytest.raises(ApiError, match="only a training that broke off can go on; this one is queued"):
        resume(session, store, project, iteration)
    cancel(session, iteration)
    with pytest.raises(ApiError, match="Iteration 1 is cancelled and cannot become cancelled") as caught:
        cancel(session, iteration)
    assert (caught.value.status, caught.value.code) == (409, "Conflict")
    resume(session, store, project, iteration)
    assert (iteration.status, iteration.note) == ("queued", "")
    cancel(session, iteration)
    listing_path(store, iteration.id).unlink()
    with pytest.raises(ApiError, match="the list of its images is gone; train again"):
        resume(session, store, project, iteration)


def test_a_project_of_any_domain_is_trained(store, session, project):
    session.get_one(Project, project.id).domain_id = "of another service"
    assert start(session, store, project).recipe == "quick"
