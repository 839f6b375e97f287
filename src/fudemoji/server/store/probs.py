"""Probabilities in a database: how sure they are, which are kept, and which rows have which."""

# K classes

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Float, String, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from fudemoji.server.store.tables import Probs, ProjectKind

__all__ = ["has_prob", "is_best", "most_probable", "uncertainty"]


def uncertainty(probs_K: Sequence[float], *, kind: ProjectKind) -> float:
    """How little the probabilities say, in 0..1: their entropy over the greatest that K classes can have.

    Multiclass: of the one distribution, over log K. Multi-label: of each class by itself (it is there or not), the
    mean over log 2. Shannon 1948.

    >>> uncertainty([0.5, 0.5], kind="multiclass"), uncertainty([1.0, 0.0], kind="multilabel")
    (1.0, 0.0)
    """
    if kind == "multilabel":
        bits = [_entropy(p) + _entropy(1 - p) for p in probs_K]
        return sum(bits) / (len(bits) * math.log(2)) if bits else 0.0
    return min(1.0, sum(map(_entropy, probs_K)) / math.log(len(probs_K))) if len(probs_K) > 1 else 0.0


def most_probable(probs: Probs, *, most: int) -> Probs:
    """The first so many, the most probable first."""
    return sorted(probs, key=lambda one: -one[1])[:most]


def has_prob(
    session: Session,
    column: InstrumentedAttribute[Probs],
    *,
    tag_ids: Collection[str],
    least: float,
    most: float = 1.0,
) -> ColumnElement[bool]:
    """The condition that one of the tags has a probability of `least` to `most` in a column of them.

    Args:
        session: a transaction of the database that is to be asked.
        column: of pairs of tag ids and probabilities, JSON.
        tag_ids: the tags; none: any tag.
        least: of the probability.
        most: of the probability.
    """
    tag_id: ColumnElement[Any]
    if session.get_bind().dialect.name == "postgresql":
        pair = func.json_array_elements(column).table_valued("value")
        tag_id = pair.c.value.op("->>")(literal(0))
        prob = cast(pair.c.value.op("->>")(literal(1)), Float)
    else:
        pair = func.json_each(column).table_valued("value")
        tag_id = func.json_extract(pair.c.value, "$[0]")
        prob = cast(func.json_extract(pair.c.value, "$[1]"), Float)
    query = select(literal(1)).select_from(pair).where(prob >= least, prob <= most)
    if tag_ids:
        query = query.where(cast(tag_id, String).in_(list(tag_ids)))
    return query.correlate(column.class_).exists()


def is_best(column: InstrumentedAttribute[Probs], tag_ids: Collection[str]) -> ColumnElement[bool]:
    """The condition that the most probable tag in a column of probabilities is one of these."""
    found: ColumnElement[str] = column[(0, 0)].as_string()
    return found.in_(list(tag_ids))


def _entropy(p: float) -> float:
    return -p * math.log(p) if 0.0 < p < 1.0 else 0.0
