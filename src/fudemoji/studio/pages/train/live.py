"""The training that is under way: how far it is, live, its curves, and the button that stops it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement
from starlette.concurrency import run_in_threadpool

from fudemoji.errors import FudemojiError
from fudemoji.events import Event
from fudemoji.report.course import Course, course_of
from fudemoji.report.words import percent
from fudemoji.server.store.tables import Iteration
from fudemoji.server.trainings import Progress
from fudemoji.studio.elements import text
from fudemoji.studio.elements.curves import Curve, Curves
from fudemoji.studio.frame import Here
from fudemoji.studio.words.figures import clock
from fudemoji.trackers.following import Follower

__all__ = ["Live", "phase"]

_PHASES = {
    "waiting": "waits for its turn",
    "preparing": "prepares the images",
    "training": "learns",
    "measuring": "is being measured",
}
_FIGURES = {
    "left": "Time left",
    "epoch": "Epoch",
    "loss": "Loss",
    "accuracy": "Accuracy on held-out images",
    "speed": "Images a second",
}


def phase(here: Here, progress: Progress) -> str:
    """What a training does, in the visitor's words."""
    return here.say(_PHASES[progress.phase])


class Live:
    """The panel of one training; it is not there where none is under way.

    Args:
        here: the page.
        on_cancel: stops the training of an id.
    """

    def __init__(self, here: Here, *, on_cancel: Callable[[str], Awaitable[None]]) -> None:
        self._here = here
        self._on_cancel = on_cancel
        self._id = ""
        self._figures: dict[str, TextElement] = {}
        self._curves: _Curves | None = None

    def build(self) -> None:
        """Fill the element that is being filled."""
        say = self._here.say
        with ui.element("section").classes("panel") as self._panel:
            with ui.element("div").classes("bar live-head"):
                self._name = text("h2", "")
                self._phase = text("span", "", role="status")
                ui.button(say("Cancel"), on_click=lambda: self._on_cancel(self._id)).props("outline no-caps")
            self._bar = ui.element("progress").props("max=1 value=0")
            self._bar.props["aria-label"] = say("Progress")
            with ui.element("dl").classes("figures"):
                for name, word in _FIGURES.items():
                    with ui.element("div"):
                        text("dt", say(word))
                        self._figures[name] = text("dd", "–")
            self._place = ui.element("div").classes("charts")
        self._panel.set_visibility(False)

    async def show(self, iteration: Iteration | None, progress: Progress) -> None:
        """Tell of this training from now on; None: of none."""
        if iteration is None:
            self._panel.set_visibility(False)
            self._id = ""
            return
        if iteration.id != self._id:
            self._id = iteration.id
            self._place.clear()
            self._curves = None
            self._bar.props["value"] = 0
            self._panel.set_visibility(True)
        self._name.text = iteration.name
        told = phase(self._here, progress)
        self._phase.text = told
        if self._bar.props["value"] != progress.share:
            self._bar.props["value"] = progress.share
        self._tell(progress)
        if progress.train_loss is not None:
            if self._curves is None:
                with self._place:
                    self._curves = _Curves(self._here, self._here.context.store.runs / iteration.id)
            await self._curves.look()

    def _tell(self, progress: Progress) -> None:
        left, speed = progress.seconds_left, progress.images_per_second
        loss, accuracy = progress.train_loss, progress.valid_accuracy
        told = {
            "left": "–" if left is None else clock(left),
            "epoch": f"{progress.epoch:.1f} / {progress.epochs:g}" if progress.epochs else "–",
            "loss": "–" if loss is None else f"{loss:.3f}",
            "accuracy": percent(accuracy),
            "speed": "–" if speed is None else f"{speed:,.0f}",
        }
        for name, one in told.items():
            self._figures[name].text = one


class _Curves:
    """The charts of a run that grows."""

    def __init__(self, here: Here, run: Path) -> None:
        say = here.say
        self._follower = Follower(run / "events.jsonl")
        self._events: list[Event] = []
        self._file_number = 0
        train = Curve(say("training"), "var(--faint)", is_dashed=True)
        valid = Curve(say("held-out images"), "var(--accent)")
        with ui.element("figure"):
            text("figcaption", say("Loss"))
            self._loss = Curves([train, valid], about=say("Loss by epoch"), x=say("Epoch"))
        with ui.element("figure"):
            text("figcaption", say("Accuracy on held-out images"))
            self._accuracy = Curves([valid], about=say("Accuracy by epoch"), x=say("Epoch"), shares=True)

    async def look(self) -> None:
        """Draw what is new."""
        if course := await run_in_threadpool(self._read):
            self._loss.show(course.train_loss, course.loss.get("valid", []))
            self._accuracy.show(course.figures.get("accuracy", {}).get("valid", []))

    def _read(self) -> Course | None:
        """The curves, if there is anything new; a damaged line changes nothing."""
        try:
            new = self._follower.new()
        except (OSError, FudemojiError):
            return None
        if self._follower.file_number != self._file_number:
            self._file_number, self._events = self._follower.file_number, []
        self._events += new
        return course_of(self._events) if new else None
