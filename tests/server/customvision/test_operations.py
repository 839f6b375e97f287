"""Every operation of the service's own clients is tried, and those on objects are refused."""

import inspect
from pathlib import Path

import pytest
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    ImageRegionCreateEntry,
)

from custom_vision import noise, refused


def operations(client):
    """The names of a client's operations."""
    return {
        name
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_") and "custom_headers" in inspect.signature(method).parameters
    }


@pytest.mark.parametrize(
    ("client", "num"), [(CustomVisionTrainingClient, 52), (CustomVisionPredictionClient, 8)]
)
def test_every_operation_is_tried(client, num):
    tests = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    found = operations(client)
    assert len(found) == num
    assert {name for name in found if f"def test_{name}__" not in tests} == set()


def test_get_image_region_proposals__is_refused(trainer, project):
    with refused(400, "BadRequestNotSupported", match="does not detect objects"):
        trainer.get_image_region_proposals(project.id, "some image")


def test_create_image_regions__is_refused(trainer, project):
    regions = [ImageRegionCreateEntry(image_id="a", tag_id="b", left=0, top=0, width=1, height=1)]
    with refused(400, "BadRequestNotSupported"):
        trainer.create_image_regions(project.id, regions)


def test_delete_image_regions__is_refused(trainer, project):
    with refused(400, "BadRequestNotSupported"):
        trainer.delete_image_regions(project.id, ["some region"])


def test_detect_image__is_refused(predictor, learnt):
    with refused(400, "BadRequestNotSupported"):
        predictor.detect_image(learnt.id, "signs v1", noise(1))


def test_detect_image_with_no_store__is_refused(predictor, learnt):
    with refused(400, "BadRequestNotSupported"):
        predictor.detect_image_with_no_store(learnt.id, "signs v1", noise(1))


def test_detect_image_url__is_refused(predictor, learnt):
    with refused(400, "BadRequestNotSupported"):
        predictor.detect_image_url(learnt.id, "signs v1", "https://example.org/a.png")


def test_detect_image_url_with_no_store__is_refused(predictor, learnt):
    with refused(400, "BadRequestNotSupported"):
        predictor.detect_image_url_with_no_store(learnt.id, "signs v1", "https://example.org/a.png")
