"""The tags of a project."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from fudemoji.server.context import Current
from fudemoji.server.customvision import answers, asked, showing, words
from fudemoji.server.customvision.edge import IterationId, json_body, sent
from fudemoji.server.store import iterations, tags

__all__ = ["router"]

router = APIRouter(prefix="/projects/{project_id}/tags", tags=["tags"])


@router.get("")
def get_tags(context: Current, *, project_id: str, iteration_id: IterationId = None) -> list[answers.Tag]:
    """All tags, or those that an iteration knows."""
    with context.project(project_id, reads_only=True) as (session, project):
        if iteration_id is None:
            found = tags.every(session, project)
        else:
            found = tags.of_iteration(session, iterations.find(session, project, iteration_id))
        counts = tags.counts(session, project)
        return [showing.tag(one, num_images=counts[one.id]) for one in found]


@router.post("")
def create_tag(
    context: Current,
    *,
    project_id: str,
    name: str,
    description: str = "",
    kind: Annotated[str, Query(alias="type", description="Regular or Negative")] = "Regular",
) -> answers.Tag:
    """A new tag."""
    with context.project(project_id) as (session, project):
        made = tags.create(session, project, name=name, description=description, kind=words.tag_kind(kind))
        return showing.tag(made, num_images=0)


@router.get("/{tag_id}")
def get_tag(
    context: Current, *, project_id: str, tag_id: str, iteration_id: IterationId = None
) -> answers.Tag:
    """One tag."""
    with context.project(project_id, reads_only=True) as (session, project):
        if iteration_id is not None:
            iterations.find(session, project, iteration_id)
        found = tags.find(session, project, tag_id)
        return showing.tag(found, num_images=tags.counts(session, project)[found.id])


@router.patch("/{tag_id}", openapi_extra=json_body(asked.TagUpdate))
def update_tag(
    context: Current,
    *,
    project_id: str,
    tag_id: str,
    update: Annotated[asked.TagUpdate, sent(asked.TagUpdate)],
) -> answers.Tag:
    """Another name, description or type; what is not given stays."""
    kind = None if update.type is None else words.tag_kind(update.type)
    with context.project(project_id) as (session, project):
        found = tags.find(session, project, tag_id)
        tags.update(session, project, found, name=update.name, description=update.description, kind=kind)
        return showing.tag(found, num_images=tags.counts(session, project)[found.id])


@router.delete("/{tag_id}", status_code=204)
def delete_tag(context: Current, *, project_id: str, tag_id: str) -> None:
    """Take a tag from the project and from all its images."""
    with context.project(project_id) as (session, project):
        tags.delete(session, tags.find(session, project, tag_id))
