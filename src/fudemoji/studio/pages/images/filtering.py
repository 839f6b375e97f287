"""Which images are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

__all__ = ["Filter"]


@dataclass(frozen=True)
class Filter:
    """Which images are shown; it stands in the address of the page.

    Attributes:
        tag_id: with this tag only; empty: with any or none.
        is_untagged: without tags only.
    """

    tag_id: str = ""
    is_untagged: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filter:
        """The filter of an address."""
        return cls(tag_id=asked.get("tag", ""), is_untagged=asked.get("only") == "untagged")

    def address(self, project_id: str) -> str:
        """Of the page that shows these images."""
        asked = {"tag": self.tag_id, "only": "untagged" if self.is_untagged else ""}
        return f"/projects/{project_id}/images{_query(asked)}"

    def source(self, project_id: str) -> str:
        """The address that lists their ids."""
        asked = {"tag_ids": self.tag_id, "tagged": "false" if self.is_untagged else ""}
        return f"/api/v1/projects/{project_id}/images/ids{_query(asked)}"


def _query(asked: Mapping[str, str]) -> str:
    told = urlencode({name: value for name, value in asked.items() if value})
    return f"?{told}" if told else ""
