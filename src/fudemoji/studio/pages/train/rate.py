"""The search for a learning rate: its curve, what it tells, and the rate that is taken over."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

from nicegui import ui
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from fudemoji.server.api.training import expect
from fudemoji.server.store import projects
from fudemoji.server.trainings import Finding, RateCurve, Tried
from fudemoji.server.trainings.starting import Prospect
from fudemoji.studio.elements import text
from fudemoji.studio.elements.curves import Curve, Curves
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.train.options import Options

__all__ = ["Rate"]

_MOST = 1.5  # times the first loss: an explosion would flatten what matters
_STATES = {
    "queued": "The search waits for its turn.",
    "finding": "Rising rates are being tried on these images.",
    "cancelled": "The search was cancelled.",
}
_VERDICTS = {
    "clear": "The loss falls, then turns: {rate} is a good rate.",
    "noisy": "The loss scatters from step to step: {rate} is a guess.",
    "flat": "The loss does not fall at any rate; perhaps there are too few images, or the tags are wrong.",
    "diverged": "The loss explodes at once; the model or the optimiser does not suit.",
}


class Rate:
    """The part of the options that looks for a rate.

    Args:
        here: the page.
        options: whose rate is set.
        on_change: called when a search was asked for, or ended.
    """

    def __init__(self, here: Here, options: Options, *, on_change: Callable[[], Awaitable[None]]) -> None:
        self._here = here
        self._options = options
        self._on_change = on_change
        self._shown: Finding | None = None
        self._prospect: Prospect | None = None
        self._recommended: float | None = None

    def build(self) -> None:
        """Fill the element that is being filled."""
        say = self._here.say
        with ui.element("div").classes("rate"):
            text("h2", say("Learning rate finder"))
            text(
                "p",
                say("It trains on trial while the rate rises, and takes about a hundred steps."),
                classes="faint",
            )
            self._state = text("p", "", role="status")
            self._bar = ui.element("progress").props("max=1")
            self._bar.props["aria-label"] = say("Learning rate finder")
            self._elsewhere = text("p", say("This was found with other settings."), classes="notice")
            self._place = ui.element("div").classes("charts")
            with ui.element("div").classes("bar"):
                self._ask = ui.button(say("Look for a rate"), on_click=self._begin).props("outline no-caps")
                self._end = ui.button(say("End the search"), on_click=self._cancel).props("outline no-caps")
                self._take = ui.button("", on_click=self._take_over).props("unelevated no-caps")
        self._elsewhere.set_visibility(False)
        for one in (self._bar, self._end, self._take):
            one.set_visibility(False)

    def compare(self, prospect: Prospect) -> None:
        """Say whether the curve was made with what would be trained."""
        self._prospect = prospect
        finding = self._shown
        self._elsewhere.set_visibility(finding is not None and finding.is_over and not finding.fits(prospect))
        self._ask.set_enabled(not prospect.shortage)

    async def look(self) -> None:
        """Show what is true now."""
        finder = self._here.context.trainer.finder
        finding = finder.last(self._here.project.id)
        if finding is not None and finding.status == "finding":
            self._tell_progress(await run_in_threadpool(finder.tried, finding))
        if finding == self._shown or finding is None:
            return
        curve = await run_in_threadpool(finder.curve, finding) if finding.status == "done" else None
        self._shown = finding
        self._tell(finding, curve)
        if self._prospect:
            self.compare(self._prospect)

    def _tell_progress(self, tried: Tried | None) -> None:
        """Show which share of the rates was tried; before the first, the bar says only that something goes on."""
        if tried is None:
            return
        self._bar.props["value"] = tried.share
        if tried.number > 1:
            told = "The loss scatters from step to step: the same rates are tried on other images, pass {number}."
            self._state.text = self._here.say(told, number=tried.number)

    def _tell(self, finding: Finding, curve: RateCurve | None) -> None:
        say = self._here.say
        self._ask.set_visibility(finding.is_over)
        self._end.set_visibility(not finding.is_over)
        self._bar.set_visibility(finding.status == "finding")
        if finding.status != "finding":
            self._bar.props.pop("value", None)
        self._place.clear()
        self._recommended = curve.recommended if curve else None
        rate = f"{self._recommended:.2g}" if self._recommended else ""
        if curve:
            self._state.text = say(_VERDICTS[curve.verdict], rate=rate)
            with self._place:
                self._draw(curve)
        elif finding.status == "failed":
            self._state.text = say("The search failed: {why}", why=say.told(finding.note))
        else:
            self._state.text = say(_STATES[finding.status])
        self._take.text = say("Take {rate}", rate=rate)
        self._take.set_visibility(bool(rate))

    def _draw(self, curve: RateCurve) -> None:
        say = self._here.say
        lines = [
            Curve(say("each step"), "var(--faint)", is_dashed=True),
            Curve(say("smoothed"), "var(--accent)"),
        ]
        with ui.element("figure"):
            text("figcaption", say("Loss by learning rate"))
            chart = Curves(
                lines,
                about=say("Loss by learning rate"),
                x=say("Learning rate"),
                logarithmic=True,
                most=math.ceil(2 * _MOST * curve.losses[0]) / 2 if curve.losses else None,
            )
            chart.show(
                list(zip(curve.rates, curve.raw_losses, strict=True)),
                list(zip(curve.rates, curve.losses, strict=True)),
                mark=curve.recommended,
            )

    async def _begin(self) -> None:
        here, wish = self._here, self._options.wished.wish()

        def ask(session: Session) -> None:
            project = projects.find(session, here.project.id)
            prospect, _ = expect(session, here.context, project, wish)
            here.context.trainer.finder.ask(project.id, prospect)

        await here.read(ask)
        here.context.trainer.wake()
        await self._on_change()

    async def _cancel(self) -> None:
        await run_in_threadpool(self._here.context.trainer.finder.cancel, self._here.project.id)
        self._here.context.trainer.wake()
        await self._on_change()

    def _take_over(self) -> None:
        if self._recommended:
            self._options.choose("lr", f"{self._recommended:.2g}")
