"""What clients send as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from fudemoji.server.store.tables import KeyKind, ProjectKind, TagKind

__all__ = [
    "Confirmation",
    "ExportWish",
    "FillingWish",
    "KeyWish",
    "Named",
    "PlaceOfImage",
    "ProjectChange",
    "ProjectWish",
    "PublicationWish",
    "StoredTags",
    "TagChange",
    "TagWish",
    "Tagging",
    "TrainingWish",
]

Name = Annotated[str, Field(min_length=1, max_length=255)]
Description = Annotated[str, Field(max_length=10_000)]
Ids = Annotated[list[str], Field(min_length=1, max_length=256)]


class Asked(BaseModel):
    """A body; what is not known in it is refused, so that a slip of the pen is not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProjectWish(Asked):
    """A project that is to be."""

    name: Name = Field(examples=["seals"])
    description: Description = ""
    kind: ProjectKind = "multiclass"
    domain_id: str | None = Field(None, description="see /about; usually the general one")


class ProjectChange(Asked):
    """A project as it is to be; what is missing stays."""

    name: Name | None = None
    description: Description | None = None
    kind: ProjectKind | None = None
    domain_id: str | None = None


class FillingWish(Asked):
    """A named set that a project is to be filled from."""

    set: Annotated[str, Field(max_length=32, description="as `fudemoji data list` has it", examples=["kana"])]
    per_class: int | None = Field(
        None, ge=1, le=100_000, description="images of each class at most; null: all", examples=[2]
    )


class TagWish(Asked):
    """A tag that is to be."""

    name: Name = Field(examples=["あ"])
    description: Description = ""
    kind: TagKind = "regular"


class TagChange(Asked):
    """A tag as it is to be; what is missing stays."""

    name: Name | None = None
    description: Description | None = None
    kind: TagKind | None = None


class Tagging(Asked):
    """Tags that images are to have."""

    image_ids: Ids
    tag_ids: Annotated[list[str], Field(min_length=1, max_length=20)]
    replace: bool = Field(False, description="tags that cannot stand beside the new ones give way")


class Confirmation(Asked):
    """Images whose suggested tags are right."""

    image_ids: Ids
    least: float = Field(0.5, ge=0.5, le=1, description="of the certainty that each has to have still")


class TrainingWish(Asked):
    """How to train; whatever is missing follows from the project's domain and images."""

    recipe: str | None = Field(None, description="see /about", examples=["quick"])
    settings: dict[str, Any] = Field(
        {}, description="on top of the recipe; see /about for those that can be set", examples=[{"epochs": 5}]
    )
    budget_hours: int = Field(
        0, ge=0, le=96, description="hours that the training may take; 0: a regular one"
    )
    force: bool = Field(False, description="train even if nothing has changed since the last training")
    queues: bool = Field(
        False, description="wait behind a training of the project that is under way, instead of being refused"
    )


class Named(Asked):
    """A name."""

    name: Name


class PublicationWish(Asked):
    """An iteration that is to answer under a name."""

    name: Name = Field(examples=["reader"])
    iteration_id: str
    overwrite: bool = Field(False, description="an iteration that has the name gives way")


class PlaceOfImage(Asked):
    """Where an image lies."""

    url: Annotated[str, Field(max_length=8192, examples=["https://example.org/seal.png"])]


class StoredTags(Asked):
    """Stored predictions that are to become images of the project, and the ids of the tags that each is to have."""

    predictions: dict[str, list[str]] = Field(min_length=1, max_length=64)


class ExportWish(Asked):
    """What a model is to be packed for."""

    platform: Annotated[str, Field(max_length=32, description="see /about", examples=["ONNX"])]
    flavor: Annotated[str, Field(max_length=32)] = ""


class KeyWish(Asked):
    """A key that is to be."""

    name: Name = Field(examples=["the reading room"])
    kind: KeyKind = "training"
    project_id: str | None = Field(None, description="the one project that it opens; null: all")
