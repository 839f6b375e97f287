"""The reports of runs that belong to no project; those of trainings are served by the API."""

from __future__ import annotations

from urllib.parse import quote

import nicegui
from fastapi import Response

from fudemoji.server.api.reporting import report_page
from fudemoji.server.context import Context
from fudemoji.serving.errors import ApiError
from fudemoji.studio.pages.runs import shelf
from fudemoji.studio.visit import main_app

__all__ = ["address_of", "install"]

_ADDRESS = "/reports"


def address_of(shelved: shelf.Shelved) -> str:
    """Where the report of a run is."""
    if shelved.project_id:
        return f"/api/v1/projects/{shelved.project_id}/iterations/{shelved.key}/report"
    return f"{_ADDRESS}/{quote(shelved.key)}"


def install() -> None:
    """Serve them."""
    nicegui.app.add_api_route(f"{_ADDRESS}/{{key:path}}", _serve, include_in_schema=False)


def _serve(key: str) -> Response:
    context: Context = main_app().state.context
    try:
        return report_page(shelf.find_in_folder(context, key).run.report_path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = "there is no report yet; a run writes it when it ends"
        raise ApiError(404, "NotFoundReport", told) from None
