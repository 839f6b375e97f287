"""Every two of what is compared, tested on the same images where they are the same."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fudemoji.comparison.measuring import Measured, hits_of
from fudemoji.metrics.paired import compare_hits, compare_hits_apart, holm
from fudemoji.report.compared.records import Pair

__all__ = ["pairs_of"]


def pairs_of(runs: Mapping[str, Sequence[Measured]], *, split: str) -> tuple[Pair, ...]:
    """A pair for every two variants, with the paired test where their images are the same, p corrected for all.

    Args:
        runs: of each variant, one a seed.
        split: whose images.
    """
    pairs = [
        _pair(one, other, runs[one], runs[other], split=split)
        for one, other in itertools.combinations([name for name, of in runs.items() if of], 2)
    ]
    tested = [index for index, pair in enumerate(pairs) if pair.test]
    adjusted = holm([test.p for pair in pairs if (test := pair.test)])
    for index, p in zip(tested, adjusted, strict=True):
        pairs[index] = replace(pairs[index], adjusted_p=p)
    return tuple(pairs)


def _pair(
    one: str, other: str, of_one: Sequence[Measured], of_other: Sequence[Measured], *, split: str
) -> Pair:
    if reason := of_one[0].set_id.difference(of_other[0].set_id):
        return Pair(
            one, other, split, refusal=f"they were measured on different images: {reason}", same_images=False
        )
    matched = _matched(of_one, of_other)
    if any(split not in run.predictions for pair in matched for run in pair):
        return Pair(one, other, split, refusal=f"there are no predictions of the {_WORDS[split]} images")
    for ours, theirs in matched:
        if reason := _different_images(ours, theirs, split):
            return Pair(one, other, split, refusal=reason, same_images=False)
    hits = [[hits_of(run.predictions[split]) for run in runs] for runs in zip(*matched, strict=True)]
    ones, others = ([row for row in rows if row is not None] for rows in hits)
    if len(ones) + len(others) < 2 * len(matched):
        refusal = "images have several labels, and mean average precision is no share of images"
        return Pair(one, other, split, refusal=refusal)
    if _share_images([run for run, _ in matched], split):
        return Pair(one, other, split, compare_hits(np.stack(ones), np.stack(others)))
    return Pair(one, other, split, compare_hits_apart(ones, others))


_WORDS = {"valid": "validation", "test": "test"}


def _matched(of_one: Sequence[Measured], of_other: Sequence[Measured]) -> list[tuple[Measured, Measured]]:
    """Runs that belong together: of the same seed, or, where seeds differ, in their order."""
    by_seed = {run.seed: run for run in of_other}
    if shared := [(run, by_seed[run.seed]) for run in of_one if run.seed in by_seed]:
        return shared
    return list(zip(of_one, of_other, strict=False))


def _different_images(ours: Measured, theirs: Measured, split: str) -> str:
    one, other = ours.predictions[split], theirs.predictions[split]
    if len(one) != len(other):
        return (
            f"they were measured on different images: {len(one):,} and {len(other):,} {_WORDS[split]} images"
        )
    mine, yours = one.to_arrays(), other.to_arrays()
    if not np.array_equal(mine["indices"], yours["indices"]):
        return f"they were measured on different images: the {_WORDS[split]} splits were cut differently"
    if not np.array_equal(mine["labels"], yours["labels"]):
        return "they were measured on different images: the labels differ"
    return ""


def _share_images(runs: Sequence[Measured], split: str) -> bool:
    """Whether all seeds have the same images in the split: a validation split is cut anew for each."""
    first = runs[0].predictions[split].to_arrays()["indices"]
    return all(np.array_equal(first, run.predictions[split].to_arrays()["indices"]) for run in runs[1:])
