"""What a search for a learning rate has written down: how far it is, and its curve."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RateCurve", "Tried", "read_curve", "read_tried"]

_TWO_LINES = 1000  # bytes of what was tried, at least


@dataclass(frozen=True)
class Tried:
    """How far a search is.

    Attributes:
        share: of the rates that were tried in this pass, 0..1.
        number: of the pass; where the curve is noisy, further ones on other images follow, three at most.
    """

    share: float
    number: int


@dataclass(frozen=True)
class RateCurve:
    """The loss over rising learning rates, and what it tells.

    Attributes:
        rates: that were tried.
        raw_losses: at each.
        losses: the same, smoothed.
        recommended: the rate to take; None where the curve gives none away.
        verdict: `clear`, `noisy`, `flat` or `diverged`.
        text: the verdict in words.
        rules: the rate of each known rule.
    """

    rates: Sequence[float]
    raw_losses: Sequence[float]
    losses: Sequence[float]
    recommended: float | None
    verdict: str
    text: str
    rules: Mapping[str, float]


def read_tried(folder: Path) -> Tried | None:
    """How far the search that writes into a folder is; None before the first rate."""
    try:
        with (folder / "tried.jsonl").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TWO_LINES))
            last = json.loads(file.read().split(b"\n")[-2])  # what follows is not whole yet
        passes, place = divmod(int(last["step"]) - 1, int(last["total"]))
        return Tried((place + 1) / int(last["total"]), passes + 1)
    except (OSError, ValueError, TypeError, KeyError, IndexError, ZeroDivisionError):
        return None


def read_curve(folder: Path) -> RateCurve | None:
    """What the search that wrote into a folder has found; None where it found nothing."""
    try:
        told = json.loads((folder / "lr.json").read_bytes())
        points = [
            (float(rate), float(raw), float(loss))
            for rate, raw, loss in zip(told["rates"], told["raw_losses"], told["losses"], strict=True)
            if math.isfinite(raw) and math.isfinite(loss)
        ]
        verdict = told["verdict"]
        return RateCurve(
            rates=[rate for rate, _, _ in points],
            raw_losses=[raw for _, raw, _ in points],
            losses=[loss for _, _, loss in points],
            recommended=told["recommended"],
            verdict=str(verdict["kind"]),
            text=str(verdict["text"]),
            rules={name: float(rate) for name, rate in verdict["rules"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
