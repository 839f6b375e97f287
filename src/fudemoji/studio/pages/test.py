"""Quick test: a picture is drawn, dropped, pasted or taken, and an iteration says what it is."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import iterations, publications, tags
from fudemoji.server.store.tables import Iteration, Project
from fudemoji.studio.elements.nothing import nothing
from fudemoji.studio.elements.quick import Answer, Brush, Picking, signs_of
from fudemoji.studio.frame import Here, page
from fudemoji.studio.words import Words

_LOOK_SECONDS = 3.0


@page("/projects/{project_id}/test", title="Quick test")
async def show(here: Here, iteration: str | None = None) -> None:
    """The sheet beside the answer; `iteration` is the id of the one that is asked, else the newest."""
    say = here.say
    found, signs = await here.read(lambda session: _known(session, here.project, say))
    if not found:
        why = say("No iteration of this project is trained yet.")
        nothing(why, act=say("Train one"), href=f"/projects/{here.project.id}/train")
        return
    chosen = next((one for one in found if one["id"] == iteration), found[0])["id"]
    with ui.element("div").classes("quick-test") as around:
        around.props["data-quick-test"] = ""
        with ui.element("div").classes("quick-sources"):
            Brush(keep=f"fudemoji-sheet-{here.project.id}", words=_brush_words(say))
            Picking(most=here.context.settings.image_bytes, words=_picking_words(say))
        answer = Answer(base=f"/api/v1/projects/{here.project.id}", chosen=chosen, words=_answer_words(say))
        answer.offer(found, signs)

    async def look_again() -> None:
        answer.offer(*await here.read(lambda session: _known(session, here.project, say)))

    ui.timer(_LOOK_SECONDS, look_again, immediate=False)


def _known(
    session: Session, project: Project, say: Words
) -> tuple[list[dict[str, str]], dict[str, dict[str, str]]]:
    """The trained iterations, the newest first, and the signs of the tags."""
    published = publications.every(session, project)

    def label(one: Iteration) -> str:
        if there := published.get(one.id):
            return say("{name}, published as {published}", name=one.name, published=there.name)
        return one.name

    trained = [one for one in iterations.every(session, project) if one.status == "completed"]
    found = [{"id": one.id, "label": label(one), "kind": one.kind} for one in reversed(trained)]
    return found, signs_of(tags.names(session, project))


def _brush_words(say: Words) -> dict[str, str]:
    return {
        "sheet": say("A sheet to draw on with mouse, finger or pen"),
        "undo": say("Undo"),
        "clear": say("Clear"),
        "crop": say("Crop to the ink"),
    }


def _picking_words(say: Words) -> dict[str, str]:
    return {
        "choose": say("Choose a picture"),
        "camera": say("Camera"),
        "hint": say("or drop one here, or paste one"),
        "take": say("Take the picture"),
        "cancel": say("Cancel"),
        "several": say("One picture at a time: this is the first of them."),
        "nothing": say("This is no file; save the picture first, then drop its file."),
        "refused": say("The camera cannot be used: there is none, or the browser does not allow it."),
    }


def _answer_words(say: Words) -> dict[str, Any]:
    return {
        "iteration": say("Iteration"),
        "nothing": say("Draw a sign on the sheet, or give a picture."),
        "bars": say("The most probable tags"),
        "given": say("What the model was given"),
        "heat": say("What the model saw, and where it looked"),
        "no_tag": say("no tag"),
        "none_given": say("No tag has 50 % or more."),
        "all_given": say("The tags with 50 % or more."),
        "took": say("answered in {ms} ms"),
        "why": say("A tag, when pressed, shows what speaks for it (Grad-CAM)."),
        "seen": say("Red and amber speak for the tag that is pressed."),
        "gone": say("a deleted tag"),
        "more": say("More tags"),
        "fewer": say("Fewer tags"),
        "keep": say("Keep for tagging"),
        "kept": say("Kept, among the predictions"),
        "silent": say("The studio does not answer; what you gave is kept, and asked again."),
        "refusals": {
            "BadRequestImageFormat": say("This is no picture that can be read."),
            "BadRequestImageSizeBytes": say("This picture is too large."),
            "BadRequestNotSupported": say("This kind of model cannot show where it looked."),
            "NotFoundIteration": say("This iteration has been deleted; choose another."),
            "NotFoundTag": say("This tag is unknown to the iteration."),
            "ServiceUnavailable": say("The model is busy; it is asked again."),
            "Unauthorized": say("Your session has ended; reload the page to sign in."),
        },
    }
