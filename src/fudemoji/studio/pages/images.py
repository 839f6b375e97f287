"""The images of a project: uploaded, looked at, tagged."""

from __future__ import annotations

from fudemoji.server.store import images
from fudemoji.studio.elements import text
from fudemoji.studio.frame import Here, page


@page("/projects/{project_id}/images", title="Images")
async def show(here: Here) -> None:
    """All images."""
    count = await here.read(lambda session: images.count(session, here.project))
    text("p", here.say("one image|{count} images", count=count), classes="faint")
