"""The part of the page that tells what a run's probabilities are worth."""

from __future__ import annotations

from dataclasses import dataclass

from fudemoji.report.charts import Chart, chart
from fudemoji.report.content import Content, Name
from fudemoji.report.svg import Line
from fudemoji.report.words import count, number, percent
from fudemoji.trust.sheet import Calibration, ClassRule, Kept, Rule, SplitTrust, Trust

__all__ = ["TrustView", "trust_view"]

_SPLITS = {"valid": "validation", "test": "test"}
_FOR = {
    "known": "{share} of the validation images kept",
    "accuracy": "accuracy of {share} of what is kept",
    "precision": "precision of {share}",
    "recall": "recall of {share}",
    "half": "labels above a half",
    "all": "nothing rejected",
}


@dataclass(frozen=True)
class RuleRow:
    """A row of the table of thresholds; `classes` tells of how many classes what is wanted was reached."""

    wanted: str
    threshold: str
    is_reached: bool
    is_in_use: bool
    kept: dict[str, tuple[str, str, str]]
    classes: str


@dataclass(frozen=True)
class FigureRow:
    """A figure before and after calibration, ready to be shown."""

    name: str
    before: str
    after: str
    told: str


@dataclass(frozen=True)
class TrustView:
    """All that the template asks for."""

    trust: Trust
    split: str
    summary: str
    figures: list[FigureRow]
    charts: list[Chart]
    rules: list[RuleRow]
    splits: list[tuple[str, str]]
    classes: list[tuple[Name, ClassRule]]


def trust_view(content: Content) -> TrustView | None:
    """What trust.json says; None where nothing was chosen."""
    trust = content.trust
    if trust is None or not trust.is_chosen or not trust.splits:
        return None
    split = "test" if "test" in trust.splits else "valid"
    found = trust.splits[split]
    return TrustView(
        trust=trust,
        split=_SPLITS[split],
        summary=_summary(trust, split),
        figures=_figures(found, multi_label=trust.multi_label),
        charts=[*_reliability(found, trust), *_coverage(trust)],
        rules=[_rule_row(trust.rule, trust, in_use=True), *(_rule_row(one, trust) for one in trust.offers)],
        splits=[(name, _SPLITS[name]) for name in trust.splits],
        classes=list(zip(content.names, trust.rule.classes, strict=True)) if trust.rule.classes else [],
    )


def _summary(trust: Trust, split: str) -> str:
    """What the rule in use does, in a sentence."""
    rule, images = trust.rule, f"{_SPLITS[split]} images"
    if trust.multi_label:
        kept = rule.kept[split]
        where = "a threshold of its own" if rule.classes else percent(rule.threshold)
        return (
            f"A label is given above {where}: {percent(kept.precision)} of those given to {images} are right, and "
            f"{percent(kept.recall)} of all are found."
        )
    if rule.wanted == "all":
        return "No answer is called unknown."
    where = "the threshold of its class" if rule.classes else percent(rule.threshold)
    kept = rule.kept[split]
    share = kept.num_kept / trust.splits[split].num_used
    told = (
        f"An answer whose probability lies below {where} is called unknown. That keeps {percent(share)} of the {images}"
        f", of which {percent(kept.precision, 2)} are read rightly; of all together it is"
        f" {percent(trust.splits[split].accuracy, 2)}."
    )
    if trust.unknown is None:
        return told
    strangers = trust.unknown
    return (
        f"{told} Of {count(strangers.num_images)} images of {strangers.name}, which belong to no class, it calls "
        f"{percent(strangers.rejected)} unknown (area under the ROC curve {number(strangers.auroc, 3)})."
    )


def _figures(found: SplitTrust, *, multi_label: bool) -> list[FigureRow]:
    before, after = found.before, found.after
    of = "labels" if multi_label else "likeliest classes"

    def share(name: str, field: str, told: str) -> FigureRow:
        return FigureRow(name, percent(getattr(before, field), 2), percent(getattr(after, field), 2), told)

    return [
        share(
            "calibration error", "expected_error",
            f"how far the stated probability of {of} is from the share that is right, on average (15 bins)",
        ),
        share("with equal bins", "equal_mass_error", "the same over 15 bins of about as many predictions"),
        share("greatest error", "greatest_error", "of any bin; one with few predictions says little"),
        FigureRow(
            "log-loss", number(before.log_loss), number(after.log_loss),
            "mean surprise at the truth, in nats; what the temperature makes least on validation images",
        ),
        FigureRow("Brier score", number(before.brier), number(after.brier), "mean squared distance from the truth"),
        FigureRow(
            "accuracy", percent(found.accuracy, 2), percent(found.accuracy, 2), "a temperature changes no answer"
        ),
    ]  # fmt: skip


def _reliability(found: SplitTrust, trust: Trust) -> list[Chart]:
    """Share that is right against stated probability, before and after; the larger a dot, the more predictions."""
    lines = [
        Line("as stated", [(0.0, 0.0), (1.0, 1.0)], "ideal"),
        _bins("before", found.before, "test"),
        _bins("after", found.after, "valid"),
    ]
    right = "right" if not trust.multi_label else "true"
    return chart(
        "Reliability",
        lines,
        right=1.0,
        shares=True,
        from_zero=True,
        x_label=f"stated probability (across), share that is {right} (up)",
        note="The larger a dot, the more answers it holds. Above the line they are right more often than stated.",
    )


def _bins(name: str, of: Calibration, kind: str) -> Line:
    total = sum(count for count, _, _ in of.bins)
    return Line(
        name,
        [(confidence, accuracy) for _, confidence, accuracy in of.bins],
        kind,
        dots=True,
        weights=tuple(count / total for count, _, _ in of.bins),
    )


def _coverage(trust: Trust) -> list[Chart]:
    """Accuracy against the share of images that are kept, the most certain first."""
    lines = [Line(_SPLITS[name], found.curve, name) for name, found in trust.splits.items()]
    if trust.unknown:
        lines.append(Line(f"test with {trust.unknown.name}", trust.unknown.curve, "test balanced"))
    return chart(
        "Accuracy of what is kept",
        lines,
        right=1.0,
        shares=True,
        x_label="share of images that are kept, the surest first",
        note="From right to left, ever more answers are called unknown.",
    )


def _rule_row(rule: Rule, trust: Trust, *, in_use: bool = False) -> RuleRow:
    wanted = _FOR[rule.wanted].format(share=percent(rule.share, 0 if _is_whole(rule.share) else 1))
    own = [one for one in rule.classes if one.is_own]
    reached = f"{sum(one.is_reached for one in own):,} of {len(own):,}" if rule.classes else ""
    return RuleRow(
        wanted=wanted,
        threshold=_threshold(rule),
        is_reached=rule.is_reached,
        is_in_use=in_use,
        kept={name: _told(kept, trust.splits[name]) for name, kept in rule.kept.items()},
        classes=reached,
    )


def _threshold(rule: Rule) -> str:
    """The threshold, or the least and the greatest of the classes."""
    each = [one.threshold for one in rule.classes] or [rule.threshold]
    low, high = percent(min(each)), percent(max(each))
    return high if low == high else f"{low} to {high}"


def _is_whole(share: float | None) -> bool:
    return share is None or abs(100 * share - round(100 * share)) < 1e-9


def _told(kept: Kept, found: SplitTrust) -> tuple[str, str, str]:
    """Share kept, precision and recall."""
    return percent(kept.num_kept / found.num_used), percent(kept.precision, 2), percent(kept.recall, 2)
