"""Which suggestions are shown, and what is known beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from fudemoji.server.store import confirming, images, iterations, suggestions, tags
from fudemoji.server.store.tables import Project
from fudemoji.studio.addresses import given, with_query
from fudemoji.studio.elements.review import choices_of

__all__ = ["CERTAIN", "LEAST", "UNCERTAIN", "Known", "Wanted", "read", "trained"]

UNCERTAIN, CERTAIN = "uncertain", "certain"  # orders
LEAST = ("0.99", "0.95", "0.9", "0.8")  # certainties from which suggestions are confirmed together


@dataclass(frozen=True)
class Wanted:
    """Which suggestions are shown; it stands in the address of the page.

    Attributes:
        iteration: the id of the one that suggests.
        order: of those that are shown one after another.
        tag: taken for this one; empty: for any.
        least: the certainty from which they are shown all together; empty: one after another.
    """

    iteration: str
    order: str = UNCERTAIN
    tag: str = ""
    least: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str], known: Mapping[str, str]) -> Wanted:
        """What an address asks for; without an iteration, the newest."""
        iteration = asked.get("iteration", "")
        return cls(
            iteration=iteration if iteration in known else next(iter(known), ""),
            order=CERTAIN if asked.get("order") == CERTAIN else UNCERTAIN,
            tag=asked.get("tag", ""),
            least=least if (least := asked.get("least", "")) in LEAST else "",
        )

    def address(self, project_id: str) -> str:
        """Of the page that shows them."""
        return with_query(f"/projects/{project_id}/images/suggestions", given(vars(self)))

    def base(self, project_id: str) -> str:
        """The address of the iteration's suggestions."""
        return f"/api/v1/projects/{project_id}/iterations/{self.iteration}/suggestions"

    def source(self, project_id: str) -> str:
        """The address that lists them, one after another or together."""
        base, taken_for = self.base(project_id), given({"taken_for": self.tag})
        if self.least:
            return with_query(f"{base}/certain", taken_for | {"least": self.least})
        return with_query(base, taken_for | {"most_uncertain_first": self.order == UNCERTAIN})


@dataclass(frozen=True)
class Known:
    """What the page shows beside the images.

    Attributes:
        iterations: names of the trained ones by their ids, the newest first.
        tags: to choose from.
        num_untagged: images without tags.
        num_suggested: those of them that the iteration has looked at.
        num_wanted: those of these that are taken for the tag that is wanted.
        certain: how many could be confirmed together, by the certainty.
    """

    iterations: dict[str, str]
    tags: list[dict[str, Any]]
    num_untagged: int = 0
    num_suggested: int = 0
    num_wanted: int = 0
    certain: Mapping[str, int] = field(default_factory=dict)

    @property
    def num_left(self) -> int:
        """Untagged images that have no suggestion."""
        return self.num_untagged - self.num_suggested


def trained(session: Session, project: Project) -> dict[str, str]:
    """The names of the trained iterations by their ids, the newest first."""
    return {
        one.id: one.name for one in reversed(iterations.every(session, project)) if one.status == "completed"
    }


def read(session: Session, project: Project, wanted: Wanted) -> Known:
    """What is known now."""
    iteration = iterations.find(session, project, wanted.iteration)
    taken_for = [wanted.tag] if wanted.tag else []
    found = confirming.certain(session, project, iteration, least=float(LEAST[-1]), taken_for=taken_for)
    return Known(
        iterations=trained(session, project),
        tags=choices_of(tags.every(session, project)),
        num_untagged=images.count(session, project, images.ImageQuery(tagged=False)),
        num_suggested=suggestions.num_kept(session, iteration),
        num_wanted=suggestions.num_kept(session, iteration, taken_for=taken_for),
        certain={least: sum(one.certainty >= float(least) for one in found) for least in LEAST},
    )
