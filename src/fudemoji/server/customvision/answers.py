"""What this API answers, named as the service's own clients read it: camelCase, ids as strings, times as ISO 8601."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = [
    "Domain",
    "Export",
    "Image",
    "ImageCreateResult",
    "ImageCreateSummary",
    "ImageMetadataResult",
    "ImageMetadataSummary",
    "ImagePerformance",
    "ImagePrediction",
    "ImageTag",
    "ImageTagPair",
    "ImageTagSummary",
    "Iteration",
    "IterationPerformance",
    "Prediction",
    "PredictionQueryResult",
    "PredictionQueryToken",
    "Project",
    "ProjectExport",
    "ProjectSettings",
    "QueryTag",
    "StoredImagePrediction",
    "StoredSuggestion",
    "Suggestion",
    "SuggestionQueryResult",
    "SuggestionQueryToken",
    "Tag",
    "TagPerformance",
]

TagType = Literal["Regular", "Negative"]
Classification = Literal["Multiclass", "Multilabel"]


class Answer(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Domain(Answer):
    """A kind of images, with what is trained for it."""

    id: str
    name: str
    type: Literal["Classification", "ObjectDetection"] = "Classification"
    exportable: bool
    enabled: bool = True
    exportable_platforms: list[str]


class ProjectSettings(Answer):
    """What a project is trained for."""

    domain_id: str
    classification_type: Classification
    target_export_platforms: list[str]
    use_negative_set: bool


class Project(Answer):
    """A project."""

    id: str
    name: str
    description: str
    settings: ProjectSettings
    created: datetime
    last_modified: datetime
    thumbnail_uri: str | None
    dr_mode_enabled: bool = False
    status: Literal["Succeeded", "Importing", "Failed"] = "Succeeded"


class ProjectExport(Answer):
    """What a token of a project lets one take along."""

    iteration_count: int
    image_count: int
    tag_count: int
    region_count: int = 0
    estimated_import_time: int = Field(alias="estimatedImportTimeInMS")
    token: str


class Tag(Answer):
    """A tag, with the number of its images."""

    id: str
    name: str
    description: str
    type: TagType
    image_count: int


class ImageTag(Answer):
    """A tag of an image."""

    tag_id: str
    tag_name: str
    created: datetime


class Image(Answer):
    """An image, with links under which it can be fetched without a key for a day."""

    id: str
    created: datetime
    width: int
    height: int
    resized_image_uri: str
    thumbnail_uri: str
    original_image_uri: str
    tags: list[ImageTag]
    metadata: dict[str, str]


class ImageCreateResult(Answer):
    """What became of one image of a batch."""

    source_url: str | None
    status: str
    image: Image | None


class ImageCreateSummary(Answer):
    """What became of a batch of images."""

    is_batch_successful: bool
    images: list[ImageCreateResult]


class ImageMetadataResult(Answer):
    """What became of the metadata of one image."""

    image_id: str
    status: Literal["OK", "ErrorImageNotFound", "ErrorLimitExceed"]
    metadata: dict[str, str]


class ImageMetadataSummary(Answer):
    """What became of the metadata of several images."""

    is_batch_successful: bool
    images: list[ImageMetadataResult]


class ImageTagPair(Answer):
    """An image and a tag."""

    image_id: str
    tag_id: str


class ImageTagSummary(Answer):
    """Which tags were given to which images, which they had, and which were one too many."""

    created: list[ImageTagPair]
    duplicated: list[ImageTagPair]
    exceeded: list[ImageTagPair]


class Iteration(Answer):
    """A training, and the model that came of it."""

    id: str
    name: str
    status: Literal["Training", "Completed", "Failed"]
    created: datetime
    last_modified: datetime
    trained_at: datetime | None
    project_id: str
    exportable: bool
    exportable_to: list[str]
    domain_id: str
    classification_type: Classification
    training_type: str
    reserved_budget_in_hours: int
    training_time_in_minutes: int
    publish_name: str | None
    original_publish_resource_id: str | None
    training_error_details: str | None


class TagPerformance(Answer):
    """How well one tag is found."""

    id: str
    name: str
    precision: float
    precision_std_deviation: float
    recall: float
    recall_std_deviation: float
    average_precision: float


class IterationPerformance(Answer):
    """How well an iteration finds its tags at a threshold, on images that it was not trained on."""

    per_tag_performance: list[TagPerformance]
    precision: float
    precision_std_deviation: float
    recall: float
    recall_std_deviation: float
    average_precision: float


class Prediction(Answer):
    """How probable a tag is."""

    probability: float
    tag_id: str
    tag_name: str
    tag_type: TagType


class ImagePrediction(Answer):
    """The tags of an image, the most probable first."""

    id: str
    project: str
    iteration: str
    created: datetime
    predictions: list[Prediction]


class ImagePerformance(Answer):
    """An image that an iteration was measured on, with its tags and what was predicted."""

    id: str
    created: datetime
    width: int
    height: int
    image_uri: str
    thumbnail_uri: str
    tags: list[ImageTag]
    predictions: list[Prediction]


class StoredImagePrediction(ImagePrediction):
    """A prediction that was kept, with links to its image."""

    resized_image_uri: str
    thumbnail_uri: str
    original_image_uri: str
    domain: str


class QueryTag(Answer):
    """A tag that was asked for, with the range of its probability."""

    id: str
    min_threshold: float = 0.0
    max_threshold: float = 1.0


class PredictionQueryToken(Answer):
    """What was asked for, with where to go on; no continuation: that was all."""

    session: str | None
    continuation: str | None
    max_count: int
    order_by: str
    tags: list[QueryTag]
    iteration_id: str | None
    start_time: datetime | None
    end_time: datetime | None
    application: str | None


class PredictionQueryResult(Answer):
    """A page of stored predictions."""

    token: PredictionQueryToken
    results: list[StoredImagePrediction]


class Suggestion(ImagePrediction):
    """What an iteration takes an untagged image for; 1 is as uncertain as can be."""

    prediction_uncertainty: float


class StoredSuggestion(Suggestion):
    """A suggestion that was kept, with links to its image."""

    width: int
    height: int
    resized_image_uri: str
    thumbnail_uri: str
    original_image_uri: str
    domain: str


class SuggestionQueryToken(Answer):
    """What was asked for, with where to go on; no continuation: that was all."""

    tag_ids: list[str]
    threshold: float
    session: str | None
    continuation: str | None
    max_count: int
    sort_by: str


class SuggestionQueryResult(Answer):
    """A page of suggestions."""

    token: SuggestionQueryToken
    results: list[StoredSuggestion]


class Export(Answer):
    """A model packed for another place."""

    platform: str
    status: Literal["Exporting", "Failed", "Done"]
    download_uri: str | None
    flavor: str | None
    newer_version_available: bool = False
