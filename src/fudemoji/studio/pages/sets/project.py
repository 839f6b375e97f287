"""A project as the pages look at it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy.orm import Session

from fudemoji.data.readers.layout import class_named
from fudemoji.server.exploring import Comparison
from fudemoji.server.store import images, iterations, projects, tags
from fudemoji.server.store.images import ImageQuery
from fudemoji.server.store.tables import Image, Project
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.sets.subject import Alike, Facts, Group, Grouped, Kind, Seen

__all__ = ["ProjectSubject", "open_project"]

_TYPICAL = 40  # images that are shown of a form
_SECONDS = 1.5  # of one look at images
_SMALL, _LARGE = 128, 512  # pixels of a thumbnail


async def open_project(here: Here, project_id: str) -> tuple[Facts, ProjectSubject]:
    """A project and what is told of it.

    Raises:
        ApiError: there is none.
    """
    facts, project = await here.read(lambda session: _facts(session, project_id))
    return facts, ProjectSubject(here, project)


def _facts(session: Session, project_id: str) -> tuple[Facts, Project]:
    project = projects.find(session, project_id)
    counts = tags.counts(session, project)
    kinds = []
    for tag in tags.every(session, project):
        known = class_named(tag.name)
        name = known.romanisation if known.glyph else tag.name
        kinds.append(Kind(tag.id, name, known.glyph, {"": counts[tag.id]}))
    trained = [one for one in iterations.every(session, project) if one.status == "completed"]
    models = {one.id: one.name for one in reversed(trained)}
    num_untagged = images.count(session, project, ImageQuery(tagged=False))
    return Facts(project.name, project.description, tuple(kinds), num_untagged, models), project


class ProjectSubject:
    """A project.

    Args:
        here: the page.
        project: the project.
    """

    def __init__(self, here: Here, project: Project) -> None:
        self._here = here
        self._project = project

    async def sample(self, kind: Kind, *, take: int, seed: int) -> list[Seen]:
        """Some images of a tag, drawn at random."""

        def drawn(session: Session) -> list[Image]:
            ids = images.ids(session, self._project, ImageQuery(tag_ids=[kind.id], newest_first=False))
            rng = np.random.default_rng([seed, len(ids)])
            chosen = [ids[place] for place in sorted(rng.permutation(len(ids))[:take].tolist())]
            return _rows(session, self._project, chosen)

        return [self._seen(row) for row in await self._here.read(drawn)]

    async def alike(self, key: str, *, take: int, by: str) -> Alike:
        """Images that are like one, to a model or as pixels."""
        context, project = self._here.context, self._project
        own = await self._here.read(lambda session: images.find(session, project, key))
        how = Comparison(by or None, _SECONDS)
        found = await context.looks.neighbours(project.id, key, how, take=take)
        likeness = dict(found.found)
        rows = await self._here.read(lambda session: _rows(session, project, list(likeness)))
        alike = tuple(self._seen(row, likeness[row.id]) for row in rows)
        return Alike(self._seen(own), alike, found.by, found.num_images, found.total)

    async def forms(self, kind: Kind, *, count: int, by: str) -> Grouped:
        """The images of a tag by their form."""
        context, project = self._here.context, self._project
        how = Comparison(by or None, _SECONDS)
        found = await context.looks.forms(project.id, kind.id, how, count=count)
        shown = [one for group in found.groups for one in group[:_TYPICAL]]
        rows = await self._here.read(lambda session: _rows(session, project, shown))
        there = {row.id: self._seen(row) for row in rows}
        groups = tuple(
            Group(len(group), tuple(there[one] for one in group[:_TYPICAL] if one in there))
            for group in found.groups
        )
        return Grouped(groups, found.num_images, found.total)

    def _seen(self, row: Image, likeness: float | None = None) -> Seen:
        file = f"/api/v1/projects/{self._project.id}/images/{row.id}/thumbnail"
        small, large = f"{file}?size={_SMALL}", f"{file}?size={_LARGE}"
        return Seen(row.id, small, large, tuple(one.tag_id for one in row.tags), likeness=likeness)


def _rows(session: Session, project: Project, image_ids: Sequence[str]) -> list[Image]:
    """Those of the images that are there, in this order."""
    found = images.select(session, project, ImageQuery(where=[images.among(image_ids)]), take=len(image_ids))
    order = {image_id: place for place, image_id in enumerate(image_ids)}
    return sorted(found, key=lambda row: order[row.id])
