"""The tables. What may be in them is said here; what is done with them, in the modules beside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from fudemoji.server.store.ids import new_id

__all__ = [
    "Base",
    "Export",
    "ExportStatus",
    "Identity",
    "Image",
    "ImageTag",
    "Import",
    "ImportedImage",
    "Iteration",
    "IterationStatus",
    "Key",
    "KeyKind",
    "Prediction",
    "Probs",
    "Project",
    "ProjectKind",
    "Publication",
    "Suggestion",
    "Tag",
    "TagKind",
    "now",
]

ProjectKind = Literal["multiclass", "multilabel"]
TagKind = Literal["regular", "negative"]
IterationStatus = Literal["queued", "training", "completed", "failed", "cancelled"]
ExportStatus = Literal["queued", "exporting", "done", "failed"]
KeyKind = Literal["training", "prediction"]

Probs = list[tuple[str, float]]  # tag ids and probabilities, the most probable first


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)


class Utc(TypeDecorator[datetime]):
    """Times in UTC, also in databases that know no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value else None


class Base(DeclarativeBase):
    """Ids are UUIDs that sort by age."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Utc,
        str: String(255),
        dict[str, Any]: JSON,
        list[str]: JSON,
        Probs: JSON,
        ProjectKind: String(16),
        TagKind: String(16),
        IterationStatus: String(16),
        ExportStatus: String(16),
        KeyKind: String(16),
    }


class Identity(Base):
    """One row: the id that the folder of this database knows too."""

    __tablename__ = "identity"

    id: Mapped[str] = mapped_column(primary_key=True)


class Project(Base):
    """A set of tagged images, and what was learned from it."""

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[ProjectKind]
    domain_id: Mapped[str]
    export_platforms: Mapped[list[str]] = mapped_column(default=list)
    created: Mapped[datetime] = mapped_column(default=now)
    last_modified: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Tag(Base):
    """A class of a project; negative: none of the others.

    Attributes:
        deleted_at: when it was deleted; the row stays, for the models that know the class.
    """

    __tablename__ = "tags"
    __table_args__ = (
        Index(
            "one_tag_of_a_name",
            "project_id",
            "name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[TagKind] = mapped_column(default="regular")
    created: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]


class Image(Base):
    """An image of a project; the same content is there once."""

    __tablename__ = "images"
    __table_args__ = (Unique("project_id", "sha256"), Index("images_by_age", "project_id", "id"))

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(Text, default="")
    format: Mapped[str] = mapped_column(String(16))  # as Pillow calls it
    width: Mapped[int]
    height: Mapped[int]
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what clients want to remember of it
    created: Mapped[datetime] = mapped_column(default=now)
    tags: Mapped[list[ImageTag]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="(ImageTag.created, ImageTag.tag_id)"
    )


class ImageTag(Base):
    """That an image has a tag."""

    __tablename__ = "image_tags"

    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[str] = mapped_column(
        ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created: Mapped[datetime] = mapped_column(default=now)
    tag: Mapped[Tag] = relationship()


class Import(Base):
    """That a project came from a Custom Vision service, or from another server.

    Attributes:
        source_id: of the project there.
        tag_ids: ids of our tags, by their ids there.
    """

    __tablename__ = "imports"
    __table_args__ = (Unique("project_id", "endpoint", "source_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(String(2048))
    source_id: Mapped[str]
    tag_ids: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[datetime] = mapped_column(default=now)


class ImportedImage(Base):
    """That an image came with an import; two that are one here may have been two there."""

    __tablename__ = "imported_images"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), index=True)


class Iteration(Base):
    """A training of a project, from the wish to the model.

    Attributes:
        number: counts the iterations of the project, from 1.
        settings: of the training, as flags of `fudemoji train`, on top of the recipe.
        fingerprint: of the images, their tags and the settings that it was trained on.
        tag_ids: in the order of the model's classes; empty before it is trained.
        note: why it failed, or what else is to be known.
        trained_at: when it was completed.
        seconds: that the training took.
    """

    __tablename__ = "iterations"
    __table_args__ = (Unique("project_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    name: Mapped[str]
    status: Mapped[IterationStatus] = mapped_column(default="queued", index=True)
    kind: Mapped[ProjectKind]
    domain_id: Mapped[str]
    training_type: Mapped[str] = mapped_column(String(16), default="Regular")
    budget_hours: Mapped[int] = mapped_column(default=0)
    recipe: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    tag_ids: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime] = mapped_column(default=now)
    last_modified: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    trained_at: Mapped[datetime | None]
    seconds: Mapped[float] = mapped_column(default=0.0)


class Publication(Base):
    """That an iteration answered, or answers, under a name; one at a time does."""

    __tablename__ = "publications"
    __table_args__ = (
        Index(
            "one_under_a_name",
            "project_id",
            "name",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    iteration_id: Mapped[str] = mapped_column(ForeignKey("iterations.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    resource: Mapped[str] = mapped_column(Text, default="")  # what a client gave as its prediction resource
    is_roll_back: Mapped[bool] = mapped_column(default=False)  # it came back for what followed it
    published_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]


class Prediction(Base):
    """An image that a client had classified, with the answer; it can become an image of the project.

    Attributes:
        uncertainty: as of a suggestion.
    """

    __tablename__ = "predictions"
    __table_args__ = (
        Index("predictions_by_age", "project_id", "id"),
        Index("predictions_by_uncertainty", "project_id", "uncertainty", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    iteration_id: Mapped[str] = mapped_column(ForeignKey("iterations.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    application: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(Text, default="")
    probs: Mapped[Probs]
    uncertainty: Mapped[float]
    created: Mapped[datetime] = mapped_column(default=now)


class Suggestion(Base):
    """What an iteration takes an untagged image for.

    Attributes:
        uncertainty: 0..1, the entropy of all probabilities over the greatest that so many classes can have.
    """

    __tablename__ = "suggestions"
    __table_args__ = (Index("suggestions_by_uncertainty", "iteration_id", "uncertainty", "image_id"),)

    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    iteration_id: Mapped[str] = mapped_column(
        ForeignKey("iterations.id", ondelete="CASCADE"), primary_key=True
    )
    probs: Mapped[Probs]
    uncertainty: Mapped[float]
    created: Mapped[datetime] = mapped_column(default=now)


class Export(Base):
    """A file for another place, made from an iteration."""

    __tablename__ = "exports"
    __table_args__ = (Unique("iteration_id", "platform", "flavor"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    iteration_id: Mapped[str] = mapped_column(ForeignKey("iterations.id", ondelete="CASCADE"), index=True)
    platform: Mapped[str] = mapped_column(String(32))
    flavor: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[ExportStatus] = mapped_column(default="queued")
    note: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime] = mapped_column(default=now)


class Key(Base):
    """A secret that opens an API; only its hash is kept.

    Attributes:
        project_id: the one project that it opens; None: all.
        sha256: of the secret, hexadecimal.
        hint: the secret's last characters, by which its owner knows it again.
    """

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    kind: Mapped[KeyKind]
    project_id: Mapped[str | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(8))
    created: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
