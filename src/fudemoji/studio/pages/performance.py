"""How well the iterations of a project find its tags, at any threshold, and the images that this comes from."""

from __future__ import annotations

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import iterations
from fudemoji.server.store.tables import Iteration
from fudemoji.studio.elements.nothing import nothing
from fudemoji.studio.elements.performance import PerformanceView, Trained
from fudemoji.studio.frame import Here, page
from fudemoji.studio.words.figures import moment

_LOOK_SECONDS = 3.0
_THRESHOLD = 0.5


@page("/projects/{project_id}/performance", title="Performance")
async def show(here: Here, iteration: str = "", against: str = "", threshold: str = "") -> None:
    """The figures of one iteration, beside those of another where one is given."""
    found = await here.read(lambda session: _every(session, here))
    place = ui.element("div")
    view: PerformanceView | None = None

    def build() -> None:
        nonlocal view
        ids = [one.id for one in found if one.status == "completed"]
        place.clear()
        with place:
            if not ids:
                _say_what_is_missing(here, found)
                return
            chosen = iteration if iteration in ids else ids[-1]
            view = PerformanceView(
                here.say,
                project_id=here.project.id,
                iterations=_trained(found),
                iteration_id=chosen,
                against_id=against if against in ids and against != chosen else "",
                threshold=_read_threshold(threshold),
            )

    async def look() -> None:
        nonlocal found
        before = [one.status for one in found]
        found = await here.read(lambda session: _every(session, here))
        if view is not None:
            view.show(_trained(found))
        elif before != [one.status for one in found]:
            build()

    build()
    ui.timer(_LOOK_SECONDS, look)


def _every(session: Session, here: Here) -> list[Iteration]:
    return iterations.every(session, here.project)


def _trained(found: list[Iteration]) -> list[Trained]:
    """Those that are trained, the newest first."""
    done = [one for one in found if one.status == "completed"]
    return [Trained(one.id, one.name, moment(one.trained_at or one.last_modified)) for one in reversed(done)]


def _read_threshold(told: str) -> float:
    """What an address says, or the usual threshold."""
    try:
        return min(1.0, max(0.0, float(told)))
    except ValueError:
        return _THRESHOLD


def _say_what_is_missing(here: Here, found: list[Iteration]) -> None:
    say = here.say
    is_under_way = any(one.status in ("queued", "training") for one in found)
    why = (
        say("The first training is under way; its figures appear here when it has ended.")
        if is_under_way
        else say("Nothing has been trained yet. A training holds some images out and is measured on them.")
    )
    href = f"/projects/{here.project.id}/train"
    nothing(why, act=say("To the trainings"), href=href, is_passing=is_under_way)
