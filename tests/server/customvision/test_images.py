"""Images uploaded, listed, counted, tagged, described and deleted, through the service's own client."""

import uuid

import pytest
import requests
from azure.cognitiveservices.vision.customvision.training.models import (
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    ImageIdCreateBatch,
    ImageIdCreateEntry,
    ImageTagCreateEntry,
    ImageUrlCreateBatch,
    ImageUrlCreateEntry,
    Region,
)

from custom_vision import noise, refused, statuses


@pytest.fixture
def tag(trainer, project):
    return trainer.create_tag(project.id, "box")


@pytest.fixture
def other(trainer, project):
    return trainer.create_tag(project.id, "cross")


@pytest.fixture
def images(trainer, project, tag, other):
    """Three with the first tag, two with the second, one without, in this order."""
    batch = [
        ImageFileCreateEntry(name=f"{seed}.png", contents=noise(seed), tag_ids=[one.id] if one else [])
        for seed, one in enumerate([tag, tag, tag, other, other, None])
    ]
    added = trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=batch))
    return [one.image for one in added.images]


def ids(found):
    return [one.id for one in found]


# --- uploads


def test_create_images_from_data__adds_an_image_with_its_tags(trainer, project, tag):
    content = noise(1, size=30)
    told = trainer.create_images_from_data(project.id, content, tag_ids=[tag.id])
    image = told.images[0].image
    assert (told.is_batch_successful, told.images[0].status) == (True, "OK")
    assert (image.width, image.height) == (30, 30)
    assert [(one.tag_id, one.tag_name) for one in image.tags] == [(tag.id, "box")]
    assert image.created.tzinfo is not None


def test_create_images_from_data__takes_several_parts_of_a_form(server, project, tag):
    parts = [("imageData", (name, noise(seed))) for seed, name in enumerate(["a.png", "か.png", None])]
    answer = requests.post(
        f"{server.endpoint}customvision/v3.3/Training/projects/{project.id}/images?tagIds={tag.id}",
        files=parts,
        headers={"Training-key": server.training_key},
        timeout=60,
    )
    assert answer.status_code == 200
    assert [one["status"] for one in answer.json()["images"]] == ["OK"] * 3
    assert [one["sourceUrl"] for one in answer.json()["images"]] == ["a.png", "か.png", None]


def test_create_images_from_data__says_of_each_image_what_became_of_it(trainer, project, tag):
    assert statuses(trainer.create_images_from_data(project.id, noise(2))) == (True, ["OK"])
    assert statuses(trainer.create_images_from_data(project.id, noise(2))) == (True, ["OKDuplicate"])
    assert statuses(trainer.create_images_from_data(project.id, b"no image")) == (False, ["ErrorImageFormat"])
    unknown = trainer.create_images_from_data(project.id, noise(3), tag_ids=[str(uuid.uuid4())])
    assert statuses(unknown) == (False, ["ErrorInvalidTag"])


def test_create_images_from_files__says_of_each_image_what_became_of_it(trainer, project, tag, other):
    batch = ImageFileCreateBatch(
        images=[
            ImageFileCreateEntry(name="good.png", contents=noise(1)),
            ImageFileCreateEntry(name="twice.png", contents=noise(1)),
            ImageFileCreateEntry(name="torn.png", contents=noise(2)[:-30]),
            ImageFileCreateEntry(name="empty.png", contents=b""),
            ImageFileCreateEntry(name="two tags.png", contents=noise(3), tag_ids=[other.id]),
            ImageFileCreateEntry(name="good too.png", contents=noise(4)),
        ],
        tag_ids=[tag.id],
    )
    told = trainer.create_images_from_files(project.id, batch)
    assert statuses(told) == (
        False,
        ["OK", "OKDuplicate", "ErrorImageFormat", "ErrorImageFormat", "ErrorTagLimitExceed", "OK"],
    )
    assert [one.source_url for one in told.images] == [one.name for one in batch.images]
    assert trainer.get_image_count(project.id) == 2


def test_create_images_from_files__remembers_the_metadata(trainer, project):
    entries = [ImageFileCreateEntry(name="1.png", contents=noise(1))]
    batch = ImageFileCreateBatch(images=entries, metadata={"book": "Ise", "page": "3"})
    told = trainer.create_images_from_files(project.id, batch)
    assert told.images[0].image.metadata == {"book": "Ise", "page": "3"}
    batch.metadata = {"book": "x" * 300}
    with refused(400, "BadRequestImageMetadataValue"):
        trainer.create_images_from_files(project.id, batch)


@pytest.mark.parametrize(
    ("num", "regions", "code"),
    [
        (65, None, "BadRequestExceededBatchSize"),
        (0, None, "BadRequestImageBatch"),
        (1, [Region(tag_id="x", left=0, top=0, width=1, height=1)], "BadRequestNotSupported"),
    ],
)
def test_create_images_from_files__refuses_too_many_none_and_regions(trainer, project, num, regions, code):
    entries = [ImageFileCreateEntry(name="1.png", contents=noise(1), regions=regions)] * num
    with refused(400, code):
        trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries))


def test_create_images_from_files__refuses_too_many_tags(trainer, project):
    entries = [ImageFileCreateEntry(name="1.png", contents=noise(1))]
    with refused(400, "BadRequestExceededBatchSize"):
        trainer.create_images_from_files(
            project.id, ImageFileCreateBatch(images=entries, tag_ids=[str(uuid.uuid4())] * 21)
        )


def test_create_images_from_urls__fetches_what_it_can(trainer, project, tag, website):
    folder, site = website
    (folder / "a.png").write_bytes(noise(1))
    (folder / "b.png").write_bytes(b"no image")
    urls = [
        f"{site}/a.png",
        f"{site}/b.png",
        f"{site}/missing.png",
        "ftp://example.org/a.png",
        "http://[::1]:1/",
    ]
    batch = ImageUrlCreateBatch(images=[ImageUrlCreateEntry(url=url) for url in urls], tag_ids=[tag.id])
    told = trainer.create_images_from_urls(project.id, batch)
    assert statuses(told) == (False, ["OK", "ErrorImageFormat", "ErrorSource", "ErrorSource", "ErrorSource"])
    assert [one.source_url for one in told.images] == urls
    assert told.images[0].image.tags[0].tag_name == "box"


def test_create_images_from_predictions__takes_what_was_kept(trainer, predictor, learnt):
    name, content = learnt.unseen[0]
    answer = predictor.classify_image(learnt.id, "signs v1", content)
    entries = [
        ImageIdCreateEntry(id=answer.id, tag_ids=[learnt.tag_ids[name]]),
        ImageIdCreateEntry(id=str(uuid.uuid4())),
    ]
    told = trainer.create_images_from_predictions(learnt.id, ImageIdCreateBatch(images=entries))
    assert statuses(told) == (False, ["OK", "ErrorSource"])
    assert told.images[0].image.tags[0].tag_name == name
    trainer.delete_images(learnt.id, [told.images[0].image.id])


# --- lists and counts


def test_get_images__lists_them_the_newest_first(trainer, project, images, tag, other):
    assert ids(trainer.get_images(project.id)) == ids(images[::-1])
    assert ids(trainer.get_images(project.id, order_by="Oldest", take=2, skip=1)) == ids(images[1:3])
    assert ids(trainer.get_images(project.id, tagging_status="Untagged")) == ids(images[5:])
    assert len(trainer.get_images(project.id, tag_ids=[tag.id, other.id])) == 5
    with refused(404, "NotFoundIteration"):
        trainer.get_images(project.id, iteration_id=str(uuid.uuid4()))


def test_get_images__filters_by_metadata(trainer, project, images):
    trainer.update_image_metadata(project.id, ids(images[:2]), {"book": "Ise's"})
    trainer.update_image_metadata(project.id, [images[1].id], {"page": "3"})

    def found(expression):
        return ids(trainer.get_images(project.id, filter=expression, order_by="Oldest"))

    assert found("metadata=book eq 'Ise''s'") == ids(images[:2])
    assert found("metadata=book eq 'Ise''s' and page eq '3'") == [images[1].id]
    assert found("metadata=page eq '3' or book ne 'Ise''s'") == ids(images[1:])
    assert trainer.get_image_count(project.id, filter="metadata=book ne 'Ise''s'") == 4
    for wrong in ("metadata=book", "metadata=book eq Ise", "metadata=a eq 'b' xor c eq 'd'"):
        with refused(400, "BadRequestInvalid"):
            found(wrong)


def test_get_images__of_an_iteration_are_those_that_it_could_know(trainer, learnt):
    added = trainer.create_images_from_data(learnt.id, noise(77)).images[0].image
    found = trainer.get_images(learnt.id, iteration_id=learnt.iteration_id, take=256)
    assert ids(found)[::-1] == ids(learnt.images)
    trainer.delete_images(learnt.id, [added.id])


def test_get_tagged_images__leaves_out_those_without_tags(trainer, project, images, other):
    assert ids(trainer.get_tagged_images(project.id, order_by="Oldest")) == ids(images[:5])
    assert ids(trainer.get_tagged_images(project.id, tag_ids=[other.id], take=1)) == [images[4].id]


def test_get_untagged_images__leaves_out_those_with_tags(trainer, project, images):
    assert ids(trainer.get_untagged_images(project.id)) == ids(images[5:])
    assert trainer.get_untagged_images(project.id, skip=1) == []


def test_get_image_count__counts_what_get_images_lists(trainer, project, images, tag, other):
    assert trainer.get_image_count(project.id) == 6
    assert trainer.get_image_count(project.id, tagging_status="Tagged") == 5
    assert trainer.get_image_count(project.id, tag_ids=[tag.id]) == 3


def test_get_tagged_image_count__counts_those_with_tags(trainer, project, images, tag, other):
    assert trainer.get_tagged_image_count(project.id) == 5
    assert trainer.get_tagged_image_count(project.id, tag_ids=[other.id]) == 2
    assert trainer.get_tagged_image_count(project.id, tag_ids=[tag.id, other.id]) == 5


def test_get_untagged_image_count__counts_those_without_tags(trainer, project, images):
    assert trainer.get_untagged_image_count(project.id) == 1


def test_get_images_by_ids__lists_these_in_their_order(trainer, project, images):
    wanted = [images[4].id, images[0].id]
    assert ids(trainer.get_images_by_ids(project.id, wanted)) == wanted
    with refused(404, "NotFoundImage"):
        trainer.get_images_by_ids(project.id, [str(uuid.uuid4())])


# --- tags, metadata, deletion


def test_create_image_tags__says_which_are_new_there_and_too_many(trainer, project, images, tag, other):
    pairs = [(images[5], tag), (images[0], tag), (images[0], other)]
    entries = [ImageTagCreateEntry(image_id=image.id, tag_id=one.id) for image, one in pairs]
    told = trainer.create_image_tags(project.id, entries)
    created, duplicated, exceeded = (
        [(one.image_id, one.tag_id) for one in group]
        for group in (told.created, told.duplicated, told.exceeded)
    )
    assert created == [(images[5].id, tag.id)]
    assert duplicated == [(images[0].id, tag.id)]
    assert exceeded == [(images[0].id, other.id)]
    assert trainer.get_untagged_image_count(project.id) == 0


def test_delete_image_tags__takes_them_away(trainer, project, images, tag):
    trainer.delete_image_tags(project.id, ids(images[:2]), [tag.id])
    assert trainer.get_untagged_image_count(project.id) == 3
    with refused(404, "NotFoundTag"):
        trainer.delete_image_tags(project.id, ids(images[:2]), [str(uuid.uuid4())])


def test_update_image_metadata__remembers_it_and_says_which_images_are_not_there(trainer, project, images):
    missing = str(uuid.uuid4())
    told = trainer.update_image_metadata(project.id, [images[0].id, missing], {"book": "源氏"})
    assert told.is_batch_successful is False
    assert [(one.image_id, one.status) for one in told.images] == [
        (images[0].id, "OK"),
        (missing, "ErrorImageNotFound"),
    ]
    assert trainer.get_images_by_ids(project.id, [images[0].id])[0].metadata == {"book": "源氏"}
    too_many = trainer.update_image_metadata(project.id, [images[0].id], {str(key): "x" for key in range(11)})
    assert too_many.images[0].status == "ErrorLimitExceed"


def test_delete_images__deletes_these_or_all(trainer, project, images):
    trainer.delete_images(project.id, ids(images[:2]))
    assert trainer.get_image_count(project.id) == 4
    with refused(404, "NotFoundImage"):
        trainer.delete_images(project.id, ids(images[:1]))
    with refused(400, "BadRequestInvalidIds"):
        trainer.delete_images(project.id)
    trainer.delete_images(project.id, all_images=True, all_iterations=True)
    assert trainer.get_image_count(project.id) == 0
