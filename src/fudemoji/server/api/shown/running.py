"""The server itself, and its keys, as the API answers them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from fudemoji.server.api.shown.base import Shown
from fudemoji.server.store import tables

__all__ = ["About", "Domain", "Key", "Limits", "NewKey"]


class Domain(Shown):
    """What a project can be for."""

    id: str
    name: str


class Limits(Shown):
    """What the server takes."""

    image_bytes: int
    image_side: int
    archive_bytes: int
    images_per_request: int
    images_per_project: int
    min_tags: int
    min_images_per_tag: int
    requests_per_second: float


class About(Shown):
    """What a server is, and what can be asked of it."""

    version: str
    domains: list[Domain]
    recipes: list[str] = Field(description="of trainings")
    exports: dict[str, list[str]] = Field(
        description="platforms that models are packed for, with their flavors"
    )
    settings: list[str] = Field(description="that a training takes on top of its recipe")
    limits: Limits


class Key(Shown):
    """A secret that opens the APIs; only its hash is kept."""

    id: str
    name: str
    kind: tables.KeyKind
    project_id: str | None = Field(description="the one project that it opens; null: all")
    hint: str = Field(description="the last characters of the secret")
    created: datetime
    revoked_at: datetime | None


class NewKey(Key):
    """A key that was just made."""

    secret: str = Field(description="shown this once")
