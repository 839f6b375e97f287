"""Addresses within a set, which keep what was chosen before."""

from __future__ import annotations

from dataclasses import dataclass

from fudemoji.studio.addresses import with_query

__all__ = ["Links"]

_USUAL = {"by": "", "order": "given", "seed": 0, "count": 6, "find": ""}


@dataclass(frozen=True)
class Links:
    """What an address of a set says beside the image or class.

    >>> Links("kana", by="", order="most", seed=0, count=6).to(kind="U+3042")
    '/sets/kana?order=most&kind=U%2B3042'
    """

    key: str
    by: str
    order: str
    seed: int
    count: int
    find: str = ""

    def to(self, **changed: str | int) -> str:
        """The address with this changed."""
        values = {name: getattr(self, name) for name in _USUAL} | changed
        asked = {name: value for name, value in values.items() if value != _USUAL.get(name, "")}
        return with_query(f"/sets/{self.key}", asked)
