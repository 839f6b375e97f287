"""Iterations: what came of trainings."""

from __future__ import annotations

from fudemoji.server.api import shown
from fudemoji.server.api.asked import Named
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import iterations, publications

__all__ = ["router"]

router = router_of("iterations", prefix="/projects/{project_id}/iterations", caller=training_caller)


@router.get("", summary="List the iterations")
def get_iterations(context: Current, project_id: str) -> list[shown.Iteration]:
    """All iterations, the oldest first."""
    with context.project(project_id, reads_only=True) as (session, project):
        published = publications.every(session, project)
        found = iterations.every(session, project)
        return [shown.Iteration.of(one, published.get(one.id)) for one in found]


@router.get("/{iteration_id}", summary="One iteration")
def get_iteration(context: Current, project_id: str, iteration_id: str) -> shown.Iteration:
    """One iteration."""
    with context.project(project_id, reads_only=True) as (session, project):
        found = iterations.find(session, project, iteration_id)
        return shown.Iteration.of(found, publications.current(session, found))


@router.patch("/{iteration_id}", summary="Rename an iteration")
def rename_iteration(context: Current, project_id: str, iteration_id: str, asked: Named) -> shown.Iteration:
    """Another name, which no other iteration of the project has."""
    with context.project(project_id) as (session, project):
        found = iterations.find(session, project, iteration_id)
        iterations.rename(session, project, found, name=asked.name)
        return shown.Iteration.of(found, publications.current(session, found))


@router.delete("/{iteration_id}", status_code=204, responses=refusals(409), summary="Delete an iteration")
def delete_iteration(context: Current, project_id: str, iteration_id: str) -> None:
    """Delete an iteration with its model; it may not be published, or under way."""
    with context.project(project_id) as (session, project):
        iterations.delete(session, project, iterations.find(session, project, iteration_id))
