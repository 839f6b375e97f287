"""Operations on objects within images, which this server does not detect."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from fudemoji.serving.errors import ApiError

__all__ = ["prediction", "training"]


def _of_project(project_id: str) -> None:
    """Say what the path names."""


def _of_image(image_id: str) -> None:
    """Say what the path names."""


def _of_publication(project_id: str, published_name: str) -> None:
    """Say what the path names."""


training = APIRouter(
    prefix="/projects/{project_id}/images", tags=["detection"], dependencies=[Depends(_of_project)]
)
prediction = APIRouter(
    prefix="/{project_id}/detect/iterations/{published_name}",
    tags=["detection"],
    dependencies=[Depends(_of_publication)],
)


@training.post(
    "/{image_id}/regionproposals", name="get_image_region_proposals", dependencies=[Depends(_of_image)]
)
@training.post("/regions", name="create_image_regions")
@training.delete("/regions", name="delete_image_regions")
@prediction.post("/image", name="detect_image")
@prediction.post("/image/nostore", name="detect_image_with_no_store")
@prediction.post("/url", name="detect_image_url")
@prediction.post("/url/nostore", name="detect_image_url_with_no_store")
def refuse() -> None:
    """Refused: this server classifies whole images, and detects no objects in them."""
    raise ApiError(
        400,
        "BadRequestNotSupported",
        "this server classifies whole images; it does not detect objects in them",
    )
