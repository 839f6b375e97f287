"""What all parts of the page Publish have in common: they act, and then everything is looked at anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from fudemoji.studio.frame import Here
from fudemoji.studio.pages.publish.known import Known, read

__all__ = ["Desk"]


class Desk:
    """Reads and changes what the page is about.

    Args:
        here: the page.
    """

    def __init__(self, here: Here) -> None:
        self.here = here
        self.say = here.say
        self.follow: Callable[[Known], None] = lambda _known: None

    async def look(self) -> Known:
        """What there is now."""
        here, is_local = self.here, self.here.context.settings.is_local
        return await here.read(
            lambda session: read(session, here.context.store, here.project, is_local=is_local)
        )

    async def refresh(self) -> None:
        """Let the page follow what there is now."""
        self.follow(await self.look())

    async def act(self, change: Callable[[Session], Any]) -> Any:
        """What a change gives; the page then follows, also where it was refused because others had acted."""
        try:
            return await self.here.write(change)
        finally:
            await self.refresh()
