"""How the images of projects look to a model, or as pixels: looked at when they are first compared, then kept."""

# N images, D features

from __future__ import annotations

import asyncio
import io
import time
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from fudemoji.errors import DataError
from fudemoji.server.exploring.alike import MOST_GROUPED, Form, forms, nearest, unit
from fudemoji.server.store import Store, images, iterations, projects, tags
from fudemoji.server.store.tables import Image, ImageTag, Project
from fudemoji.serving.errors import ApiError
from fudemoji.serving.pool import Pool

__all__ = ["By", "Comparison", "Forms", "Looks", "Neighbours"]

By = Literal["model", "pixels"]
_AT_ONCE = 64  # images
_SIDE = 16  # pixels, of what is compared without a model
_KEPT = 400 * 2**20  # bytes of all looks
_THUMBNAIL = 64

_CHUNK = 4096
_LEAST_DEVIATION = 1e-3

Look = NDArray[np.uint8] | NDArray[np.float16]
_Known = dict[str, Look | None]


@dataclass(frozen=True)
class Neighbours:
    """Images that are like one.

    Attributes:
        by: what they were compared by.
        num_images: images that have been looked at so far, and compared.
        total: images of the project.
        found: ids and likeness, the most alike first.
    """

    by: By
    num_images: int
    total: int
    found: list[tuple[str, float]]


@dataclass(frozen=True)
class Forms:
    """The images of a tag by their form.

    Attributes:
        by: what they were compared by.
        num_images: of the tag that have been looked at so far.
        total: images of the tag, `MOST_GROUPED` at most.
        groups: ids of the images of each form, the most typical first; the largest form first.
    """

    by: By
    num_images: int
    total: int
    groups: list[list[str]]


@dataclass(frozen=True)
class Comparison:
    """How images are compared, and how long one waits for it.

    Each call looks at more of the images, until all have been.

    Attributes:
        iteration_id: the trained iteration whose model compares; None: pixels.
        seconds: after which there is an answer with what has been looked at.
    """

    iteration_id: str | None = None
    seconds: float = 5.0


@dataclass(frozen=True)
class _Seen:
    """What has been looked at of the images that are wanted.

    Attributes:
        num_images: of them, readable or not.
        looks: of those that can be read, by their ids.
    """

    num_images: int
    looks: dict[str, Look]


class Looks:
    """The looks of images by model and content, in memory; what is lost is looked at again.

    Args:
        store: of the images.
        pool: of the models.
    """

    def __init__(self, store: Store, pool: Pool) -> None:
        self._store = store
        self._pool = pool
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def neighbours(self, project_id: str, image_id: str, how: Comparison, *, take: int) -> Neighbours:
        """The images of a project that are most like one, among those that could be looked at in time.

        Args:
            project_id: the project.
            image_id: the image that others are compared with; it is looked at in any case.
            how: they are compared.
            take: so many at most.

        Raises:
            ApiError: there is no such project, image or iteration, or it is not trained, or the image is unreadable.
        """
        own, every, model = await run_in_threadpool(self._images, project_id, how.iteration_id, image_id)
        wanted = {own[0]: own[1], **every}  # the image itself is looked at first
        seen = await self._look(wanted, model, seconds=how.seconds)
        if own[0] not in seen.looks:
            raise ApiError(400, "BadRequestImageFormat", "the image cannot be read")
        likeness_N = await run_in_threadpool(_likeness, list(seen.looks.values()), centred=not model)
        ids = list(seen.looks)
        found = [(ids[place], likeness) for place, likeness in nearest(likeness_N, but=0, take=take)]
        return Neighbours("model" if model else "pixels", seen.num_images, len(wanted), found)

    async def forms(self, project_id: str, tag_id: str, how: Comparison, *, count: int) -> Forms:
        """The images of a tag by their form; of more than `MOST_GROUPED` the first that came.

        The arguments and errors are those of `neighbours`, `count` that of `alike.forms`.
        """
        wanted, model = await run_in_threadpool(self._members, project_id, how.iteration_id, tag_id)
        seen = await self._look(wanted, model, seconds=how.seconds)
        found = await run_in_threadpool(_grouped, list(seen.looks.values()), count=count, centred=not model)
        ids = list(seen.looks)
        groups = [[ids[place] for place in form.places] for form in found]
        return Forms("model" if model else "pixels", seen.num_images, len(wanted), groups)

    def _images(
        self, project_id: str, iteration_id: str | None, image_id: str
    ) -> tuple[tuple[str, str], dict[str, str], str]:
        """Id and SHA-256 of an image, and those of all images of the project, and the id of the iteration."""
        with self._store.session(reads_only=True) as session:
            project = projects.find(session, project_id)
            own = images.find(session, project, image_id)
            model = _model(session, project, iteration_id)
            rows = session.execute(select(Image.id, Image.sha256).where(Image.project_id == project.id))
            return (own.id, own.sha256), {row.id: row.sha256 for row in rows}, model

    def _members(self, project_id: str, iteration_id: str | None, tag_id: str) -> tuple[dict[str, str], str]:
        """Id and SHA-256 of the images of a tag, and the id of the iteration."""
        with self._store.session(reads_only=True) as session:
            project = projects.find(session, project_id)
            tag = tags.find(session, project, tag_id)
            model = _model(session, project, iteration_id)
            query = select(Image.id, Image.sha256).join(ImageTag, ImageTag.image_id == Image.id)
            query = query.where(ImageTag.tag_id == tag.id).order_by(Image.id).limit(MOST_GROUPED)
            return {row.id: row.sha256 for row in session.execute(query)}, model

    async def _look(self, wanted: Mapping[str, str], model: str, *, seconds: float) -> _Seen:
        """The looks of images, given with the SHA-256 of their files, as far as the time allows."""
        deadline = time.monotonic() + seconds
        known = self._known.setdefault(model, {})
        self._known.move_to_end(model)
        async with self._locks[model]:
            missing = [one for one in dict.fromkeys(wanted.values()) if one not in known]
            for start in range(0, len(missing), _AT_ONCE):
                known.update(await self._looked_at(missing[start : start + _AT_ONCE], model))
                if time.monotonic() > deadline:
                    break
        self._drop_old()
        looks = {one: look for one, sha256 in wanted.items() if (look := known.get(sha256)) is not None}
        return _Seen(sum(sha256 in known for sha256 in wanted.values()), looks)

    async def _looked_at(self, sha256s: list[str], model: str) -> _Known:
        if not model:
            return await run_in_threadpool(self._pixels, sha256s)
        contents = await run_in_threadpool(self._contents, sha256s)
        found = await self._pool.features(self._store.runs / model, list(contents.values()))
        looks: _Known = dict.fromkeys(sha256s)
        for sha256, look in zip(contents, found, strict=True):
            if isinstance(look, np.ndarray):
                looks[sha256] = look.astype(np.float16)
        return looks

    def _contents(self, sha256s: list[str]) -> dict[str, bytes]:
        found = {}
        for sha256 in sha256s:
            with suppress(ApiError):  # deleted meanwhile
                found[sha256] = self._store.blobs.read(sha256)
        return found

    def _pixels(self, sha256s: list[str]) -> _Known:
        """Colours of 16 x 16 squares."""
        found: _Known = {}
        for sha256 in sha256s:
            found[sha256] = None
            with suppress(ApiError, DataError, OSError):
                drawn = self._store.thumbnails.of(sha256, size=_THUMBNAIL)
                with Pillow.open(io.BytesIO(drawn.content)) as picture:
                    small = picture.convert("RGB").resize((_SIDE, _SIDE), Pillow.Resampling.BOX)
                found[sha256] = np.asarray(small).reshape(-1)
        return found

    def _drop_old(self) -> None:
        """Forget the looks that were not asked for longest, where all take too much memory."""
        while len(self._known) > 1 and sum(map(_size, self._known.values())) > _KEPT:
            self._known.popitem(last=False)


def _size(looks: _Known) -> int:
    row = next((look for look in looks.values() if look is not None), None)
    return len(looks) * (200 + (0 if row is None else row.nbytes))


def _model(session: Session, project: Project, iteration_id: str | None) -> str:
    """The id of a trained iteration; empty for none."""
    if iteration_id is None:
        return ""
    iteration = iterations.find(session, project, iteration_id)
    iterations.check_completed(iteration)
    return iteration.id


def _likeness(looks: list[Look], *, centred: bool) -> NDArray[np.float32]:
    """How much each is like the first; `centred` as of `unit`, for pixels."""
    mean_D, scale_D = _usual(looks, of_pixels=centred)

    def rows(part: list[Look]) -> NDArray[np.float32]:
        return unit((np.stack(part).astype(np.float32) - mean_D) / scale_D, centred=centred)

    one_D = rows(looks[:1])[0]
    return np.concatenate([rows(looks[at : at + _CHUNK]) @ one_D for at in range(0, len(looks), _CHUNK)])


def _grouped(looks: list[Look], *, count: int, centred: bool) -> list[Form]:
    if not looks:
        return []
    mean_D, scale_D = _usual(looks, of_pixels=centred)
    rows_ND = (np.stack(looks).astype(np.float32) - mean_D) / scale_D
    return forms(unit(rows_ND, centred=centred), count=count)


def _usual(looks: list[Look], *, of_pixels: bool) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and deviation of each feature, so that what all images share makes none alike; 0 and 1 of pixels."""
    mean_D = np.zeros(looks[0].shape, dtype=np.float32)
    if of_pixels:
        return mean_D, np.ones_like(mean_D)
    square_D = mean_D.astype(np.float64)
    for look in looks:
        mean_D += look
        square_D += look.astype(np.float64) ** 2
    mean_D /= np.float32(len(looks))
    deviation_D = np.sqrt(np.maximum(square_D / len(looks) - mean_D.astype(np.float64) ** 2, 0))
    return mean_D, np.maximum(deviation_D, _LEAST_DEVIATION).astype(np.float32)
