"""Which images of a project a request is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query

__all__ = ["Asked", "TagIds", "Which"]

TagIds = Annotated[
    tuple[str, ...], Query(max_length=256, description="with one of these tags; none: with any or none")
]
Tagged = Annotated[bool | None, Query(description="with tags only, without only; missing: all")]


@dataclass(frozen=True)
class Which:
    """Images that a request is about, and their order.

    Attributes:
        tagged: True: with tags only; False: without only.
        tag_ids: with one of these tags only.
        newest_first: in the order in which they came, or against it.
    """

    tagged: bool | None = None
    tag_ids: tuple[str, ...] = ()
    newest_first: bool = True

    @property
    def conditions(self) -> dict[str, Any]:
        """What `images.count` takes, and with an order `images.select` and `images.ids`."""
        return {"tagged": self.tagged, "tag_ids": self.tag_ids}


def _asked(*, tagged: Tagged = None, tag_ids: TagIds = (), newest_first: bool = True) -> Which:
    return Which(tagged=tagged, tag_ids=tag_ids, newest_first=newest_first)


Asked = Annotated[Which, Depends(_asked)]
