"""How far the fillings of a project are, on every page of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.element import Element
from starlette.concurrency import run_in_threadpool

from fudemoji.server.filling import Filler, Filling
from fudemoji.studio.elements.plain import text
from fudemoji.studio.words import Words

__all__ = ["outcome", "show_fillings"]

_SECONDS = 1.0


@dataclass
class _Line:
    """A filling as it is shown."""

    filling: Filling
    row: Element
    told: Any
    bar: Element
    cancel: Element


def show_fillings(filler: Filler, project_id: str, *, say: Words, only_those_there: bool) -> None:
    """A line for each filling of a project, kept up to date; nothing where there is none.

    Args:
        filler: of the server.
        project_id: of the project.
        say: the visitor's words.
        only_those_there: leave out those that begin later, because the page tells of them by itself.
    """
    there = {one.id for one in filler.every(project_id)}
    lines: dict[str, _Line] = {}
    with ui.element("div").classes("fillings") as box:
        box.props["aria-label"] = say("Filling")

    def look() -> None:
        found = {one.id: one for one in filler.every(project_id) if one.id in there or not only_those_there}
        for gone in lines.keys() - found.keys():
            lines.pop(gone).row.delete()
        for filling in found.values():
            line = lines.get(filling.id)
            if line and line.filling is filling:
                continue
            if line and line.filling.is_over:  # it goes on, or has failed again
                line.row.delete()
                line = None
            if not line:
                with box:
                    line = lines[filling.id] = _line(filler, filling, say)
            _update(line, filling, say, filler)
        box.set_visibility(bool(found))

    look()
    ui.timer(_SECONDS, look)


def outcome(filling: Filling, say: Words) -> str:
    """How far it is, or what became of it, in a sentence."""
    name = filling.source.name
    if filling.status == "queued":
        return say("{name}: waits", name=name)
    if filling.status == "filling":
        if filling.num_images is None:
            return say("{name}: is looked into", name=name)
        return say("{name}: {done} of {count}", name=name, done=filling.num_done, count=filling.num_images)
    parts = [say("one image added|{count} images added", count=filling.num_new)]
    if filling.num_known:
        parts.append(say("{count} were there already", count=filling.num_known))
    if filling.num_refused:
        parts.append(say("one file refused|{count} files refused", count=filling.num_refused))
    told = " · ".join(parts)
    if filling.status == "failed":
        return say("{name}: failed, {reason} ({told})", name=name, reason=say.told(filling.note), told=told)
    if filling.status == "cancelled":
        return say("{name}: cancelled ({told})", name=name, told=told)
    return f"{name}: {told}"


def _line(filler: Filler, filling: Filling, say: Words) -> _Line:
    with ui.element("div").classes("filling") as row:
        told = text("p", "", role="status")
        bar = ui.element("progress")
        bar.props["aria-label"] = filling.source.name
        cancel = ui.button(say("Cancel"), on_click=_in_thread(filler.cancel, filling))
        cancel.props("flat dense no-caps")
    return _Line(filling, row, told, bar, cancel)


def _update(line: _Line, filling: Filling, say: Words, filler: Filler) -> None:
    line.filling = filling
    line.told.set_text(outcome(filling, say))
    if not filling.is_over:
        if filling.num_images:
            line.bar.props["value"] = filling.num_done
            line.bar.props["max"] = filling.num_images
        return
    line.bar.delete()
    line.cancel.delete()
    line.row.classes(f"filling-{filling.status}")
    with line.row:
        if filling.can_go_on:
            again = ui.button(say("Go on"), on_click=_in_thread(filler.resume, filling))
            again.props("outline no-caps")
            again.props["aria-label"] = say("Go on with {name}", name=filling.source.name)
        close = ui.button(icon="close", color=None, on_click=_in_thread(filler.forget, filling)).props(
            "flat dense round"
        )
        close.props["aria-label"] = say("Close")
        if filling.problems:
            _show_problems(filling, say)


def _show_problems(filling: Filling, say: Words) -> None:
    with ui.element("details"):
        text("summary", say("What was refused"))
        with ui.element("ul"):
            for problem in filling.problems:
                text("li", f"{problem.name}: {say.told(problem.message)}")
        if (more := filling.num_refused - len(filling.problems)) > 0:
            text("p", say("… and {count} more", count=more), classes="faint")


def _in_thread(act: Callable[[Filling], object], filling: Filling) -> Callable[[], Any]:
    async def acted() -> None:
        await run_in_threadpool(act, filling)

    return acted
