"""An image is classified, and kept with its answer if that is wanted."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fudemoji.server.context import Context
from fudemoji.server.models import Model
from fudemoji.server.store import predictions
from fudemoji.server.store.ids import new_id
from fudemoji.server.store.tables import Prediction, now
from fudemoji.serving.fetching import fetch
from fudemoji.serving.pool import ImageRefused

__all__ = ["answer", "answer_and_keep", "fetched"]


async def answer(context: Context, model: Model, content: bytes) -> Response:
    """The answer to an image that is forgotten then.

    Raises:
        ApiError: it is no image, or there are too many requests.
    """
    probs_K = await _probs(context, model, content)
    return _response(model, probs_K, prediction_id=new_id(), created=now())


async def answer_and_keep(
    context: Context, model: Model, content: bytes, *, application: str = "", url: str = ""
) -> Response:
    """The answer to an image that is on the disk with it when it is given.

    Args:
        context: of the server.
        model: that answers.
        content: of the image's file.
        application: how the program that asks calls itself.
        url: where the image was fetched.

    Raises:
        ApiError: it is no image, there are too many requests, or the disk is full.
    """
    probs_K = await _probs(context, model, content)

    def keep() -> Prediction:
        with context.store.session() as session:
            return predictions.keep(
                session,
                context.store.blobs,
                model.iteration,
                content=content,
                probs=model.probs(probs_K),
                application=application,
                url=url,
            )

    kept = await run_in_threadpool(keep)
    return _response(model, probs_K, prediction_id=kept.id, created=kept.created)


async def fetched(context: Context, url: str) -> bytes:
    """The image at a URL.

    Raises:
        ApiError: it is not to be had there, or the URL leads into a private network.
    """
    return await fetch(
        url, most=context.limits.image_bytes, allow_private=context.settings.allow_private_urls
    )


async def _probs(context: Context, model: Model, content: bytes) -> NDArray[np.float32]:
    outcome = (await context.pool.predict(model.run, [content]))[0]
    if isinstance(outcome, ImageRefused):
        raise outcome
    return outcome.probs_K


def _response(
    model: Model, probs_K: NDArray[np.float32], *, prediction_id: str, created: datetime
) -> Response:
    """Written by hand: a set of characters may have thousands of classes."""
    head = (
        f'{{"id":"{prediction_id}","project":"{model.iteration.project_id}","iteration":"{model.iteration.id}",'
        f'"created":"{created:%Y-%m-%dT%H:%M:%S.%fZ}","predictions":'
    )
    return Response(f"{head}{model.told(probs_K)}}}", media_type="application/json")
