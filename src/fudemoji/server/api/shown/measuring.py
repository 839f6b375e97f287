"""How well iterations find their tags, as the API answers it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from fudemoji.server.api.shown.base import Shown
from fudemoji.server.api.shown.collecting import Image
from fudemoji.server.api.shown.predicting import Probability, probabilities
from fudemoji.server.store.tables import Iteration, ProjectKind
from fudemoji.server.trainings import answers
from fudemoji.server.trainings import performance as measured

__all__ = [
    "Answers",
    "Comparison",
    "Curve",
    "MeasuredImage",
    "MeasuredImages",
    "Performance",
    "TagPerformance",
]


class Figures(Shown):
    """How well something is found."""

    precision: float = Field(description="share of what is given that is right")
    precision_deviation: float = Field(description="standard deviation under Jeffreys' prior")
    recall: float = Field(description="share of what is there that is given")
    recall_deviation: float
    average_precision: float = Field(description="over all thresholds")


class TagPerformance(Figures):
    """How well one tag is found."""

    tag_id: str
    tag: str | None = Field(description="its name")
    num_images: int = Field(description="that have it, of those measured on")

    @classmethod
    def of(cls, one: measured.TagPerformance, names: Mapping[str, str]) -> TagPerformance:
        """The figures of a tag, and the names of tags by their ids."""
        named = {"tag_id": one.tag_id, "tag": names.get(one.tag_id), "num_images": one.recall.count}
        return cls(**named, **_figures(one))


class Performance(Figures):
    """How well an iteration finds its tags, on images that were held out of its training."""

    threshold: float
    num_images: int
    tags: list[TagPerformance] = Field(description="in the order of the model's classes")

    @classmethod
    def of(cls, one: measured.Performance, names: Mapping[str, str]) -> Performance:
        """The figures of an iteration, and the names of tags by their ids."""
        tags = [TagPerformance.of(tag, names) for tag in one.tags]
        return cls(threshold=one.threshold, num_images=one.num_images, tags=tags, **_figures(one))


class MeasuredImage(Shown):
    """An image that an iteration was measured on, and what it takes it for."""

    image: Image
    probabilities: list[Probability] = Field(description="the most probable first")

    @classmethod
    def of(cls, one: measured.ImagePerformance, names: Mapping[str, str]) -> MeasuredImage:
        """The answer for an image, and the names of tags by their ids."""
        return cls(image=Image.of(one.image), probabilities=probabilities(one.probs, names))


class MeasuredImages(Shown):
    """Some images that an iteration was measured on."""

    images: list[MeasuredImage]
    total: int = Field(description="images that match, on all pages")


class ClassOfAnswers(Shown):
    """A class of the model."""

    tag_id: str
    tag: str | None = Field(description="its name")
    average_precision: float = Field(description="over all thresholds; 0 without an image")


class Answer(Shown):
    """What an iteration takes an image for; tags are told by their places in `tags`."""

    image_id: str | None = Field(description="null: the image has been deleted since")
    sha256: str = Field(description="of its file")
    places: list[int] = Field(description="of the tags that it had when the training began")
    likely: list[tuple[int, float]] = Field(description="places and probabilities, the most probable first")


class Answers(Shown):
    """All that an iteration answers for the images that were held out of its training.

    An image is given a tag where the probability, a float32, reaches the threshold as one; with one tag an image, the
    likeliest alone.
    """

    split: str = Field(description="that the images belong to")
    kind: ProjectKind
    tags: list[ClassOfAnswers] = Field(description="in the order of the model's classes")
    images: list[Answer]

    @classmethod
    def of(cls, found: answers.Answers, iteration: Iteration, names: Mapping[str, str]) -> Answers:
        """The answers of an iteration, and the names of tags by their ids."""
        precisions = found.average_precision_K.tolist()
        tags = [
            ClassOfAnswers(tag_id=tag_id, tag=names.get(tag_id), average_precision=one)
            for tag_id, one in zip(iteration.tag_ids, precisions, strict=True)
        ]
        images = [Answer.model_validate(image) for image in found.images]
        return cls(split=found.split, kind=iteration.kind, tags=tags, images=images)


class Curve(Shown):
    """Precision and recall of all tags together at 0.00, 0.01 and so on to 1.00."""

    thresholds: list[float]
    precision: list[float] = Field(description="share of what is given that is right; 0 where nothing is")
    recall: list[float] = Field(description="share of what is there that is given")
    average_precision: float = Field(description="over all thresholds, the mean over the tags")
    num_images: int

    @classmethod
    def of(cls, one: measured.Curve) -> Curve:
        """The points, columns of them."""
        return cls(
            thresholds=[point.threshold for point in one.points],
            precision=[point.precision.value for point in one.points],
            recall=[point.recall.value for point in one.points],
            average_precision=one.average_precision,
            num_images=one.num_images,
        )


class Comparison(Shown):
    """Two iterations of a project, side by side.

    The counts are of the images that were held out of both trainings; an image is right where exactly its tags are
    given.
    """

    one: Performance
    other: Performance
    num_common: int = Field(description="images that both were measured on")
    num_one_right: int = Field(description="of them")
    num_other_right: int
    num_only_one_right: int
    num_only_other_right: int
    p_value: float = Field(description="exact McNemar test, two-sided: such a difference by chance alone")


def _figures(one: measured.Performance | measured.TagPerformance) -> dict[str, float]:
    return {
        "precision": one.precision.value,
        "precision_deviation": one.precision.deviation,
        "recall": one.recall.value,
        "recall_deviation": one.recall.deviation,
        "average_precision": one.average_precision,
    }
