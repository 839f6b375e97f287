"""Templates filled in and joined into one page without any outside reference."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from fudemoji.report import words
from fudemoji.report.font import subset_base64

__all__ = ["render_page", "render_part"]


def render_page(
    body: str, context: Mapping[str, Any], *, title: str, styles: Sequence[str], script: str = ""
) -> str:
    """A whole HTML page.

    Args:
        body: name of the template of what is in it.
        context: what the template asks for; it is escaped.
        title: of the window.
        styles: names of style sheets.
        script: name of a script, or none.
    """
    inside = _templates().get_template(body).render(context)
    return (
        _templates()
        .get_template("page.html")
        .render(
            title=title,
            body=Markup(inside),  # noqa: S704 (rendered with autoescape)
            font=subset_base64(inside),
            style=Markup("").join(_raw(name) for name in styles),
            script=_raw(script) if script else "",
        )
    )


def render_part(body: str, context: Mapping[str, Any], *, styles: Sequence[str]) -> str:
    """HTML to stand in somebody else's page: the template filled in, after the style sheets."""
    style = "".join(_raw(name) for name in styles)
    return f"<style>{style}</style>\n{_templates().get_template(body).render(context)}"


@functools.cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    for name in words.__all__:
        environment.filters[name] = getattr(words, name)
    return environment


def _raw(name: str) -> Markup:
    text = (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 (a file of this package)
