"""Reports of runs as answers: pages that may do nothing but show themselves."""

from __future__ import annotations

from starlette.responses import HTMLResponse

__all__ = ["report_page"]

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
)  # in a sandbox it is of no origin: what stands in a report acts for nobody who is signed in


def report_page(page: str) -> HTMLResponse:
    """The answer that shows a report."""
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})
