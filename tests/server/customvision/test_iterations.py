"""Trainings, their figures, exports and publications, and what they suggest, through the service's own client."""

import io
import time
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.cognitiveservices.vision.customvision.training.models import (
    CustomBaseModelInfo,
    CustomVisionErrorException,
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    SuggestedTagAndRegionQueryToken,
)

from builders import labelled_glyphs
from custom_vision import PATIENCE_SECONDS, add_signs, ended, fetched, noise, png, refused, trained

# --- trainings


def test_train_project__makes_an_iteration_that_is_completed_in_the_end(trainer, learnt):
    found = trainer.get_iteration(learnt.id, learnt.iteration_id)
    assert (found.name, found.status, found.project_id) == ("Iteration 1", "Completed", learnt.id)
    assert (found.training_type, found.classification_type) == ("Regular", "Multiclass")
    assert found.trained_at >= found.created
    assert found.training_time_in_minutes == 1
    assert (found.exportable, found.exportable_to) == (True, ["ONNX"])
    assert found.training_error_details is None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "BadRequestTrainingNotNeeded"),
        ({"training_type": "Rapid"}, "BadRequestInvalid"),
        (
            {"custom_base_model_info": CustomBaseModelInfo(project_id="a", iteration_id="b")},
            "BadRequestNotSupported",
        ),
    ],
)
def test_train_project__refuses_what_cannot_be(trainer, learnt, given, code):
    with refused(400, code):
        trainer.train_project(learnt.id, **given)


def test_train_project__needs_images(trainer, project):
    code = "BadRequestMultiClassClassificationTrainingValidationFailed"
    with refused(400, code):
        trainer.train_project(project.id)
    add_signs(trainer, project.id, 16)
    with refused(400, code, match="5 images"):
        trainer.train_project(project.id)


def test_train_project__trains_once_at_a_time_on_the_tags_that_are_selected(trainer, project):
    tag_ids = add_signs(trainer, project.id, 32)
    chosen = [tag_ids["bar"], tag_ids["box"]]

    def train(_) -> str:
        try:
            return trainer.train_project(project.id, selected_tags=chosen).id
        except CustomVisionErrorException as refusal:
            return refusal.error.code

    with ThreadPoolExecutor(3) as threads:
        answers = sorted(threads.map(train, range(3)))
    assert answers[1:] == ["BadRequestTrainingAlreadyInProgress"] * 2
    iteration_id = answers[0]
    with refused(409, "Conflict"):
        trainer.delete_iteration(project.id, iteration_id)
    with refused(400, "BadRequestIterationIsNotTrained"):
        trainer.publish_iteration(project.id, iteration_id, "too early", "")
    with refused(400, "BadRequestIterationIsNotTrained"):
        trainer.quick_test_image(project.id, noise(1), iteration_id=iteration_id)
    assert ended(trainer, project.id, iteration_id).status == "Completed"
    assert {one.id for one in trainer.get_tags(project.id, iteration_id=iteration_id)} == set(chosen)
    answer = trainer.quick_test_image(project.id, noise(1), store=False)
    assert {one.tag_id for one in answer.predictions} == set(chosen)


def test_images_with_several_tags_are_learnt_in_a_multilabel_project(trainer):
    project = trainer.create_project("several", classification_type="Multilabel")
    tags = [trainer.create_tag(project.id, name) for name in ("bar", "post", "box")]
    none = trainer.create_tag(project.id, "nothing", type="Negative")
    data = labelled_glyphs(48, 16)
    entries = [
        ImageFileCreateEntry(
            name="a.png",
            contents=png(image_CHW[0]),
            tag_ids=[tag.id for tag, has_it in zip(tags, labels_K, strict=True) if has_it] or [none.id],
        )
        for image_CHW, labels_K in zip(data.images, data.labels, strict=True)
    ]
    assert trainer.create_images_from_files(
        project.id, ImageFileCreateBatch(images=entries)
    ).is_batch_successful
    iteration = trained(trainer, project.id)
    assert (iteration.status, iteration.classification_type) == ("Completed", "Multilabel")
    both = next(
        place for place, labels_K in enumerate(data.labels) if labels_K.tolist() == [True, True, False]
    )
    answer = trainer.quick_test_image(project.id, entries[both].contents, store=False)
    shares = {one.tag_name: one.probability for one in answer.predictions}
    assert shares["bar"] > 0.5
    assert shares["post"] > 0.5
    assert sum(shares.values()) > 1
    performance = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.5)
    assert {one.name for one in performance.per_tag_performance} == {"bar", "post", "box"}
    trainer.delete_project(project.id)


def test_get_iterations__lists_them_the_oldest_first(trainer, learnt):
    found = trainer.get_iterations(learnt.id)
    assert (found[0].id, found[0].publish_name) == (learnt.iteration_id, "signs v1")
    assert found[0].original_publish_resource_id == "a resource"


def test_get_iteration__does_not_find_those_of_other_projects(trainer, learnt, project):
    with refused(404, "NotFoundIteration"):
        trainer.get_iteration(project.id, learnt.iteration_id)
    with refused(404, "NotFoundIteration"):
        trainer.get_iteration(learnt.id, str(uuid.uuid4()))


def test_update_iteration__renames_it(trainer, learnt):
    assert trainer.update_iteration(learnt.id, learnt.iteration_id, "best").name == "best"
    with refused(400, "BadRequestIterationName"):
        trainer.update_iteration(learnt.id, learnt.iteration_id, " ")
    trainer.update_iteration(learnt.id, learnt.iteration_id, "Iteration 1")


def test_delete_iteration__refuses_one_that_is_published(trainer, learnt):
    with refused(400, "BadRequestIterationIsPublished"):
        trainer.delete_iteration(learnt.id, learnt.iteration_id)
    with refused(404, "NotFoundIteration"):
        trainer.delete_iteration(learnt.id, str(uuid.uuid4()))


# --- publications


def test_publish_iteration__lets_it_answer_under_a_name_with_a_slash(trainer, predictor, learnt):
    trainer.unpublish_iteration(learnt.id, learnt.iteration_id)
    assert trainer.publish_iteration(learnt.id, learnt.iteration_id, "筆 v/1 🖌?", "", overwrite=True) is True
    answer = predictor.classify_image_with_no_store(learnt.id, "筆 v/1 🖌?", learnt.unseen[0][1])
    assert answer.iteration == learnt.iteration_id
    with refused(400, "BadRequestIterationIsPublished"):
        trainer.publish_iteration(learnt.id, learnt.iteration_id, "another", "")
    trainer.unpublish_iteration(learnt.id, learnt.iteration_id)
    with refused(400, "BadRequestInvalidPublishName"):
        trainer.publish_iteration(learnt.id, learnt.iteration_id, "", "")
    trainer.publish_iteration(learnt.id, learnt.iteration_id, "signs v1", "a resource")


def test_unpublish_iteration__lets_it_answer_no_more(trainer, predictor, learnt):
    trainer.unpublish_iteration(learnt.id, learnt.iteration_id)
    with refused(404, "ErrorPredictionModelNotFound"):
        predictor.classify_image(learnt.id, "signs v1", learnt.unseen[0][1])
    with refused(400, "BadRequestIterationNotPublished"):
        trainer.unpublish_iteration(learnt.id, learnt.iteration_id)
    trainer.publish_iteration(learnt.id, learnt.iteration_id, "signs v1", "a resource")
    assert predictor.classify_image_with_no_store(learnt.id, "signs v1", learnt.unseen[0][1])


# --- figures


def test_get_iteration_performance__follows_the_threshold(trainer, learnt):
    low, high = (
        trainer.get_iteration_performance(
            learnt.id, learnt.iteration_id, threshold=threshold, overlap_threshold=0.3
        )
        for threshold in (0.0, 1.0)
    )
    assert {one.name for one in low.per_tag_performance} == {"bar", "post", "box", "cross"}
    assert {one.id for one in low.per_tag_performance} == set(learnt.tag_ids.values())
    assert low.recall >= high.recall
    for share in (low.precision, low.recall, low.average_precision):
        assert 0 <= share <= 1
    assert 0 < low.precision_std_deviation < 0.5
    with refused(422, "BadRequestInvalid"):
        trainer.get_iteration_performance(learnt.id, learnt.iteration_id, threshold=1.5)


def test_get_image_performances__shows_what_images_were_taken_for(trainer, learnt):
    found = trainer.get_image_performances(learnt.id, learnt.iteration_id, take=256)
    assert {one.id for one in found} < {one.id for one in learnt.images}
    assert all(sum(p.probability for p in one.predictions) == pytest.approx(1, abs=1e-5) for one in found)
    assert all(one.tags and one.image_uri and one.thumbnail_uri for one in found)
    tag = found[0].tags[0]
    others = trainer.get_image_performances(learnt.id, learnt.iteration_id, tag_ids=[tag.tag_id])
    assert {one.tags[0].tag_name for one in others} == {tag.tag_name}


def test_get_image_performance_count__counts_them(trainer, learnt):
    found = trainer.get_image_performances(learnt.id, learnt.iteration_id, take=256)
    assert trainer.get_image_performance_count(learnt.id, learnt.iteration_id) == len(found)
    counts = [
        trainer.get_image_performance_count(learnt.id, learnt.iteration_id, tag_ids=[tag_id])
        for tag_id in learnt.tag_ids.values()
    ]
    assert sum(counts) == len(found)


# --- exports


def test_export_iteration__queues_an_export(trainer, learnt):
    made = trainer.export_iteration(learnt.id, learnt.iteration_id, "onnx", flavor="ONNX12")
    assert (made.platform, made.flavor, made.status, made.download_uri) == (
        "ONNX",
        "ONNX12",
        "Exporting",
        None,
    )
    with refused(400, "BadRequestExportAlreadyInProgress"):
        trainer.export_iteration(learnt.id, learnt.iteration_id, "ONNX", flavor="ONNX12")


@pytest.mark.parametrize("platform", ["CoreML", "TensorFlow", "DockerFile", "Amiga"])
def test_export_iteration__refuses_other_platforms(trainer, learnt, platform):
    with refused(400, "BadRequestExportValidationFailed", match="ONNX"):
        trainer.export_iteration(learnt.id, learnt.iteration_id, platform)


def test_get_exports__links_to_what_is_packed(trainer, learnt):
    trainer.export_iteration(learnt.id, learnt.iteration_id, "ONNX")

    def found():
        return next(one for one in trainer.get_exports(learnt.id, learnt.iteration_id) if one.flavor is None)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while (export := found()).status == "Exporting":
        assert time.monotonic() < deadline, "the export takes too long"
        time.sleep(0.2)
    assert export.status == "Done"
    content = fetched(export.download_uri)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "model.onnx" in archive.namelist()
    assert b"".join(trainer.get_artifact(learnt.id, export.download_uri)) == content


# --- suggestions


@pytest.fixture
def untagged(trainer, learnt):
    """Signs in the project that nobody has tagged."""
    found = [
        trainer.create_images_from_data(learnt.id, content).images[0].image for _, content in learnt.unseen
    ]
    yield found
    trainer.delete_images(learnt.id, [one.id for one in found])


def test_suggest_tags_and_regions__says_what_untagged_images_are(trainer, learnt, untagged):
    told = trainer.suggest_tags_and_regions(learnt.id, learnt.iteration_id, [one.id for one in untagged])
    assert [one.id for one in told] == [one.id for one in untagged]
    right = [one.predictions[0].tag_name == name for one, (name, _) in zip(told, learnt.unseen, strict=True)]
    assert sum(right) >= 6
    assert all(0 <= one.prediction_uncertainty <= 1 for one in told)
    with refused(404, "NotFoundImage"):
        trainer.suggest_tags_and_regions(learnt.id, learnt.iteration_id, [str(uuid.uuid4())])


def test_query_suggested_images__pages_through_them_by_uncertainty(trainer, learnt, untagged):
    trainer.suggest_tags_and_regions(learnt.id, learnt.iteration_id, [one.id for one in untagged])
    query = SuggestedTagAndRegionQueryToken(
        tag_ids=list(learnt.tag_ids.values()), threshold=0.0, max_count=5, sort_by="UncertaintyAscending"
    )
    first = trainer.query_suggested_images(learnt.id, learnt.iteration_id, query)
    second = trainer.query_suggested_images(learnt.id, learnt.iteration_id, first.token)
    assert second.token.continuation is None
    found = first.results + second.results
    assert {one.id for one in found} == {one.id for one in untagged}
    doubts = [one.prediction_uncertainty for one in found]
    assert doubts == sorted(doubts)
    assert found[0].width == 12
    assert found[0].original_image_uri


def test_query_suggested_image_count__counts_by_tag(trainer, learnt, untagged):
    trainer.suggest_tags_and_regions(learnt.id, learnt.iteration_id, [one.id for one in untagged])
    wanted = list(learnt.tag_ids.values())
    counts = trainer.query_suggested_image_count(learnt.id, learnt.iteration_id, wanted, threshold=0.5)
    assert set(counts) == set(wanted)
    assert 6 <= sum(counts.values()) <= 8
