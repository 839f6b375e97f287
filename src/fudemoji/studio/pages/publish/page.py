"""What answers to programs, and how they ask it."""

from __future__ import annotations

from nicegui import ui

from fudemoji.studio.elements.nothing import nothing
from fudemoji.studio.elements.part import Part
from fudemoji.studio.frame import Here, page
from fudemoji.studio.pages.publish.answering import Answers
from fudemoji.studio.pages.publish.desk import Desk
from fudemoji.studio.pages.publish.known import Known
from fudemoji.studio.pages.publish.opening import Keys
from fudemoji.studio.pages.publish.packing import Exports
from fudemoji.studio.pages.publish.past import show_past
from fudemoji.studio.pages.publish.programs import Programs

_LOOK_SECONDS = 2.0


@page("/projects/{project_id}/publish", title="Publish")
async def show(here: Here, name: str = "", keep: str = "") -> None:
    """Publications, code, keys, files and history.

    Args:
        here: the page.
        name: of the publication whose code is shown.
        keep: `no`: the code does not ask for what is sent to be kept.
    """
    desk = Desk(here)
    known = await desk.look()
    if not known.iterations:
        why = here.say("No iteration of this project is trained yet.")
        nothing(why, act=here.say("Train one"), href=f"/projects/{here.project.id}/train")
        return
    with ui.element("div").classes("stack"):
        answers, programs = Answers(desk), Programs(desk, name, keeps=keep != "no")
        keys, files = Keys(desk), Exports(desk)
        past = Part[Known](lambda one: show_past(here.say, one.past))

    def follow(known: Known) -> None:
        answers.show(known)
        programs.show(known)
        keys.show(known)
        files.show(known)
        past.show(known)

    desk.follow = follow
    follow(known)
    ui.timer(_LOOK_SECONDS, desk.refresh, immediate=False)
