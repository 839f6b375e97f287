"""What to do after a comparison, in words that follow from what was compared."""

from __future__ import annotations

import shlex
from pathlib import Path

from fudemoji.comparison.measuring import Measured
from fudemoji.data import CATALOG
from fudemoji.report.compared.records import Comparison, Variant

__all__ = ["next_steps"]

_CHARACTERS = ("kmnist", "kana")  # ten or a hundred classes; the larger sets come after them


def next_steps(found: Comparison, first: Measured | None) -> tuple[str, ...]:
    """Sentences, the nearest first; commands stand between backticks."""
    choice = next((v for v in found.variants if v.name == found.recommendation.choice), None)
    if choice is None or first is None:
        return ("Find out why nothing was learnt: `fudemoji lr` shows which rates a model can bear.",)
    settings = first.run.settings()
    source = _named(settings.data.source)
    steps = [
        f"Look at the chosen model's mistakes and its confidence: `fudemoji evaluate {choice.runs[0]}`.",
        *_more_seeds(choice),
        f"Search its settings instead of trying a few: `fudemoji tune {source} --model {choice.model}`.",
        *_augmentation(choice, source),
        *_recipes(found, source),
        *_pretrained(choice, source),
        *_larger(first.set_id.name),
    ]
    return tuple(steps)


def _named(source: str) -> str:
    """The set as a command takes it; one that was handed over from Python has no such name."""
    is_there = source in CATALOG or (len(source) < 4096 and Path(source).exists())
    return shlex.quote(source) if is_there else "SET"


def _more_seeds(choice: Variant) -> list[str]:
    if len(choice.runs) >= 3:
        return []
    return ["Repeat it with `--seeds 3` or more: fewer say little about the next training."]


def _augmentation(choice: Variant, source: str) -> list[str]:
    if choice.settings.get("policy") != "none":
        return []
    return [
        "It was trained without augmentation; for few images that is the cheapest gain: "
        f"`fudemoji compare {source} --recipe {choice.recipe} --vary policy=none,auto`."
    ]


def _recipes(found: Comparison, source: str) -> list[str]:
    ours = {variant.recipe for variant in found.variants}
    if ours & {"quick", "best"}:
        return []
    return [
        "Hold it against the recipe that is tuned for characters: "
        f"`fudemoji compare {source} --recipes {' '.join(sorted(ours))} quick`."
    ]


def _pretrained(choice: Variant, source: str) -> list[str]:
    if not choice.model.startswith(("resnet", "vgg")) or choice.settings.get("pretrained") == "yes":
        return []
    return [
        "Start from published weights: "
        f"`fudemoji train {source} --recipe fine-tune --model {choice.model} --pretrained`."
    ]


def _larger(name: str) -> list[str]:
    if not name.startswith(_CHARACTERS):
        return []
    return [
        "Go on to more characters: `fudemoji train k49` (46 hiragana and two marks), then `kkanji` (3,832 kanji); "
        "whole pages need the order of the columns too."
    ]
