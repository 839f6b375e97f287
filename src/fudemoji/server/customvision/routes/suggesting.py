"""What an iteration takes the untagged images for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, asked, showing, suggesting
from fudemoji.server.customvision.edge import ImageIds, at_most, json_body, sent
from fudemoji.server.customvision.links import Links
from fudemoji.server.models import Model
from fudemoji.server.store import iterations, suggestions, tags

__all__ = ["router"]

router = APIRouter(prefix="/projects/{project_id}", tags=["suggestions"])

Known = Annotated[str, Query(alias="iterationId")]


async def _model(context: Current, *, project_id: str, iteration_id: Known) -> Model:
    return await context.models.of_iteration(project_id, iteration_id)


@router.post("/images/suggested", openapi_extra=json_body(asked.SuggestionQuery))
def query_suggested_images(
    context: Current,
    *,
    project_id: str,
    links: Links,
    iteration_id: Known,
    query: Annotated[asked.SuggestionQuery, sent(asked.SuggestionQuery)],
) -> answers.SuggestionQueryResult:
    """Untagged images that were taken for one of these tags, a page at a time."""
    skip = query.place
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        found = suggestions.select(
            session,
            iteration,
            tag_ids=query.tag_ids or (),
            threshold=query.threshold,
            most_uncertain_first=query.sort_by == "UncertaintyDescending",
            take=query.max_count + 1,
            skip=skip,
        )
        known = {tag.id: tag for tag in tags.of_iteration(session, iteration)}
        results = [
            showing.stored_suggestion(one, iteration, tags=known, links=links)
            for one in found[: query.max_count]
        ]
    has_more = len(found) > query.max_count
    token = answers.SuggestionQueryToken(
        **query.model_dump(exclude={"continuation", "tag_ids"}),
        tag_ids=query.tag_ids or [],
        continuation=str(skip + query.max_count) if has_more else None,
    )
    return answers.SuggestionQueryResult(token=token, results=results)


@router.post("/images/suggested/count", openapi_extra=json_body(asked.TagFilter))
def query_suggested_image_count(
    context: Current,
    *,
    project_id: str,
    iteration_id: Known,
    query: Annotated[asked.TagFilter, sent(asked.TagFilter)],
) -> dict[str, int]:
    """How many untagged images were taken for each of these tags, of all where none is named."""
    with context.project(project_id, reads_only=True) as (session, project):
        iteration = iterations.find(session, project, iteration_id)
        wanted = query.tag_ids or [tag.id for tag in tags.of_iteration(session, iteration)]
        return suggestions.count(session, iteration, tag_ids=wanted, threshold=query.threshold)


@router.post("/tagsandregions/suggestions")
async def suggest_tags_and_regions(
    context: Current, *, project_id: str, model: Annotated[Model, Depends(_model)], image_ids: ImageIds = ()
) -> list[answers.Suggestion]:
    """What an iteration takes these images for; for untagged ones it is kept, and can be queried."""
    at_most(64, image_ids, what="images")
    return await suggesting.suggest(context, project_id, model, image_ids)
