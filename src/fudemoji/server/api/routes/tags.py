"""Tags."""

from __future__ import annotations

from fudemoji.server.api import shown
from fudemoji.server.api.asked import TagChange, TagWish
from fudemoji.server.api.routing import router_of
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import tags

__all__ = ["router"]

router = router_of("tags", prefix="/projects/{project_id}/tags", caller=training_caller)


@router.get("", summary="List the tags")
def get_tags(context: Current, project_id: str) -> list[shown.Tag]:
    """All tags, the oldest first."""
    with context.project(project_id, reads_only=True) as (session, project):
        counts = tags.counts(session, project)
        return [shown.Tag.of(tag, num_images=counts[tag.id]) for tag in tags.every(session, project)]


@router.post("", status_code=201, summary="Make a tag")
def create_tag(context: Current, project_id: str, wish: TagWish) -> shown.Tag:
    """A new tag; its name is that of no other in the project, and one tag at most is negative."""
    with context.project(project_id) as (session, project):
        tag = tags.create(session, project, name=wish.name, description=wish.description, kind=wish.kind)
        return shown.Tag.of(tag, num_images=0)


@router.get("/{tag_id}", summary="One tag")
def get_tag(context: Current, project_id: str, tag_id: str) -> shown.Tag:
    """One tag."""
    with context.project(project_id, reads_only=True) as (session, project):
        tag = tags.find(session, project, tag_id)
        return shown.Tag.of(tag, num_images=tags.counts(session, project)[tag.id])


@router.patch("/{tag_id}", summary="Change a tag")
def update_tag(context: Current, project_id: str, tag_id: str, change: TagChange) -> shown.Tag:
    """Change what is given; a new name is that of the class in all models too."""
    with context.project(project_id) as (session, project):
        tag = tags.find(session, project, tag_id)
        tags.update(session, project, tag, name=change.name, description=change.description, kind=change.kind)
        return shown.Tag.of(tag, num_images=tags.counts(session, project)[tag.id])


@router.delete("/{tag_id}", status_code=204, summary="Delete a tag")
def delete_tag(context: Current, project_id: str, tag_id: str) -> None:
    """Take the tag from all images and from the project; models that know it keep its name."""
    with context.project(project_id) as (session, project):
        tags.delete(session, tags.find(session, project, tag_id))
