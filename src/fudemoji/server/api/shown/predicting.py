"""Predictions and suggestions as the API answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import Field

from fudemoji.server.api.shown.base import Refusal, Shown
from fudemoji.server.api.shown.collecting import Image
from fudemoji.server.store import confirming, suggestions, tables

__all__ = [
    "CertainImages",
    "Confirmed",
    "ImagePage",
    "Predicted",
    "Prediction",
    "PredictionPage",
    "Predictions",
    "Probability",
    "Suggested",
    "Suggestion",
    "probabilities",
]


class Probability(Shown):
    """How probable a tag is."""

    tag_id: str
    tag: str | None = Field(description="its name; null where the tag is gone")
    probability: float


class Prediction(Shown):
    """What an iteration takes an image for."""

    id: str | None = Field(description="of a stored prediction; else null")
    iteration_id: str
    created: datetime
    application: str
    url: str
    uncertainty: float = Field(description="0 to 1: the entropy over the greatest possible one")
    probabilities: list[Probability] = Field(description="the most probable first")

    @classmethod
    def of(cls, prediction: tables.Prediction, names: Mapping[str, str]) -> Prediction:
        """A row, and the names of tags by their ids."""
        plain = ("id", "iteration_id", "created", "application", "url", "uncertainty")
        fields = {name: getattr(prediction, name) for name in plain}
        return cls(**fields, probabilities=probabilities(prediction.probs, names))


class ImagePage(Shown):
    """Some images of a project."""

    images: list[Image]
    total: int = Field(description="images that match, on all pages")
    answers: dict[str, list[Probability]] = Field(
        description="by the ids of images, what the iteration that is named takes them for, as far as that is kept: "
        "of those held out and those with a suggestion; the three most probable tags"
    )


class Predicted(Shown):
    """What became of an image that was to be classified."""

    name: str = Field(description="of its file, as the client called it")
    prediction: Prediction | None
    refusal: Refusal | None


class Predictions(Shown):
    """What an iteration takes images for, in their order."""

    iteration_id: str
    images: list[Predicted]


class PredictionPage(Shown):
    """Some stored predictions."""

    predictions: list[Prediction]
    total: int = Field(description="predictions that match, on all pages")
    continuation: str = Field(description="asks for the next page; empty on the last")


class Suggested(Shown):
    """How many images an iteration has looked at."""

    num_images: int


class Suggestion(Shown):
    """An untagged image, and what an iteration takes it for."""

    image: Image
    uncertainty: float = Field(description="0 to 1: the entropy over the greatest possible one")
    probabilities: list[Probability] = Field(description="the most probable first")

    @classmethod
    def of(cls, one: suggestions.Suggested, names: Mapping[str, str]) -> Suggestion:
        """A row, and the names of tags by their ids."""
        told = one.suggestion
        shown = probabilities(told.probs, names)
        return cls(image=Image.of(one.image), uncertainty=told.uncertainty, probabilities=shown)


class CertainImages(Shown):
    """Untagged images that an iteration is certain of."""

    ids: list[str]
    tag_ids: dict[str, list[str]] = Field(description="by these ids, what the images would be tagged with")
    notes: dict[str, str] = Field(description="by these ids, the same for people, with the certainty")

    @classmethod
    def of(cls, found: Sequence[confirming.Certain], names: Mapping[str, str]) -> CertainImages:
        """What the store found, and the names of tags by their ids."""
        return cls(
            ids=[one.image_id for one in found],
            tag_ids={one.image_id: list(one.tag_ids) for one in found},
            notes={
                one.image_id: f"{' · '.join(names[tag_id] for tag_id in one.tag_ids)} {one.certainty:.1%}"
                for one in found
            },
        )


class Confirmed(Shown):
    """What became of images whose suggested tags were confirmed."""

    created: dict[str, list[str]] = Field(
        description="by the ids of images, those of the tags that they have now"
    )
    passed_over: list[str] = Field(
        description="ids of images that are gone or tagged by now, or of which the iteration is not as certain"
    )


def probabilities(probs: Sequence[tuple[str, float]], names: Mapping[str, str]) -> list[Probability]:
    """Tag ids and probabilities, with the names of the tags."""
    return [Probability(tag_id=tag_id, tag=names.get(tag_id), probability=prob) for tag_id, prob in probs]
