"""What `evaluate` asks and tells about trust: the flags of the thresholds, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from fudemoji.cli.show import percent, table
from fudemoji.errors import SettingsError

if TYPE_CHECKING:
    from fudemoji.trust import Trust, Wish

__all__ = ["ForAccuracy", "ForKnown", "ForPrecision", "ForRecall", "UnknownSet", "show_trust", "wish_of"]

_PANEL = "Thresholds, chosen by the validation images"
ForPrecision = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="of what each class is read as, so much is right", rich_help_panel=_PANEL
    ),
]
ForRecall = Annotated[
    float | None, typer.Option(metavar="SHARE", help="of each class so much is found", rich_help_panel=_PANEL)
]
ForAccuracy = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="of what is not called unknown, so much is right", rich_help_panel=_PANEL
    ),
]
ForKnown = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="so much is not called unknown; 0.95 at first", rich_help_panel=_PANEL
    ),
]
UnknownSet = Annotated[
    str | None,
    typer.Option(
        metavar="SET", help="images of no class, to see how many are called unknown", rich_help_panel=_PANEL
    ),
]


def wish_of(
    *, precision: float | None, recall: float | None, accuracy: float | None, known: float | None
) -> Wish | None:
    """What the flags ask thresholds to be for; None where none is given.

    Raises:
        SettingsError: more than one, or no share.
    """
    from fudemoji.trust import Wish

    shares = {"precision": precision, "recall": recall, "accuracy": accuracy, "known": known}
    given = {name: share for name, share in shares.items() if share is not None}
    if len(given) > 1:
        flags = " and ".join(f"--for-{name}" for name in given)
        raise SettingsError(f"{flags}: thresholds are for one thing at a time; give one of them")
    if precision is not None:
        return Wish("precision", precision)
    if recall is not None:
        return Wish("recall", recall)
    if accuracy is not None:
        return Wish("accuracy", accuracy)
    return Wish("known", known) if known is not None else None


def show_trust(trust: Trust) -> None:
    """Calibration before and after, the rule in use, and what becomes of unknown images."""
    split = "test" if "test" in trust.splits else "valid"
    found = trust.splits[split]
    before, after = found.before, found.after
    rows = [
        ("calibration error", percent(before.expected_error), percent(after.expected_error)),
        ("log-loss", f"{before.log_loss:.4f}", f"{after.log_loss:.4f}"),
        ("accuracy", percent(found.accuracy), percent(found.accuracy)),
    ]
    table(f"calibration, {split}", ">before", ">after", rows=rows)
    for line in _lines(trust, split):
        print(line)


def _lines(trust: Trust, split: str) -> Iterator[str]:
    rule, found = trust.rule, trust.splits[split]
    chosen = f"{trust.splits['valid'].num_used:,} validation images"
    yield (
        f"no temperature: {trust.temperature_note}"
        if trust.temperature_note
        else (f"temperature {trust.temperature:.3f}, chosen by {chosen}")
    )
    if rule.wanted == "all":
        return
    kept = rule.kept[split]
    above = "the threshold of its class" if rule.classes else f"{rule.threshold:.1%}"
    if trust.multi_label:
        yield (
            f"labels above {above}: {percent(kept.precision)} of those given to {split} images are right, "
            f"{percent(kept.recall)} of all are found"
        )
    else:
        yield (
            f"unknown below {above}: keeps {percent(kept.num_kept / found.num_used)} of the {split} images, "
            f"{percent(kept.precision)} of them right"
        )
    yield from _not_reached(trust)
    if trust.unknown:
        strangers = f"{trust.unknown.num_images:,} images of {trust.unknown.name}"
        yield (
            f"unknown: {percent(trust.unknown.rejected)} of {strangers} "
            f"(area under the ROC curve {trust.unknown.auroc:.4f})"
        )


def _not_reached(trust: Trust) -> Iterator[str]:
    rule = trust.rule
    if not rule.is_reached:
        best = rule.kept["valid"].recall if rule.wanted == "recall" else rule.kept["valid"].precision
        yield f"{rule.wanted} of {rule.share:g} is not reached on validation; the nearest is {percent(best)}"
    short = [one for one in rule.classes if one.is_own and not one.is_reached]
    if short:
        yield f"{len(short):,} of {len(rule.classes):,} classes do not reach it; theirs is the nearest there is"
    few = [one for one in rule.classes if not one.is_own]
    if few:
        yield f"{len(few):,} of {len(rule.classes):,} classes have too few images and take the threshold of all"
