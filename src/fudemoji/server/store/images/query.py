"""Which images of a project are meant, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, exists, func, select

from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import Image, ImageTag, Project

__all__ = ["ImageQuery", "among"]


@dataclass(frozen=True)
class ImageQuery:
    """Images of a project that are wanted; without any attribute, all of them.

    Attributes:
        tagged: True: with tags only; False: without only.
        tag_ids: with these tags only.
        match: whether any or all of `tag_ids` are to be there.
        where: more conditions on `Image`, all of which are to be true.
        newest_first: against the order in which they came, or in it.
    """

    tagged: bool | None = None
    tag_ids: Sequence[str] = ()
    match: Literal["any", "all"] = "any"
    where: Sequence[ColumnElement[bool]] = ()
    newest_first: bool = True

    def narrowed(self, *where: ColumnElement[bool]) -> ImageQuery:
        """The same with further conditions."""
        return replace(self, where=(*self.where, *where))

    def of(self, rows: Select[Any], project: Project) -> Select[Any]:
        """A selection from `Image`, of those that are wanted."""
        rows = rows.where(Image.project_id == project.id, *self.where)
        if self.tagged is not None:
            has_tags = exists().where(ImageTag.image_id == Image.id)
            rows = rows.where(has_tags if self.tagged else ~has_tags)
        wanted = {canonical(one) or "" for one in self.tag_ids}
        if wanted:
            with_them = select(ImageTag.image_id).where(ImageTag.tag_id.in_(wanted))
            if self.match == "all":
                with_them = with_them.group_by(ImageTag.image_id).having(func.count() == len(wanted))
            rows = rows.where(Image.id.in_(with_them))
        return rows

    def in_order(self, rows: Select[Any], project: Project) -> Select[Any]:
        """The same, sorted."""
        return self.of(rows, project).order_by(Image.id.desc() if self.newest_first else Image.id)


def among(image_ids: Iterable[str]) -> ColumnElement[bool]:
    """The condition that an image is one of these."""
    return Image.id.in_({canonical(one) or "" for one in image_ids})
