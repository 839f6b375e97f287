"""Images that a request brings, from wherever, become images of a project; each is told what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from starlette.responses import Response

from fudemoji.server.context import Context
from fudemoji.server.customvision import answers, asked, showing
from fudemoji.server.customvision.edge import at_most
from fudemoji.server.customvision.links import Linker
from fudemoji.server.store import images, predictions
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import Prediction
from fudemoji.serving.bodies import decode_base64
from fudemoji.serving.errors import ApiError
from fudemoji.serving.fetching import fetch
from fudemoji.serving.limits import Limits

__all__ = ["Gathered", "add", "check", "fetched", "of_file", "take"]

_FETCHED_AT_A_TIME = 8
_MULTI_STATUS = 207


@dataclass(frozen=True)
class Gathered:
    """An image that a request brings.

    Attributes:
        source: where it comes from, as the client called it.
        content: of its file; None where it could not be had.
        tag_ids: those that it is to have, beside those of its batch.
        status: why it could not be had.
    """

    source: str | None
    content: bytes | None
    tag_ids: Sequence[str] = ()
    status: str = "OK"


def check(context: Context, batch: asked.FileBatch | asked.UrlBatch | asked.PredictedBatch) -> None:
    """Nothing, where a batch is not too large and is about whole images.

    Raises:
        ApiError: it is too large, empty, or about regions.
    """
    at_most(context.settings.images_per_request, batch.images, what="images")
    at_most(context.settings.tags_per_request, batch.tag_ids or (), what="tags")
    if not batch.images:
        raise ApiError(400, "BadRequestImageBatch", "the batch holds no image")
    for one in batch.images:
        at_most(context.settings.tags_per_request, one.tag_ids or (), what="tags of an image")
        if one.regions:
            raise ApiError(
                400, "BadRequestNotSupported", "this server classifies whole images; leave out the regions"
            )


def of_file(entry: asked.FileEntry, *, limits: Limits) -> Gathered:
    """An image out of base64."""
    try:
        content = decode_base64(entry.contents, most=limits.image_bytes)
    except ApiError as error:
        return Gathered(entry.name, None, status=_status(error))
    return Gathered(entry.name, content, entry.tag_ids or ())


async def fetched(context: Context, entries: Sequence[asked.UrlEntry]) -> list[Gathered]:
    """The images at URLs, several at a time, in the order of the entries."""
    free = asyncio.Semaphore(_FETCHED_AT_A_TIME)
    limits, is_open = context.limits, context.settings.allow_private_urls

    async def one(entry: asked.UrlEntry) -> Gathered:
        async with free:
            try:
                content = await fetch(entry.url, most=limits.image_bytes, allow_private=is_open)
            except ApiError as error:
                return Gathered(entry.url, None, status=_status(error))
        return Gathered(entry.url, content, entry.tag_ids or ())

    return await asyncio.gather(*map(one, entries))


def add(
    context: Context,
    project_id: str,
    gathered: Sequence[Gathered],
    *,
    tag_ids: Sequence[str] = (),
    about: Mapping[str, str] | None = None,
    links: Linker,
) -> answers.ImageCreateSummary:
    """Add images to a project, in one transaction.

    Args:
        context: of the server.
        project_id: of the project.
        gathered: the images.
        tag_ids: that all of them are to have.
        about: metadata of all of them.
        links: to the images.

    Raises:
        ApiError: there is no such project, it would have too many images, or the metadata is too long.
    """
    entries = [
        images.Entry(one.content, one.source or "", [*tag_ids, *one.tag_ids])
        for one in gathered
        if one.content is not None
    ]
    context.check_room(project_id, len(entries))
    kept = images.keep(context.store.blobs, entries, limits=context.image_limits)
    with context.project(project_id) as (session, project):
        added = images.add(session, context.store.blobs, project, kept)
        for one in added:
            if one.image and about:
                images.update(session, one.image, about=about)
        return _summary(_results(gathered, added, links))


def take(
    context: Context, project_id: str, batch: asked.PredictedBatch, *, links: Linker
) -> answers.ImageCreateSummary:
    """Make stored predictions images of a project.

    Raises:
        ApiError: there is no such project.
    """
    ids = [canonical(one.id) or "" for one in batch.images]
    with context.project(project_id, reads_only=True) as (session, project):
        there = set(
            session.scalars(
                select(Prediction.id).where(Prediction.project_id == project.id, Prediction.id.in_(ids))
            )
        )
    wanted = {
        name: [*(batch.tag_ids or ()), *(one.tag_ids or ())]
        for name, one in zip(ids, batch.images, strict=True)
        if name in there
    }
    context.check_room(project_id, len(wanted))
    added = predictions.take_as_images(context.store, project_id, wanted, limits=context.image_limits)
    told = dict(zip(wanted, added, strict=True))
    if batch.metadata:
        with context.project(project_id) as (session, project):
            for image in images.find_all(session, project, [one.image.id for one in added if one.image]):
                images.update(session, image, about=batch.metadata)
    return _summary(
        [
            _result(None, told[name], links)
            if name in told
            else answers.ImageCreateResult(source_url=None, status="ErrorSource", image=None)
            for name in ids
        ]
    )


def told(summary: answers.ImageCreateSummary, response: Response) -> answers.ImageCreateSummary:
    """The summary, with the status of a batch of which some failed."""
    if not summary.is_batch_successful:
        response.status_code = _MULTI_STATUS
    return summary


def _summary(results: list[answers.ImageCreateResult]) -> answers.ImageCreateSummary:
    is_good = all(one.status in ("OK", "OKDuplicate") for one in results)
    return answers.ImageCreateSummary(is_batch_successful=is_good, images=results)


def _results(
    gathered: Sequence[Gathered], added: Iterable[images.Added], links: Linker
) -> list[answers.ImageCreateResult]:
    """What became of each image; `added` are those that could be had."""
    told = iter(added)
    return [
        _result(one.source, next(told), links)
        if one.content is not None
        else answers.ImageCreateResult(source_url=one.source, status=one.status, image=None)
        for one in gathered
    ]


def _result(source: str | None, added: images.Added, links: Linker) -> answers.ImageCreateResult:
    image = showing.image(added.image, links=links) if added.image else None
    return answers.ImageCreateResult(source_url=source, status=added.status, image=image)


def _status(error: ApiError) -> str:
    """What a batch calls an image that could not be had."""
    known = {"BadRequestImageSizeBytes": "ErrorImageSize", "BadRequestImageFormat": "ErrorImageFormat"}
    return known.get(error.code, "ErrorSource")
