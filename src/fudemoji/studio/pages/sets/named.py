"""A named set as the pages look at it."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from fudemoji.data import named_set
from fudemoji.server.exploring import Opened
from fudemoji.serving.errors import ApiError
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.sets.subject import Alike, Facts, Group, Grouped, Kind, Seen
from fudemoji.studio.words import SET_TITLES

__all__ = ["NamedSubject", "open_named"]

_TYPICAL = 40  # images that are shown of a form
_SHARP_SIDE = 64  # pixels


async def open_named(here: Here, name: str) -> tuple[Facts, NamedSubject]:
    """A named set and what is told of it; reading it may take seconds.

    Raises:
        ApiError: there is none, or its files are not here.
    """
    opened = await run_in_threadpool(here.context.sets.open, name)
    catalogued = named_set(name)
    counts = opened.counts()
    kinds = tuple(
        Kind(
            id=one.id,
            name=one.romanisation or one.id,
            glyph=one.glyph,
            counts={split: int(count_K[label]) for split, count_K in counts.items()},
        )
        for label, one in enumerate(opened.data.classes)
    )
    about = " · ".join((here.say(SET_TITLES[name]), catalogued.credit, catalogued.licence))
    sharp = max(opened.data.image_size) <= _SHARP_SIDE
    return Facts(name, about, kinds, sharp=sharp), NamedSubject(name, opened)


class NamedSubject:
    """A named set.

    Args:
        name: of the set.
        opened: what it holds.
    """

    def __init__(self, name: str, opened: Opened) -> None:
        self._name = name
        self._opened = opened

    async def sample(self, kind: Kind, *, take: int, seed: int) -> list[Seen]:
        """Some images of a class, drawn at random."""
        label = self._opened.label_of(kind.id)
        places = await run_in_threadpool(self._opened.sample, label, take=take, seed=seed)
        return [self._seen(place) for place in places]

    async def alike(self, key: str, *, take: int, by: str) -> Alike:  # noqa: ARG002 - there is no model
        """Images whose pixels are like those of one."""
        if not key.isdecimal() or int(key) >= len(self._opened.data):
            raise ApiError(404, "NotFoundImage", "the set has no such image")
        found = await run_in_threadpool(self._opened.neighbours, int(key), take=take)
        total = len(self._opened.data)
        alike = tuple(self._seen(place, likeness) for place, likeness in found)
        return Alike(self._seen(int(key)), alike, "pixels", total, total)

    async def forms(self, kind: Kind, *, count: int, by: str) -> Grouped:  # noqa: ARG002 - there is no model
        """The images of a class by their form."""
        found = await run_in_threadpool(self._opened.forms, self._opened.label_of(kind.id), count=count)
        groups = tuple(
            Group(len(form.places), tuple(self._seen(place) for place in form.places[:_TYPICAL].tolist()))
            for form in found
        )
        num_images = sum(group.num_images for group in groups)
        return Grouped(groups, num_images, num_images)

    def _seen(self, place: int, likeness: float | None = None) -> Seen:
        opened, src = self._opened, f"/api/v1/sets/{self._name}/images/{place}/file"
        return Seen(
            key=str(place),
            src=src,
            large=src,
            kinds=(opened.data.classes[int(opened.data.labels[place])].id,),
            split=opened.splits[opened.split_N[place]],
            likeness=likeness,
        )
