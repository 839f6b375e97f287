"""Choosing a temperature and thresholds by the validation split, and telling what they come to on the test split."""

# N images, K classes

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fudemoji.errors import SettingsError
from fudemoji.metrics import (
    LEAST_IMAGES,
    THRESHOLD,
    Cut,
    Logits,
    Selection,
    auroc,
    brier_score,
    calibration_errors,
    fit_temperature,
    log_loss,
    probabilities,
    reliability,
    selection,
)
from fudemoji.trust.claims import Claims
from fudemoji.trust.sheet import Calibration, ClassRule, Kept, Rule, SplitTrust, Trust, Unknown, Wanted

__all__ = ["Wish", "choose", "describe_unknown"]

_OFFERED: tuple[Wanted, ...] = ("precision", "recall")
_SHARES = (0.95, 0.99)
_MOST_POINTS = 120  # of a curve


@dataclass(frozen=True)
class Wish:
    """What thresholds are to be chosen for: a share of known images kept, or a share of right ones among what is kept.

    Raises:
        SettingsError: a share out of range.
    """

    wanted: Wanted
    share: float | None = None

    def __post_init__(self) -> None:
        if self.share is not None and not 0 < self.share <= 1:
            raise SettingsError(f"--for-{self.wanted} {self.share:g} is no share: more than 0, and 1 at most")


def choose(
    valid: Logits,
    test: Logits | None = None,
    *,
    shifts: int = 0,
    unshifted: tuple[Logits, Logits | None] | None = None,
    wish: Wish | None = None,
) -> Trust:
    """Temperature and thresholds, all chosen by validation images alone.

    Args:
        valid: logits of the validation split.
        test: of the test split, which only tells what the choice comes to.
        shifts: pixels of the shifts that the logits were averaged over.
        unshifted: where they were, the logits of both splits without, to choose for images as they are too.
        wish: what the thresholds in use are for. Where None: with one label an image, to keep 95 % of the validation
            images; with several, labels above a half.

    Raises:
        SettingsError: a wish that does not go with several labels an image.
    """
    multi_label = valid.is_multi_label
    wish = wish or (Wish("half") if multi_label else Wish("known", 0.95))
    if multi_label and wish.wanted in ("known", "accuracy"):
        raise SettingsError(
            f"--for-{wish.wanted} is for one label an image; of several labels each has its threshold: "
            "use --for-precision or --for-recall"
        )
    temperature, note = _temperature(valid)
    splits = {"valid": valid, **({"test": test} if test else {})}
    claims = {name: Claims.of(_probs(logits, temperature), logits.labels) for name, logits in splits.items()}
    offered = [Wish(wanted, share) for wanted in _OFFERED for share in _SHARES]
    return Trust(
        num_classes=valid.logits_MK.shape[1],
        multi_label=multi_label,
        shifts=shifts,
        temperature=temperature,
        temperature_note=note,
        chosen_on="valid",
        rule=_rule(wish, claims),
        offers=[_rule(one, claims) for one in offered],
        splits={name: _of_split(logits, temperature) for name, logits in splits.items()},
        unshifted=choose(*unshifted, wish=wish) if unshifted else None,
    )


def describe_unknown(trust: Trust, test: Logits, unknown_NK: NDArray[np.floating], *, name: str) -> Unknown:
    """How images of no class fare under the thresholds in use; their probabilities (N, K) are calibrated already."""
    probs_NK = _probs(test, trust.temperature)
    known_N, stranger_M = probs_NK.max(axis=1), unknown_NK.max(axis=1)
    hits = np.concatenate([probs_NK.argmax(axis=1) == test.labels, np.zeros(len(stranger_M), dtype=bool)])
    return Unknown(
        name=name,
        num_images=len(stranger_M),
        rejected=float((~trust.is_known(unknown_NK)).mean()),
        auroc=auroc(known_N, stranger_M),
        curve=_thinned(selection(np.concatenate([known_N, stranger_M]), hits)),
    )


def _probs(logits: Logits, temperature: float) -> NDArray[np.float64]:
    return probabilities(logits.logits_MK, temperature=temperature, multi_label=logits.is_multi_label)


def _temperature(valid: Logits) -> tuple[float, str]:
    """The temperature, and why there is none where it is 1."""
    if len(valid) < LEAST_IMAGES:
        return (
            1.0,
            f"{len(valid)} validation images are too few to fit a temperature by ({LEAST_IMAGES} at least)",
        )
    found = fit_temperature(valid.logits_MK, valid.labels)
    if found is not None:
        return found, ""
    return 1.0, "the validation images set no bound to a temperature: all are read rightly, or as by chance"


def _rule(wish: Wish, claims: Mapping[str, Claims]) -> Rule:
    """The thresholds that the validation images choose for a wish, and what they keep of each split."""
    valid, classes = claims["valid"], list[Cut | None]()
    if wish.share is None:
        cut = Cut(THRESHOLD if wish.wanted == "half" else 0.0, 0, 1.0, 1.0)
    elif wish.wanted == "known":
        cut = valid.keeping(wish.share)
    elif wish.wanted == "accuracy":
        cut = valid.cut("precision", wish.share)
    else:
        cut = valid.cut(wish.wanted, wish.share)
        classes = valid.cuts(wish.wanted, wish.share)
    thresholds = [(own or cut).threshold for own in classes] or [cut.threshold] * len(valid.to_find_K)
    kept = {name: one.kept(thresholds) for name, one in claims.items()}
    return Rule(
        wanted=wish.wanted,
        share=wish.share,
        threshold=cut.threshold,
        is_reached=cut.is_reached,
        kept={name: _kept(whole) for name, (whole, _) in kept.items()},
        classes=[
            ClassRule(
                threshold=(own or cut).threshold,
                is_own=own is not None,
                is_reached=(own or cut).is_reached,
                kept={name: _kept(each[k]) for name, (_, each) in kept.items()},
            )
            for k, own in enumerate(classes)
        ],
    )


def _kept(cut: Cut) -> Kept:
    return Kept(num_kept=cut.num_kept, precision=cut.precision, recall=cut.recall)


def _of_split(logits: Logits, temperature: float) -> SplitTrust:
    probs_NK, labels = _probs(logits, temperature), logits.labels
    if logits.is_multi_label:
        right_N = ((probs_NK > THRESHOLD) == labels).all(axis=1)
        curve = None
    else:
        right_N = probs_NK.argmax(axis=1) == labels
        curve = selection(probs_NK.max(axis=1), right_N)
    return SplitTrust(
        num_images=logits.num_images,
        num_used=len(logits),
        accuracy=float(right_N.mean()),
        before=_calibration(logits, temperature=1.0),
        after=_calibration(logits, temperature=temperature),
        aurc=curve.aurc if curve else None,
        curve=_thinned(curve) if curve else [],
    )


def _calibration(logits: Logits, *, temperature: float) -> Calibration:
    probs_NK, labels = _probs(logits, temperature), logits.labels
    if labels.ndim == 2:
        stated, true = probs_NK.ravel(), labels.ravel().astype(bool)
    else:
        stated, true = probs_NK.max(axis=1), probs_NK.argmax(axis=1) == labels
    bins = reliability(stated, true)
    expected, greatest = calibration_errors(bins)
    return Calibration(
        log_loss=log_loss(logits.logits_MK, labels, temperature=temperature),
        brier=brier_score(probs_NK, labels),
        expected_error=expected,
        equal_mass_error=calibration_errors(reliability(stated, true, equal_mass=True))[0],
        greatest_error=greatest,
        bins=[(one.count, one.confidence, one.accuracy) for one in bins],
    )


def _thinned(curve: Selection) -> list[tuple[float, float]]:
    """Coverage and accuracy at places spread evenly over the curve, its end included."""
    count = len(curve.coverages)
    places = np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(np.int64))
    return [(float(curve.coverages[place]), float(curve.accuracies[place])) for place in places]
