"""The reports of runs, as pages that may do nothing but show themselves."""

from __future__ import annotations

from urllib.parse import quote

import nicegui
from fastapi import Response
from starlette.responses import FileResponse

from fudemoji.server.context import Context
from fudemoji.serving.errors import ApiError
from fudemoji.studio.pages.runs import shelf
from fudemoji.studio.visit import main_app

__all__ = ["address_of", "install"]

_ADDRESS = "/reports"
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
)  # in a sandbox it is of no origin: what stands in a report can ask the studio for nothing


def address_of(key: str) -> str:
    """Where the report of a run is; the key is the id of an iteration, or a path below the folder of runs."""
    return f"{_ADDRESS}/{quote(key)}"


def install() -> None:
    """Serve them."""
    nicegui.app.add_api_route(f"{_ADDRESS}/{{key:path}}", _serve, include_in_schema=False)


def _serve(key: str) -> Response:
    context: Context = main_app().state.context
    with context.store.session(reads_only=True) as session:
        run = shelf.find(session, context, key).run
    if not run.report_path.is_file():
        raise ApiError(404, "NotFoundReport", "there is no report yet; a run writes it when it ends")
    return FileResponse(run.report_path, media_type="text/html", headers={"Content-Security-Policy": _POLICY})
