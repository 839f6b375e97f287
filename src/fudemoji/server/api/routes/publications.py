"""Publications: which iteration answers under which name."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from fudemoji.server.api import shown
from fudemoji.server.api.asked import Named, PublicationWish
from fudemoji.server.api.routing import router_of
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import iterations, publications, tables

__all__ = ["router"]

router = router_of("publications", prefix="/projects/{project_id}/publications", caller=training_caller)

Name = Annotated[str, Query(min_length=1, max_length=255)]


@router.get("", response_model=list[shown.Publication], summary="List what is published")
def get_publications(context: Current, project_id: str) -> list[tables.Publication]:
    """What answers now, the oldest first."""
    with context.project(project_id, reads_only=True) as (session, project):
        return sorted(publications.every(session, project).values(), key=lambda one: one.id)


@router.post("", status_code=201, response_model=shown.Publication, summary="Publish an iteration")
def publish(context: Current, project_id: str, wish: PublicationWish) -> tables.Publication:
    """Let a completed iteration answer under a name, from the next request on."""
    with context.project(project_id) as (session, project):
        iteration = iterations.find(session, project, wish.iteration_id)
        return publications.publish(session, project, iteration, name=wish.name, overwrite=wish.overwrite)


@router.delete("", status_code=204, summary="Unpublish")
def unpublish(context: Current, project_id: str, name: Name) -> None:
    """Let nothing answer under the name."""
    with context.project(project_id) as (session, project):
        publications.unpublish(session, project, publications.named(session, project, name))


@router.get("/history", response_model=list[shown.Publication], summary="What answered under a name")
def get_history(context: Current, project_id: str, name: Name) -> list[tables.Publication]:
    """What answers and answered under the name, the newest first."""
    with context.project(project_id, reads_only=True) as (session, project):
        return publications.history(session, project, name=name)


@router.post("/roll-back", response_model=shown.Publication, summary="Roll back")
def roll_back(context: Current, project_id: str, asked: Named) -> tables.Publication:
    """Let the iteration answer again that did under the name before; each further call goes back one more."""
    with context.project(project_id) as (session, project):
        return publications.roll_back(session, project, name=asked.name)
