"""Which of several to take: words that follow from stated rules, out of figures alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fudemoji.metrics.spread import Spread
from fudemoji.report.compared.records import Pair, Recommendation, Variant
from fudemoji.report.words import duration

__all__ = ["MARGIN", "cheapest", "is_beyond_noise", "recommend", "rules", "warnings_of"]

MARGIN = 0.002  # a share: differences below are not worth a dearer model
_ALPHA = 0.05
_SAME_BUDGET = 1.05  # a last batch that is left out makes little difference
_ALIKE = 1.1  # times that differ by less are taken as equal


def rules(margin: float = MARGIN) -> tuple[str, ...]:
    """The rules of `recommend`, as the page and the documentation state them."""
    return (
        "Whatever failed, or reads no better than always naming the largest class does, is out.",
        "Among the values tried for one recipe or model the choice is made on the validation images. The test images "
        "are for the chosen ones.",
        "A difference counts if the exact test, corrected for the number of pairs (Holm), gives p below 0.05, the "
        "95 % interval of the paired bootstrap leaves out zero, and it is "
        f"{100 * margin:g} points or more. Any other difference is noise.",
        "If nothing is within noise of the most accurate, it is recommended.",
        "Of those within noise of the most accurate the cheapest is recommended: the shortest training; of trainings "
        "within a tenth of it the one with the fewest parameters, and of equally many the more accurate. One "
        "model under one budget (steps, images a step) takes equally long. Times from different machines "
        "are not compared: parameters decide.",
        "Without a paired test (images with several labels) a difference counts if it reaches those points and twice "
        "its standard error over the seeds.",
        "On different test images nothing is recommended.",
    )


def is_beyond_noise(pair: Pair, one: Spread, other: Spread, *, margin: float) -> bool:
    """Whether two differ by more than chance and the margin.

    Args:
        pair: the two, with the paired test where there is one.
        one: the figure that decides, of the one.
        other: the same of the other.
        margin: a share; a smaller difference is not worth anything.
    """
    difference = abs(one.mean - other.mean)
    if difference < margin - 1e-12:
        return False
    if pair.test is not None:
        assert pair.adjusted_p is not None
        return pair.adjusted_p < _ALPHA and (pair.test.low > 0 or pair.test.high < 0)
    if one.deviation is None or other.deviation is None:
        return True
    error = math.sqrt(one.deviation**2 / len(one.values) + other.deviation**2 / len(other.values))
    return difference > 2 * error


def cheapest(variants: Sequence[Variant], *, score: str) -> Variant:
    """The one whose training is shortest, or of about as short ones the smallest, or the more accurate."""
    if len({variant.machine for variant in variants}) == 1:
        seconds = _seconds(variants)
        least = min(seconds.values())
        variants = [variant for variant in variants if seconds[variant.name] <= _ALIKE * least]
    return min(variants, key=lambda v: (v.parameters, -v.figures[score].mean))


def _seconds(variants: Sequence[Variant]) -> dict[str, float]:
    """How long each trains, by name; those of one model under one budget differ by the machine's other work alone."""
    alike: dict[tuple[str, int, int, int], list[Variant]] = {}
    for variant in variants:
        key = (variant.model, variant.parameters, variant.total_steps, variant.images_per_step)
        alike.setdefault(key, []).append(variant)
    means = [(of, math.fsum(v.costs["training, s"].mean for v in of) / len(of)) for of in alike.values()]
    return {variant.name: mean for of, mean in means for variant in of}


def recommend(
    variants: Sequence[Variant], pairs: Sequence[Pair], *, score: str, margin: float = MARGIN
) -> Recommendation:
    """The variant to take, by `rules`.

    Args:
        variants: those to choose among.
        pairs: every two of them on the images that decide.
        score: name of the figure that decides.
        margin: a share; a smaller difference is not worth anything.
    """
    learnt = [variant for variant in variants if _is_in(variant)]
    fit = [variant for variant in learnt if score in variant.figures]
    if not fit:
        why = f"there is no {score} to choose by" if learnt else "none of them learnt anything"
        return Recommendation(None, (f"Nothing can be recommended: {why}.",))
    found = {frozenset((pair.one, pair.other)): pair for pair in pairs}
    if refusal := next((found[key].refusal for key in found if not found[key].same_images), ""):
        return Recommendation(None, (f"Nothing can be recommended: {refusal}.",))
    best = max(fit, key=lambda v: (v.figures[score].mean, -v.parameters))
    near = [
        other
        for other in fit
        if other is best
        or not is_beyond_noise(
            found[frozenset((best.name, other.name))],
            best.figures[score],
            other.figures[score],
            margin=margin,
        )
    ]
    choice = cheapest(near, score=score)
    sentences = [
        _reason(choice, best, near, fit, score=score),
        *_against(choice, best, found, score=score, margin=margin),
    ]
    return Recommendation(choice.name, tuple(sentences), tuple(variant.name for variant in near))


def _is_in(variant: Variant) -> bool:
    return bool(variant.runs) and variant.at_chance < len(variant.runs)


def _reason(
    choice: Variant, best: Variant, near: Sequence[Variant], fit: Sequence[Variant], *, score: str
) -> str:
    figure = f"{_percent(choice.figures[score].mean)} {score}"
    if len(fit) == 1:
        return f"{figure}: it is the only one that can be."
    if len(near) == 1:
        rest = [best.figures[score].mean - v.figures[score].mean for v in fit if v is not best]
        ahead = f"{100 * min(rest):.2f} to {_points(max(rest))}" if len(rest) > 1 else _points(rest[0])
        return f"With {figure} it is ahead by {ahead}, more than noise explains."
    others = _and([v.name for v in near if v is not choice])
    if choice is best:
        told = "it is the cheapest" if _is_cheaper(choice, near) else "none of them is cheaper"
        return f"{figure}, which {others} cannot be told from; {told}."
    return f"{figure}: it cannot be told from {best.name}, and costs less."


def _is_cheaper(choice: Variant, near: Sequence[Variant]) -> bool:
    """Whether it costs less than each of the others, in time or in parameters."""
    seconds = _seconds(near)
    return all(
        v is choice or seconds[v.name] > _ALIKE * seconds[choice.name] or v.parameters > choice.parameters
        for v in near
    )


def _against(
    choice: Variant, best: Variant, found: dict[frozenset[str], Pair], *, score: str, margin: float
) -> list[str]:
    """What the most accurate has over a cheaper choice, and what it costs."""
    if choice is best:
        return []
    ahead = best.figures[score].mean - choice.figures[score].mean
    pair = found[frozenset((best.name, choice.name))]
    told = f"{best.name} is ahead by {_points(ahead)}"
    if ahead < margin - 1e-12:
        told += f", less than the {100 * margin:g} that count"
    elif pair.test is not None:
        assert pair.adjusted_p is not None
        low, high = pair.test.low, pair.test.high
        low, high = (low, high) if pair.one == best.name else (-high, -low)
        told += f", which may be chance: {100 * low:+.2f} to {_points(high)}, p {_p(pair.adjusted_p)}"
    else:
        told += ", which may be chance"
    seconds = [v.costs["training, s"].mean for v in (choice, best)]
    return [
        f"{told}. {choice.name} trains in {duration(seconds[0])} and has {choice.parameters:,} parameters, "
        f"{best.name} in {duration(seconds[1])} and {best.parameters:,}."
    ]


def warnings_of(
    variants: Sequence[Variant], recommendation: Recommendation, *, score: str, chosen: Sequence[Variant]
) -> tuple[str, ...]:
    """What lessens the worth of a recommendation among the `chosen` of the `variants`."""
    return (
        *_lost(variants),
        *_seeds(chosen, recommendation),
        *_ranking(chosen, score),
        *_budgets(variants),
        *_machines(variants),
    )


def _lost(variants: Sequence[Variant]) -> list[str]:
    told = []
    for variant in variants:
        told += [f"{variant.name} failed: {failure}." for failure in variant.failures]
        num = len(variant.runs)
        if variant.at_chance:
            seeds = "" if num == 1 else f" in {variant.at_chance} of {num} seeds"
            told.append(f"{variant.name} stayed at chance{seeds}: it reads no better than guessing.")
    return told


def _seeds(chosen: Sequence[Variant], recommendation: Recommendation) -> list[str]:
    if recommendation.choice and min((len(v.runs) for v in chosen), default=0) == 1:
        return [
            "One seed: how much a figure changes with the seed is not known, and a difference may be luck; "
            "3 seeds or more tell."
        ]
    return []


def _ranking(chosen: Sequence[Variant], score: str) -> list[str]:
    valid = score.replace("test", "validation")
    ranked = [v for v in chosen if _is_in(v) and score in v.figures and valid in v.figures]
    if valid == score or len(ranked) < 2:
        return []
    by_valid = max(ranked, key=lambda v: v.figures[valid].mean)
    by_test = max(ranked, key=lambda v: v.figures[score].mean)
    if by_valid is by_test:
        return []
    return [
        f"Validation and test disagree: {by_valid.name} is first on the validation images, {by_test.name} on the "
        "test images."
    ]


def _budgets(variants: Sequence[Variant]) -> list[str]:
    seen = {v.name: v.images_seen for v in variants if v.runs}
    if not seen:
        return []
    least, most = min(seen, key=lambda name: seen[name]), max(seen, key=lambda name: seen[name])
    if seen[most] < _SAME_BUDGET * seen[least]:
        return []
    return [
        f"The budgets differ: {least} saw {seen[least]:,} images in training, {most} {seen[most]:,}. What is compared "
        "is each as it stands, not under one budget."
    ]


def _machines(variants: Sequence[Variant]) -> list[str]:
    machines = sorted({variant.machine for variant in variants if variant.runs})
    if len(machines) < 2:
        return []
    return [f"Trained on different machines ({'; '.join(machines)}): times are not compared."]


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _points(share: float) -> str:
    return f"{100 * share:.2f} points"


def _p(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"{p:.2g}"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
