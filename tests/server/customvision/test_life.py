"""The whole life of a project, as programs written for the cloud service live it; only endpoint and keys are ours."""

import io

import pytest
from azure.cognitiveservices.vision.customvision.training.models import (
    CustomVisionErrorException,
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    ImageIdCreateBatch,
    ImageIdCreateEntry,
    ImageUrlCreateBatch,
    ImageUrlCreateEntry,
    PredictionQueryToken,
)

from custom_vision import fetched, signs, trained


def test_a_project_lives_from_its_first_tag_to_its_deletion(trainer, predictor, website):
    folder, site = website
    # a project and its tags
    project = trainer.create_project("signs", description="four of them")
    assert project.settings.classification_type == "Multiclass"
    tags = {name: trainer.create_tag(project.id, name) for name in ("bar", "post", "box", "cross")}

    # images as files, as data, by URL
    images = signs(71)
    batch = [
        ImageFileCreateEntry(name=f"{place}.png", contents=content, tag_ids=[tags[name].id])
        for place, (name, content) in enumerate(images[:64])
    ]
    summary = trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=batch))
    assert summary.is_batch_successful
    assert [one.status for one in summary.images] == ["OK"] * 64
    name, content = images[64]
    by_data = trainer.create_images_from_data(project.id, content, tag_ids=[tags[name].id])
    assert by_data.images[0].image.tags[0].tag_name == name
    entries = []
    for place, (name, content) in enumerate(images[65:70]):
        (folder / f"{place}.png").write_bytes(content)
        entries.append(ImageUrlCreateEntry(url=f"{site}/{place}.png", tag_ids=[tags[name].id]))
    by_url = trainer.create_images_from_urls(project.id, ImageUrlCreateBatch(images=entries))
    assert [(one.status, one.source_url) for one in by_url.images] == [
        ("OK", f"{site}/{place}.png") for place in range(5)
    ]
    assert trainer.get_tagged_image_count(project.id) == 70

    # a training, waited for and published
    iteration = trained(trainer, project.id)
    assert iteration.status == "Completed"
    trainer.publish_iteration(project.id, iteration.id, "signs v1", "/subscriptions/an/azure/resource")
    assert trainer.get_iteration(project.id, iteration.id).publish_name == "signs v1"
    performance = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.5)
    assert 0 <= performance.precision <= 1
    assert {one.name for one in performance.per_tag_performance} == set(tags)

    # predictions: bytes, an open file, BytesIO, a URL; kept and not kept
    name, content = images[70]
    path = folder / "asked.png"
    path.write_bytes(content)
    answers = [predictor.classify_image(project.id, "signs v1", content, application="a test")]
    with path.open("rb") as file:
        answers.append(predictor.classify_image(project.id, "signs v1", file))
    answers.append(predictor.classify_image_with_no_store(project.id, "signs v1", io.BytesIO(content)))
    answers.append(predictor.classify_image_url(project.id, "signs v1", f"{site}/asked.png"))
    answers.append(predictor.classify_image_url_with_no_store(project.id, "signs v1", f"{site}/asked.png"))
    for answer in answers:
        assert answer.predictions[0].tag_name == name
        assert [one.probability for one in answer.predictions] == sorted(
            (one.probability for one in answer.predictions), reverse=True
        )
        assert sum(one.probability for one in answer.predictions) == pytest.approx(1, abs=1e-6)
        assert {one.tag_id for one in answer.predictions} == {tag.id for tag in tags.values()}
        assert {one.tag_type for one in answer.predictions} == {"Regular"}
        assert (answer.project, answer.iteration) == (project.id, iteration.id)
        assert answer.created.tzinfo is not None

    # what was kept becomes an image, and changes what is trained on
    stored = trainer.query_predictions(project.id, PredictionQueryToken(order_by="Newest"))
    assert [one.id for one in stored.results] == [answers[3].id, answers[1].id, answers[0].id]
    assert fetched(stored.results[0].original_image_uri) == content
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.train_project(project.id)
    assert refused.value.error.code == "BadRequestTrainingNotNeeded"
    entry = ImageIdCreateEntry(id=answers[0].id, tag_ids=[tags[name].id])
    by_prediction = trainer.create_images_from_predictions(project.id, ImageIdCreateBatch(images=[entry]))
    assert by_prediction.images[0].status == "OK"
    second = trained(trainer, project.id)
    assert (second.status, second.name) == ("Completed", "Iteration 2")
    quick = trainer.quick_test_image(project.id, content, iteration_id=second.id, store=False)
    assert quick.iteration == second.id

    # the end
    with pytest.raises(CustomVisionErrorException, match="unpublish it first"):
        trainer.delete_iteration(project.id, iteration.id)
    trainer.unpublish_iteration(project.id, iteration.id)
    trainer.delete_iteration(project.id, iteration.id)
    trainer.delete_project(project.id)
    assert project.id not in {one.id for one in trainer.get_projects()}
