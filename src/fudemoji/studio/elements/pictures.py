"""Rows of small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from nicegui.element import Element

__all__ = ["Picture", "Pictures"]


@dataclass(frozen=True)
class Picture:
    """A picture that leads somewhere.

    Attributes:
        src: its address.
        href: where it leads.
        told: what it is, for those who do not see it.
        caption: a word or a glyph below it.
        mark: whether it stands out from the others.
    """

    src: str
    href: str
    told: str
    caption: str = ""
    mark: bool = False


class Pictures(Element, component="pictures.js"):
    """Pictures beside each other.

    Args:
        pictures: in their order.
        sharp: whether pixels stay squares where a picture is enlarged.
        side: of each, in pixels of the page.
    """

    def __init__(self, pictures: Sequence[Picture], *, sharp: bool, side: int = 48) -> None:
        super().__init__()
        self.props["sharp"] = sharp
        self.props["side"] = side
        self.show(pictures)

    def show(self, pictures: Sequence[Picture]) -> None:
        """Show others."""
        self.props["pictures"] = [asdict(one) for one in pictures]
