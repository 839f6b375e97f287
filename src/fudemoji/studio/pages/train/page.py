"""The page itself: its parts, and what keeps them up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.runs import Run
from fudemoji.server.store import Store, iterations, projects, publications
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.server.trainings import Progress, cancel, outcome
from fudemoji.server.trainings.snapshot import listing_path
from fudemoji.serving.errors import ApiError
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.train.asking import Asking
from fudemoji.studio.pages.train.live import Live
from fudemoji.studio.pages.train.past import Ended, Past
from fudemoji.studio.pages.train.waiting import Queue
from fudemoji.studio.pages.train.wishing import Wished

__all__ = ["show"]

_SECONDS = 1.0  # between two looks
_FAILURE_MS = 15_000  # that a failure is told over the page; it stands in the list as well


@page("/projects/{project_id}/train", title="Train")
async def show(
    here: Here,
    *,
    recipe: str = "",
    model: str = "",
    size: str = "",
    policy: str = "",
    epochs: str = "",
    lr: str = "",
    hours: str = "",
) -> None:
    """What a training would be, what is under way, and what came of those before."""
    desk = _Desk(here, Wished(recipe, model, size, policy, epochs, lr, hours))
    with ui.element("div").classes("stack"):
        desk.build()
    await desk.look()
    ui.timer(_SECONDS, desk.look)


@dataclass(frozen=True)
class _Seen:
    """What the store knows of trainings.

    Attributes:
        under_way: in the order of their turns, each with the name of its project.
        ended: of this project, the newest first.
    """

    under_way: Sequence[tuple[Iteration, str]]
    ended: Sequence[Ended]


class _Desk:
    """The parts of the page."""

    def __init__(self, here: Here, wished: Wished) -> None:
        self._here = here
        self._asking = Asking(here, wished, on_start=self.look)
        self._live = Live(here, on_cancel=self._cancel)
        self._queue = Queue(here, on_cancel=self._cancel)
        self._past = Past(here, on_change=self.look)
        self._changes: int | None = None
        self._seen = _Seen((), ())
        self._watched: set[str] = set()

    def build(self) -> None:
        """Fill the element that is being filled."""
        for part in (self._asking, self._live, self._queue, self._past):
            part.build()

    async def look(self) -> None:
        """Show what is true now; the database is asked only after something was changed in it."""
        here, store = self._here, self._here.context.store
        if store.changes != self._changes:
            changes = store.changes
            self._seen = await here.read(lambda session: _look(session, store, here.project.id))
            self._changes = changes
            self._past.show(self._seen.ended)
            self._tell_of_ends()
            await self._asking.look()
        await self._asking.rate.look()
        own = [one for one, _ in self._seen.under_way if one.project_id == here.project.id]
        own.sort(key=lambda one: one.status == "queued")
        live = own[0] if own else None
        self._queue.show([found for found in self._seen.under_way if found[0] is not live])
        await self._live.show(live, here.context.trainer.progress(live.id) if live else Progress())

    def _tell_of_ends(self) -> None:
        """Say once how a training ended that was seen under way."""
        say = self._here.say
        for ended in self._seen.ended:
            one = ended.iteration
            if one.id not in self._watched:
                continue
            if one.status == "completed":
                ui.notify(say("{name} is trained.", name=one.name), type="positive")
            elif one.status == "failed":
                told = say("{name} failed: {why}", name=one.name, why=say.told(one.note))
                ui.notify(
                    told, type="negative", multi_line=True, close_button=say("Close"), timeout=_FAILURE_MS
                )
        self._watched = {one.id for one, _ in self._seen.under_way if one.project_id == self._here.project.id}

    async def _cancel(self, iteration_id: str) -> None:
        def change(session: Session) -> None:
            iteration = session.get(Iteration, iteration_id)
            if iteration is None:
                raise ApiError(404, "NotFoundIteration", "this training was deleted meanwhile")
            cancel(session, iteration)

        await self._here.write(change)
        self._here.context.trainer.wake()
        await self.look()


def _look(session: Session, store: Store, project_id: str) -> _Seen:
    project = projects.find(session, project_id)
    names = dict(session.execute(select(Project.id, Project.name)).tuples().all())
    published = publications.every(session, project)

    def ended(one: Iteration) -> Ended:
        publication = published.get(one.id)
        return Ended(
            one,
            outcome(store, one),
            published_as=publication.name if publication else "",
            can_resume=one.status != "completed" and listing_path(store, one.id).is_file(),
            has_report=Run(store.runs / one.id).report_path.is_file(),
        )

    return _Seen(
        [(one, names[one.project_id]) for one in iterations.unfinished(session)],
        [
            ended(one)
            for one in reversed(iterations.every(session, project))
            if one.status not in ("queued", "training")
        ],
    )
