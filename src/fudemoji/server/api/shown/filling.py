"""Fillings as the API answers them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from fudemoji.server.api.shown.base import Shown
from fudemoji.server.filling import MOST_PROBLEMS, FillingStatus, SourceKind

__all__ = ["Filling"]


class Source(Shown):
    """Where images come from."""

    kind: SourceKind
    name: str


class Problem(Shown):
    """A file that did not become an image of the project."""

    name: str
    message: str = Field(description="why")


class Filling(Shown):
    """A job that fills a project from an archive or a set."""

    id: str
    source: Source
    status: FillingStatus
    num_images: int | None = Field(description="in the source; null before it was looked into")
    num_done: int = Field(description="that were dealt with")
    num_new: int = Field(description="that became images of the project")
    num_known: int = Field(description="that the project had already")
    num_refused: int = Field(description="that could not be taken, and files that are no images")
    problems: list[Problem] = Field(description=f"the first {MOST_PROBLEMS} of those")
    note: str = Field(description="why it failed; else empty")
    can_go_on: bool = Field(description="whether it failed over something that may pass, and can be resumed")
    created: datetime
    ended: datetime | None
