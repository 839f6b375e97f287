"""The service's words for things, and ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from fudemoji.errors import did_you_mean
from fudemoji.server.store.tables import ExportStatus, IterationStatus, ProjectKind, TagKind
from fudemoji.server.trainings.starting import TrainingType
from fudemoji.serving.errors import ApiError

__all__ = [
    "CLASSIFICATIONS",
    "EXPORT_STATUSES",
    "STATUSES",
    "TAG_TYPES",
    "project_kind",
    "tag_kind",
    "training_type",
]

CLASSIFICATIONS: dict[ProjectKind, Literal["Multiclass", "Multilabel"]] = {
    "multiclass": "Multiclass",
    "multilabel": "Multilabel",
}
TAG_TYPES: dict[TagKind, Literal["Regular", "Negative"]] = {"regular": "Regular", "negative": "Negative"}
STATUSES: dict[IterationStatus, Literal["Training", "Completed", "Failed"]] = {
    "queued": "Training",
    "training": "Training",
    "completed": "Completed",
    "failed": "Failed",
    "cancelled": "Failed",
}
EXPORT_STATUSES: dict[ExportStatus, Literal["Exporting", "Done", "Failed"]] = {
    "queued": "Exporting",
    "exporting": "Exporting",
    "done": "Done",
    "failed": "Failed",
}
_TRAINING_TYPES: dict[str, TrainingType] = {"regular": "Regular", "advanced": "Advanced"}


def tag_kind(word: str) -> TagKind:
    """A type of tags.

    Raises:
        ApiError: it is none of an image classifier.
    """
    found: dict[str, TagKind] = {told.lower(): kind for kind, told in TAG_TYPES.items()}
    if word.lower() not in found:
        raise ApiError(400, "BadRequestTagType", _told("type of a tag", word, list(TAG_TYPES.values())))
    return found[word.lower()]


def project_kind(word: str) -> ProjectKind:
    """A classification type.

    Raises:
        ApiError: there is no such type.
    """
    found: dict[str, ProjectKind] = {told.lower(): kind for kind, told in CLASSIFICATIONS.items()}
    if word.lower() not in found:
        raise ApiError(
            400,
            "BadRequestProjectUnknownClassification",
            _told("classification type", word, list(CLASSIFICATIONS.values())),
        )
    return found[word.lower()]


def training_type(word: str) -> TrainingType:
    """A type of trainings.

    Raises:
        ApiError: there is no such type.
    """
    if word.lower() not in _TRAINING_TYPES:
        raise ApiError(400, "BadRequestInvalid", _told("training type", word, list(_TRAINING_TYPES.values())))
    return _TRAINING_TYPES[word.lower()]


def _told(what: str, word: str, known: Sequence[str]) -> str:
    return f"there is no such {what}{did_you_mean(word, known)}; known: {', '.join(known)}"
