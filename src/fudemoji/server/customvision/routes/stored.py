"""What was classified and kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, asked, showing
from fudemoji.server.customvision.edge import Ids, at_most, json_body, sent
from fudemoji.server.customvision.links import Links
from fudemoji.server.store import iterations, predictions, tags
from fudemoji.serving.errors import ApiError

__all__ = ["router"]

router = APIRouter(prefix="/projects/{project_id}/predictions", tags=["predictions"])

_ORDERS: dict[str, predictions.Order] = {"Newest": "newest", "Oldest": "oldest", "Suggested": "suggested"}


@router.post("/query", openapi_extra=json_body(asked.PredictionQuery))
def query_predictions(
    context: Current,
    *,
    project_id: str,
    links: Links,
    query: Annotated[asked.PredictionQuery, sent(asked.PredictionQuery)],
) -> answers.PredictionQueryResult:
    """Stored predictions, a page at a time: the answer's token asks for the next one."""
    with context.project(project_id, reads_only=True) as (session, project):
        page = predictions.select(session, project, _wanted(query))
        made_by = {
            one.id: (one, {tag.id: tag for tag in tags.of_iteration(session, one)})
            for one in (
                iterations.find(session, project, name)
                for name in {one.iteration_id for one in page.predictions}
            )
        }
        results = []
        for one in page.predictions:
            iteration, known = made_by[one.iteration_id]
            results.append(
                showing.stored_prediction(one, tags=known, domain_id=iteration.domain_id, links=links)
            )
    return answers.PredictionQueryResult(token=_token(query, page.continuation), results=results)


@router.delete("", status_code=204)
def delete_prediction(
    context: Current, *, project_id: str, ids: Annotated[Ids, Query(description="joined by commas")] = ()
) -> None:
    """Delete stored predictions, with their images."""
    at_most(64, ids, what="predictions")
    if not ids:
        raise ApiError(400, "BadRequestPredictionIdsMissing", "give the ids of the predictions to delete")
    with context.project(project_id) as (session, project):
        predictions.delete(session, project, ids)


def _wanted(query: asked.PredictionQuery) -> predictions.Query:
    return predictions.Query(
        order=_ORDERS[query.order_by],
        tags=[predictions.TagRange(one.id, one.min_threshold, one.max_threshold) for one in query.tags or ()],
        iteration_id=query.iteration_id,
        application=query.application,
        start=query.start_time,
        end=query.end_time,
        take=query.max_count,
        continuation=query.continuation or "",
    )


def _token(query: asked.PredictionQuery, continuation: str) -> answers.PredictionQueryToken:
    return answers.PredictionQueryToken(
        session=query.session,
        continuation=continuation or None,
        max_count=query.max_count,
        order_by=query.order_by,
        tags=[answers.QueryTag(**one.model_dump()) for one in query.tags or ()],
        iteration_id=query.iteration_id,
        start_time=query.start_time,
        end_time=query.end_time,
        application=query.application,
    )
