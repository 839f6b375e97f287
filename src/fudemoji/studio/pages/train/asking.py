"""The next training: what it would be, how long it would take, and the button that starts it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.api.training import begin, expect
from fudemoji.server.store import projects
from fudemoji.server.store.tables import Iteration
from fudemoji.server.trainings import Estimate
from fudemoji.server.trainings.starting import Prospect
from fudemoji.serving.errors import ApiError
from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here
from fudemoji.studio.pages.train.options import Options
from fudemoji.studio.pages.train.rate import Rate
from fudemoji.studio.pages.train.wishing import Wished
from fudemoji.studio.words.figures import about

__all__ = ["Asking"]


class Asking:
    """The panel that trainings are started from.

    Args:
        here: the page.
        wished: options out of the address.
        on_start: called when a training was begun.
    """

    def __init__(self, here: Here, wished: Wished, *, on_start: Callable[[], Awaitable[None]]) -> None:
        self.options = Options(here, wished, on_change=self.look)
        self.rate = Rate(here, self.options, on_change=on_start)
        self._here = here
        self._on_start = on_start
        self._force = False
        self._turn = 0  # of the questions: a late answer to an old one is none

    def build(self) -> None:
        """Fill the element that is being filled."""
        say = self._here.say
        with ui.element("section").classes("panel"):
            self._lead = text("p", "", classes="lead")
            self._facts = text("p", "", classes="faint")
            self._notice = text("p", "", classes="notice", role="status")
            with ui.element("div").classes("bar"):
                self._button = ui.button(say("Train"), on_click=self._train).props("unelevated no-caps")
                self._time = text("span", "")
            with ui.element("details") as details:
                details.props["open"] = bool(self.options.wished)
                text("summary", say("Options"))
                self.options.build()
                self.options.say_what_is_decided()
                self.rate.build()

    async def look(self) -> None:
        """Tell anew what the training would be."""
        self._turn += 1
        turn, here, wished = self._turn, self._here, self.options.wished

        def ask(session: Session) -> tuple[Prospect, Estimate]:
            return expect(session, here.context, projects.find(session, here.project.id), wished.wish())

        try:
            found = await here.read(ask)
        except ApiError as error:
            if turn == self._turn:
                self._refuse(here.say.told(str(error)))
            return
        if turn == self._turn:
            self._tell(*found)

    def _tell(self, prospect: Prospect, estimate: Estimate) -> None:
        say, settings = self._here.say, estimate.settings
        counts = (len(prospect.snapshot.images), len(prospect.snapshot.tags))
        self._lead.text = (
            f"{say('one tagged image|{count} tagged images', count=counts[0])} · "
            f"{say('one tag|{count} tags', count=counts[1])}"
        )
        height, width = estimate.image_size
        epochs = round(estimate.epochs) if estimate.epochs >= 1 else round(estimate.epochs, 2)
        self._facts.text = " · ".join(
            [
                say("recipe {name}", name=settings.recipe),
                say("model {name}", name=settings.model.name),
                say("{width} × {height} pixels", width=width, height=height),
                say("one epoch|{count} epochs", count=epochs),
            ]
        )
        self._force = prospect.is_under_way or not prospect.is_new
        is_short = bool(prospect.shortage)
        notice = ""
        if is_short:
            notice = _shortage(self._here, prospect)
        elif prospect.is_under_way:
            notice = say("The very same training is under way.")
        elif self._force:
            notice = say("Nothing has changed since the last training.")
        self._notice.text = notice
        self._notice.set_visibility(bool(notice))
        self._time.text = "" if is_short else _time(self._here, estimate)
        self._button.text = say("Train anyway") if self._force and not is_short else say("Train")
        self._button.set_enabled(not is_short)
        self.rate.compare(prospect)

    def _refuse(self, why: str) -> None:
        self._notice.text, self._time.text = why, ""
        self._notice.set_visibility(True)
        self._button.set_enabled(False)

    async def _train(self) -> None:
        here, wish = self._here, self.options.wished.wish(force=self._force)

        def ask(session: Session) -> Iteration:
            return begin(session, here.context, projects.find(session, here.project.id), wish)

        self._button.set_enabled(False)
        try:
            await here.write(ask)
        finally:
            self._button.set_enabled(True)
        here.context.trainer.wake()
        await self._on_start()


def _shortage(here: Here, prospect: Prospect) -> str:
    """What is missing, in the visitor's words."""
    say, rules, snapshot = here.say, here.context.rules, prospect.snapshot
    if len(snapshot.tags) < rules.min_tags:
        return say(
            "A training needs images with {wanted} different tags; here are images with {count}.",
            wanted=rules.min_tags,
            count=len(snapshot.tags),
        )
    short = [
        say("{name} ({count})", name=tag.name, count=snapshot.counts[tag.id])
        for tag in snapshot.tags.values()
        if snapshot.counts[tag.id] < rules.min_images_per_tag
    ]
    more = len(short) - 5
    told = " · ".join(short[:5]) + (say(" and {count} more", count=more) if more > 0 else "")
    return say(
        "Each tag needs {wanted} images; too few have: {tags}.", wanted=rules.min_images_per_tag, tags=told
    )


def _time(here: Here, estimate: Estimate) -> str:
    """How long it takes, and how that is known."""
    say = here.say
    if estimate.seconds is None:
        return say("How long it takes is known once one like it has been trained here.")
    time = about(say, estimate.seconds)
    if estimate.basis == "planned":
        return say("{time}, reckoned from what this model costs", time=time)
    return say(
        "{time}, as one training on this machine|{time}, as {count} trainings on this machine",
        time=time,
        count=estimate.num_runs,
    )
