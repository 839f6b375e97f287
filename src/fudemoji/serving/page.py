"""An OpenAPI document as one page that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2
from starlette.responses import HTMLResponse

__all__ = ["page_of"]

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def page_of(document: Mapping[str, Any]) -> HTMLResponse:
    """The page that shows every operation of the document, and lets a reader try it."""
    operations = [
        {"path": path, "method": method.upper(), **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "responses" in operation
    ]
    text = _template().render(
        document=document, operations=operations, has_keys=bool(document.get("security"))
    )
    return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("fudemoji.serving", "templates")
    return jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template("docs.html")
