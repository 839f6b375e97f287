"""Images are classified, by the iteration that is published under a name or by any."""

# K classes

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response
from starlette.concurrency import run_in_threadpool

from fudemoji.server.api import shown
from fudemoji.server.context import Context
from fudemoji.server.models import Model
from fudemoji.server.store import predictions, tags
from fudemoji.server.store.probs import uncertainty
from fudemoji.server.store.tables import Prediction, Probs, now
from fudemoji.serving.bodies import Upload
from fudemoji.serving.errors import ApiError
from fudemoji.serving.pool import Answer, Outcome

__all__ = ["Asked", "OfIteration", "Published", "asked_by", "model_of", "predict", "told"]

Published = Annotated[str | None, Query(max_length=255, description="what is published under this name")]
OfIteration = Annotated[str | None, Query(description="this iteration; neither: the newest trained")]


@dataclass(frozen=True)
class Asked:
    """Who is to classify, and whether that is kept.

    Attributes:
        published: the name of a publication.
        iteration_id: of an iteration; neither: the newest that is trained.
        keep: the images and the answers.
        application: how the program that asks calls itself.
    """

    published: str | None
    iteration_id: str | None
    keep: bool
    application: str


def asked_by(
    published: Published = None,
    iteration_id: OfIteration = None,
    keep: Annotated[bool, Query(description="store the images with the answers")] = False,
    application: Annotated[str, Query(max_length=255, description="what your program calls itself")] = "",
) -> Asked:
    """The wish as the query of a request says it."""
    return Asked(published, iteration_id, keep, application)


async def model_of(
    context: Context, project_id: str, *, published: str | None, iteration_id: str | None
) -> Model:
    """The model that is published under a name, that of an iteration, or, where neither is named, the newest.

    Raises:
        ApiError: both are named, or there is no such model.
    """
    if published is not None and iteration_id is not None:
        raise ApiError(400, "BadRequest", "give either published or iteration_id")
    if published is not None:
        return await context.models.published(project_id, published)
    return await context.models.of_iteration(project_id, iteration_id)


async def predict(
    context: Context, project_id: str, asked: Asked, uploads: Sequence[Upload], *, url: str = ""
) -> shown.Predictions:
    """What the model takes images for.

    Raises:
        ApiError: there is no such model, too many wait, or the disk is full.
    """
    model = await model_of(context, project_id, published=asked.published, iteration_id=asked.iteration_id)
    outcomes = await context.pool.predict(model.run, [one.content for one in uploads])
    return await run_in_threadpool(_Teller(context, model, asked, url).all_told, uploads, outcomes)


def told(found: shown.Predictions, response: Response) -> shown.Predictions:
    """The same; the status says whether all images could be read."""
    response.status_code = 200 if all(one.prediction for one in found.images) else 207
    return found


@dataclass(frozen=True)
class _Teller:
    """Turns outcomes into answers."""

    context: Context
    model: Model
    asked: Asked
    url: str

    def all_told(self, uploads: Sequence[Upload], outcomes: Sequence[Outcome]) -> shown.Predictions:
        iteration = self.model.iteration
        with self.context.project(iteration.project_id, reads_only=True) as (session, project):
            names = tags.names(session, project)
        told = [self._told(*pair, names=names) for pair in zip(uploads, outcomes, strict=True)]
        return shown.Predictions(iteration_id=iteration.id, images=told)

    def _told(self, upload: Upload, outcome: Outcome, *, names: Mapping[str, str]) -> shown.Predicted:
        if not isinstance(outcome, Answer):
            refusal = shown.Refusal(code=outcome.code, message=str(outcome))
            return shown.Predicted(name=upload.name, prediction=None, refusal=refusal)
        probs = self.model.probs(outcome.probs_K)
        row = self._kept(upload.content, probs) if self.asked.keep else self._passing(probs)
        return shown.Predicted(name=upload.name, prediction=shown.Prediction.of(row, names), refusal=None)

    def _kept(self, content: bytes, probs: Probs) -> Prediction:
        with self.context.store.session() as session:
            return predictions.keep(
                session,
                self.context.store.blobs,
                self.model.iteration,
                content=content,
                probs=probs,
                application=self.asked.application,
                url=self.url,
            )

    def _passing(self, probs: Probs) -> Prediction:
        """As a row would be that nobody keeps."""
        return Prediction(
            iteration_id=self.model.iteration.id,
            created=now(),
            application=self.asked.application,
            url=self.url,
            probs=probs,
            uncertainty=uncertainty([prob for _, prob in probs], kind=self.model.iteration.kind),
        )
