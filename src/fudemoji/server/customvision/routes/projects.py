"""Projects, and copies of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from fudemoji.server.context import AnyTrainingCaller, Current, training_caller
from fudemoji.server.customvision import answers, asked, domains, platforms, showing, words
from fudemoji.server.customvision.edge import Ids, json_body, sent
from fudemoji.server.customvision.links import Links
from fudemoji.server.store import copying, images, projects, tags
from fudemoji.server.store.tables import Project
from fudemoji.serving.errors import ApiError

__all__ = ["router"]

router = APIRouter(prefix="/projects", tags=["projects"])
_WITH_KEY = [Depends(training_caller)]  # of the project in the path, or of all where it names none


def _refuse_options(options: Annotated[asked.CreateProjectOptions, sent(asked.CreateProjectOptions)]) -> None:
    if options.export_model_container_uri or options.notification_queue_uri:
        raise ApiError(
            400,
            "BadRequestNotSupported",
            "this server writes to no Azure storage; leave out exportModelContainerUri and notificationQueueUri",
        )


@router.get("")
def get_projects(context: Current, caller: AnyTrainingCaller, links: Links) -> list[answers.Project]:
    """The projects that the key opens."""
    with context.store.session(reads_only=True) as session:
        return [_shown(session, one, links) for one in projects.every(session, only=caller.project_id)]


@router.post(
    "",
    dependencies=[*_WITH_KEY, Depends(_refuse_options)],
    openapi_extra=json_body(asked.CreateProjectOptions),
)
def create_project(
    context: Current,
    *,
    links: Links,
    name: str,
    description: str = "",
    domain_id: Annotated[str, Query(alias="domainId")] = domains.GENERAL.id,
    classification_type: Annotated[str, Query(alias="classificationType")] = "Multiclass",
    target_export_platforms: Annotated[Ids, Query(alias="targetExportPlatforms")] = (),
) -> answers.Project:
    """A new project."""
    with context.store.session() as session:
        made = projects.create(
            session,
            name=name,
            description=description,
            kind=words.project_kind(classification_type),
            domain_id=domains.find(domain_id).id,
            export_platforms=platforms.named(target_export_platforms),
        )
        return _shown(session, made, links)


@router.post("/import", dependencies=_WITH_KEY)
def import_project(context: Current, links: Links, token: str, name: str | None = None) -> answers.Project:
    """A copy of the project that a token of `export_project` stands for."""
    project_id = links.signer.read_token(token)
    with context.project(project_id) as (session, project):
        return _shown(session, copying.copy(session, project, name=name), links)


@router.get("/{project_id}", dependencies=_WITH_KEY)
def get_project(context: Current, *, project_id: str, links: Links) -> answers.Project:
    """One project."""
    with context.project(project_id, reads_only=True) as (session, project):
        return _shown(session, project, links)


@router.patch("/{project_id}", dependencies=_WITH_KEY, openapi_extra=json_body(asked.ProjectUpdate))
def update_project(
    context: Current,
    *,
    project_id: str,
    links: Links,
    update: Annotated[asked.ProjectUpdate, sent(asked.ProjectUpdate)],
) -> answers.Project:
    """Another name, description, domain or type; what is not given stays."""
    settings = update.settings or asked.SettingsUpdate()
    domain, kind = settings.domain_id, settings.classification_type
    offered = settings.target_export_platforms
    with context.project(project_id) as (session, project):
        projects.update(
            session,
            project,
            name=update.name,
            description=update.description,
            kind=None if kind is None else words.project_kind(kind),
            domain_id=None if domain is None else domains.find(domain).id,
            export_platforms=None if offered is None else platforms.named(offered),
        )
        return _shown(session, project, links)


@router.delete("/{project_id}", status_code=204, dependencies=_WITH_KEY)
def delete_project(context: Current, *, project_id: str) -> None:
    """Delete a project with all that belongs to it."""
    with context.project(project_id) as (session, project):
        projects.delete(session, project)


@router.get("/{project_id}/export", dependencies=_WITH_KEY)
def export_project(context: Current, *, project_id: str, links: Links) -> answers.ProjectExport:
    """A token that lets whoever may create projects here copy this one: its settings, tags and images."""
    with context.project(project_id, reads_only=True) as (session, project):
        num_images = images.count(session, project)
        return answers.ProjectExport(
            iteration_count=0,
            image_count=num_images,
            tag_count=len(tags.every(session, project)),
            estimated_import_time=num_images // 10,
            token=links.signer.token(project.id),
        )


def _shown(session: Session, project: Project, links: Links) -> answers.Project:
    first = images.select(session, project, images.ImageQuery(newest_first=False), take=1)
    return showing.project(
        project, tags=tags.every(session, project), first=first[0] if first else None, links=links
    )
