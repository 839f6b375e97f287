"""What clients send as JSON, its names read in any case, as the service does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, model_validator
from pydantic.alias_generators import to_camel

__all__ = [
    "CreateProjectOptions",
    "FileBatch",
    "FileEntry",
    "ImageTagBatch",
    "ImageTagEntry",
    "ImageUrl",
    "IterationUpdate",
    "Metadata",
    "PredictedBatch",
    "PredictedEntry",
    "PredictionQuery",
    "ProjectUpdate",
    "SettingsUpdate",
    "SuggestionQuery",
    "TagFilter",
    "TagRange",
    "TagUpdate",
    "TrainingParameters",
    "UrlBatch",
    "UrlEntry",
]

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=256)]
Moment = Annotated[datetime, AfterValidator(lambda time: time if time.tzinfo else time.replace(tzinfo=UTC))]


class Asked(BaseModel):
    """A part of what a client sends; null is as good as nothing, and names that are not known are passed over."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _names_in_any_case(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known = {to_camel(name).lower(): to_camel(name) for name in cls.model_fields}
        return {
            known.get(str(name).lower(), name): value for name, value in given.items() if value is not None
        }


class CreateProjectOptions(Asked):
    """Places in Azure that a project may tell of its doings; there are none here."""

    export_model_container_uri: str | None = None
    notification_queue_uri: str | None = None


class SettingsUpdate(Asked):
    """What a project is to be trained for; what is missing stays as it is."""

    domain_id: str | None = None
    classification_type: str | None = None
    target_export_platforms: list[str] | None = None


class ProjectUpdate(Asked):
    """A project as it is to be; what is missing stays as it is."""

    name: str | None = None
    description: str | None = None
    settings: SettingsUpdate | None = None


class TagUpdate(Asked):
    """A tag as it is to be; what is missing stays as it is."""

    name: str | None = None
    description: str | None = None
    type: str | None = None


class IterationUpdate(Asked):
    """The name that an iteration is to have."""

    name: str


class FileEntry(Asked):
    """An image file, base64, and its tags."""

    name: str | None = None
    contents: str
    tag_ids: list[str] | None = None
    regions: list[Any] | None = None


class UrlEntry(Asked):
    """An image by its URL, and its tags."""

    url: str
    tag_ids: list[str] | None = None
    regions: list[Any] | None = None


class PredictedEntry(Asked):
    """A stored prediction, and the tags that its image is to have."""

    id: str
    tag_ids: list[str] | None = None
    regions: list[Any] | None = None


class Batch(Asked):
    """What all images of a batch get."""

    tag_ids: list[str] | None = None
    metadata: dict[str, str] | None = None


class FileBatch(Batch):
    """Images as files."""

    images: list[FileEntry]


class UrlBatch(Batch):
    """Images by their URLs."""

    images: list[UrlEntry]


class PredictedBatch(Batch):
    """Images that were classified."""

    images: list[PredictedEntry]


class Metadata(RootModel[dict[str, str]]):
    """Facts to be remembered."""


class ImageTagEntry(Asked):
    """An image, and a tag that it is to have."""

    image_id: str
    tag_id: str


class ImageTagBatch(Asked):
    """Images, and tags that they are to have."""

    tags: list[ImageTagEntry]


class ImageUrl(Asked):
    """An image by its URL."""

    url: str


class TrainingParameters(Asked):
    """What a training is to use."""

    selected_tags: list[str] | None = None
    custom_base_model_info: dict[str, Any] | None = None


class TagRange(Asked):
    """A tag, and the range of its probability."""

    id: str
    min_threshold: Share = 0.0
    max_threshold: Share = 1.0


class PredictionQuery(Asked):
    """Which stored predictions are asked for; times without a zone are UTC."""

    session: str | None = None
    continuation: str | None = None
    max_count: Count = 50
    order_by: Literal["Newest", "Oldest", "Suggested"] = "Newest"
    tags: list[TagRange] | None = None
    iteration_id: str | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    application: str | None = None


class TagFilter(Asked):
    """Tags, and how probable they must be."""

    tag_ids: list[str] | None = None
    threshold: Share = 0.0


class SuggestionQuery(TagFilter):
    """Which suggestions are asked for."""

    session: str | None = None
    continuation: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")] | None = None
    max_count: Count = 50
    sort_by: Literal["UncertaintyAscending", "UncertaintyDescending"] = "UncertaintyDescending"

    @property
    def place(self) -> int:
        """How many come before this page."""
        return int(self.continuation or 0)
