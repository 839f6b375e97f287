"""Images come to the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fudemoji.server.store import images
from fudemoji.studio.elements.uploads import Uploads
from fudemoji.studio.pages.images.filtering import Filter

if TYPE_CHECKING:
    from fudemoji.studio.pages.images.bench import Bench

__all__ = ["show"]


async def show(bench: Bench) -> None:
    """The ways in which images come, and what became of them; an empty project invites to fill it."""
    here = bench.here

    async def is_empty() -> bool:
        return await here.read(lambda session: images.count(session, here.project)) == 0

    async def invite() -> None:
        uploads.set_invites(invites=await is_empty())

    def choose() -> None:
        if bench.filter != Filter():
            bench.choose(Filter())
        uploads.hand_over()

    uploads = Uploads(
        here.project.id,
        most=here.context.image_limits.num_bytes,
        tags=bench.tags,
        invites=await is_empty(),
        say=here.say,
        on_arrived=bench.refresh,
        on_choose=choose,
    )
    bench.on_tags.append(lambda: uploads.set_tags(bench.tags))
    bench.on_refresh.append(invite)
