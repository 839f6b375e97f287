"""The figures of an iteration at any threshold, made in the browser, with the images behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nicegui.element import Element

from fudemoji.studio.elements.performance.words import told
from fudemoji.studio.elements.scripts import MODULES
from fudemoji.studio.words import Words

__all__ = ["PerformanceView", "Trained"]


@dataclass(frozen=True)
class Trained:
    """An iteration that is trained.

    Attributes:
        id: of it.
        name: of it.
        trained: when, for people.
    """

    id: str
    name: str
    trained: str


class PerformanceView(Element, component="performance.js", esm={"fudemoji-performance": "parts", **MODULES}):
    """The figures; they keep the address of the page up to date.

    Args:
        say: the visitor's words.
        project_id: of the iterations.
        iterations: those that are trained, the newest first.
        iteration_id: that is looked at.
        against_id: that it is compared with; empty: none.
        threshold: that probabilities have to reach.
    """

    def __init__(
        self,
        say: Words,
        *,
        project_id: str,
        iterations: Sequence[Trained],
        iteration_id: str,
        against_id: str,
        threshold: float,
    ) -> None:
        super().__init__()
        first: dict[str, Any] = {"iteration": iteration_id, "against": against_id, "threshold": threshold}
        self.props["project"] = project_id
        self.props["told"] = told(say)
        self.props["language"] = say.language
        self.props["first"] = first
        self.show(iterations)

    def show(self, iterations: Sequence[Trained]) -> None:
        """Let these iterations be chosen from; nothing moves where they are the same."""
        shown = [asdict(one) for one in iterations]
        if self.props.get("iterations") != shown:
            self.props["iterations"] = shown
