"""Images come to the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fudemoji.studio.elements.uploads import Uploads
from fudemoji.studio.pages.images.filtering import Filter

if TYPE_CHECKING:
    from fudemoji.studio.pages.images.bench import Bench

__all__ = ["show"]


def show(bench: Bench, *, is_empty: bool) -> None:
    """The ways in which images come, and what became of them."""
    here = bench.here

    async def arrived() -> None:
        uploads.set_invites(invites=False)
        await bench.refresh()

    def choose() -> None:
        if bench.filter != Filter():
            bench.choose(Filter())
        uploads.hand_over()

    uploads = Uploads(
        here.project.id,
        most=here.context.image_limits.num_bytes,
        tags=bench.tags,
        invites=is_empty,
        say=here.say,
        on_arrived=arrived,
        on_choose=choose,
    )
    bench.on_tags.append(lambda: uploads.set_tags(bench.tags))
