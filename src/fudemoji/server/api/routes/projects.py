"""Projects."""

from __future__ import annotations

from fudemoji.server.api import shown
from fudemoji.server.api.asked import ProjectChange, ProjectWish
from fudemoji.server.api.routing import refusals, router_of
from fudemoji.server.context import AnyTrainingCaller, Current, TrainingCaller
from fudemoji.server.store import projects, tables
from fudemoji.server.trainings.domains import DOMAINS, GENERAL
from fudemoji.serving.errors import ApiError

__all__ = ["router"]

router = router_of("projects", prefix="/projects", caller=None)


@router.get("", response_model=list[shown.Project], summary="List the projects")
def get_projects(context: Current, caller: AnyTrainingCaller) -> list[tables.Project]:
    """All projects, the oldest first; with a key of one project, that one."""
    with context.store.session(reads_only=True) as session:
        return projects.every(session, only=caller.project_id)


@router.post("", status_code=201, response_model=shown.Project, summary="Make a project")
def create_project(context: Current, _caller: TrainingCaller, wish: ProjectWish) -> tables.Project:
    """A new project; its name is that of no other."""
    domain_id = _known(wish.domain_id) or GENERAL.id
    with context.store.session() as session:
        return projects.create(
            session, name=wish.name, description=wish.description, kind=wish.kind, domain_id=domain_id
        )


@router.get("/{project_id}", response_model=shown.Project, summary="One project")
def get_project(context: Current, _caller: TrainingCaller, project_id: str) -> tables.Project:
    """One project."""
    with context.project(project_id, reads_only=True) as (_session, project):
        return project


@router.patch("/{project_id}", response_model=shown.Project, summary="Change a project")
def update_project(
    context: Current, _caller: TrainingCaller, project_id: str, change: ProjectChange
) -> tables.Project:
    """Change what is given."""
    domain_id = _known(change.domain_id)
    with context.project(project_id) as (session, project):
        changes = {**change.model_dump(exclude={"domain_id"}), "domain_id": domain_id}
        return projects.update(session, project, **changes)


@router.delete(
    "/{project_id}", status_code=204, responses=refusals(409), summary="Delete a project with all that it has"
)
def delete_project(context: Current, _caller: TrainingCaller, project_id: str) -> None:
    """Delete a project with its images, tags, iterations, stored predictions and keys.

    Nothing of it may be published or under way.
    """
    with context.project(project_id) as (session, project):
        projects.delete(session, project)
    context.auth.forget()


def _known(domain_id: str | None) -> str | None:
    """The same, if there is such a domain.

    Raises:
        ApiError: there is none.
    """
    if domain_id is not None and domain_id not in DOMAINS:
        raise ApiError(404, "NotFoundDomain", "there is no such domain; /api/v1/about lists them")
    return domain_id
