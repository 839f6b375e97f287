"""Which images of a project a request is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from fudemoji.server.store.images import ImageQuery
from fudemoji.server.trainings.judging import SURE, Split, Verdict
from fudemoji.server.trainings.outcomes import Outcome
from fudemoji.serving.errors import ApiError

__all__ = ["Asked", "TagIds", "Which"]

TagIds = Annotated[
    tuple[str, ...], Query(max_length=256, description="with one of these tags; none: with any or none")
]
Tagged = Annotated[bool | None, Query(description="with tags only, without only; missing: all")]


@dataclass(frozen=True)
class Which:
    """Images that a request is about, and their order.

    Attributes:
        query: them, as far as the store knows; those of a verdict have an order of their own.
        iteration_id: the iteration that the following are about.
        split: what it took the images for.
        verdict: what its answer for them is.
        sure: from which probability an answer is certain.
        outcome: what became of tags when it was measured.
    """

    query: ImageQuery
    iteration_id: str | None = None
    split: Split | None = None
    verdict: Verdict | None = None
    sure: float = SURE
    outcome: Outcome | None = None


def _asked(
    *,
    tagged: Tagged = None,
    tag_ids: TagIds = (),
    newest_first: Annotated[bool, Query(description="does not count where there is a verdict")] = True,
    iteration_id: Annotated[
        str | None, Query(description="the iteration that split and verdict are about; its answers are told")
    ] = None,
    split: Annotated[
        Split | None,
        Query(description="`train`: it learned from them; `valid`: they were held out; `outside`: neither"),
    ] = None,
    verdict: Annotated[
        Verdict | None,
        Query(
            description="`wrong`: of those held out, what it takes for something else than their tags now, the worst "
            "first; `uncertain`: of those held out and those with a suggestion, the most uncertain first"
        ),
    ] = None,
    sure: Annotated[
        float, Query(ge=0.5, le=1, description="the probability of an answer that is certain")
    ] = SURE,
    rightly: Annotated[
        str | None, Query(description="of those held out, those that have this tag and are given it")
    ] = None,
    missed: Annotated[
        str | None,
        Query(description="those that have this tag and are not given it; `none`: those that miss none"),
    ] = None,
    wrongly: Annotated[
        str | None,
        Query(description="those that are given this tag and do not have it; `none`: that are given none so"),
    ] = None,
    least: Annotated[
        float | None, Query(ge=0, le=1, description="from which probability a tag counts as given")
    ] = None,
) -> Which:
    outcome = Outcome(rightly, missed, wrongly, least) if rightly or missed or wrongly else None
    if iteration_id is None and (split or verdict or outcome):
        raise ApiError(
            400, "BadRequest", "give the iteration_id that split, verdict and tags given are about"
        )
    if verdict and outcome:
        raise ApiError(
            400, "BadRequest", "ask for a verdict, or for tags that are given or missed, not for both"
        )
    query = ImageQuery(tagged=tagged, tag_ids=tag_ids, newest_first=newest_first)
    return Which(query, iteration_id=iteration_id, split=split, verdict=verdict, sure=sure, outcome=outcome)


Asked = Annotated[Which, Depends(_asked)]
