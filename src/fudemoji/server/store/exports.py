"""Exports: files for other places, made from iterations."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.server.store import iterations
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.tables import Export, ExportStatus, Iteration
from fudemoji.serving.errors import ApiError

__all__ = ["create", "every", "find", "mark", "unfinished"]


def create(session: Session, iteration: Iteration, *, platform: str, flavor: str = "") -> Export:
    """An export in the queue; one that failed is queued again.

    Raises:
        ApiError: the iteration is not trained, or the export is there or on its way.
    """
    iterations.check_completed(iteration)
    session.refresh(iteration, with_for_update={"key_share": True})
    query = select(Export).where(
        Export.iteration_id == iteration.id, Export.platform == platform, Export.flavor == flavor
    )
    export = session.scalars(query).first()
    if export is None:
        export = Export(iteration_id=iteration.id, platform=platform, flavor=flavor)
        session.add(export)
    elif export.status != "failed":
        raise ApiError(
            400,
            "BadRequestExportAlreadyInProgress",
            f"the export of {iteration.name} for {platform} is {export.status}",
        )
    else:
        export.status, export.note = "queued", ""
    session.flush()
    return export


def find(session: Session, export_id: str) -> Export:
    """The export of an id.

    Raises:
        ApiError: there is none.
    """
    wanted = canonical(export_id)
    export = session.get(Export, wanted) if wanted else None
    if export is None:
        raise ApiError(404, "NotFound", "there is no such export")
    return export


def every(session: Session, iteration: Iteration) -> list[Export]:
    """All exports of the iteration, the oldest first."""
    query = select(Export).where(Export.iteration_id == iteration.id).order_by(Export.id)
    return list(session.scalars(query))


def unfinished(session: Session) -> list[Export]:
    """Those of all projects that wait or are being made, the oldest first."""
    query = select(Export).where(Export.status.in_(["queued", "exporting"])).order_by(Export.id)
    return list(session.scalars(query))


def mark(session: Session, export: Export, status: ExportStatus, *, note: str = "") -> Export:
    """Say how far an export has come."""
    assert export in session
    export.status, export.note = status, note
    session.flush()
    return export
