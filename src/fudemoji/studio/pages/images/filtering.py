"""Which images are shown: by their tags, and by what an iteration makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nicegui import ui
from sqlalchemy.orm import Session

from fudemoji.server.store import images, iterations
from fudemoji.server.store.tables import Project
from fudemoji.server.trainings.outcomes import NONE
from fudemoji.studio.addresses import given, with_query
from fudemoji.studio.elements import text
from fudemoji.studio.elements.select import Select
from fudemoji.studio.words import Words

if TYPE_CHECKING:
    from fudemoji.studio.pages.images.bench import Bench

__all__ = ["Filter", "FilterBar", "Known"]

_SEEN = {  # what is shown as an iteration sees it, and how the API is asked for it
    "train": {"split": "train"},
    "valid": {"split": "valid"},
    "outside": {"split": "outside"},
    "wrong": {"verdict": "wrong"},
    "uncertain": {"verdict": "uncertain"},
}
_OUTCOME = "outcome"  # the view of what became of certain tags
_OF_OUTCOME = ("rightly", "missed", "wrongly", "least")


@dataclass(frozen=True)
class Filter:
    """Which images are shown; it stands in the address of the page.

    Attributes:
        tag_id: with this tag only; empty: with any or none.
        only: `tagged` or `untagged` ones; empty: both.
        iteration_id: of the iteration that `seen` is about.
        seen: what the iteration makes of them; empty: anything.
        rightly: the id of a tag that they have and are given, where `seen` is `outcome`, as the following.
        missed: of a tag that they have and are not given, or `none`.
        wrongly: of a tag that they are given and do not have, or `none`.
        least: the probability from which tags are given.
    """

    tag_id: str = ""
    only: str = ""
    iteration_id: str = ""
    seen: str = ""
    rightly: str = ""
    missed: str = ""
    wrongly: str = ""
    least: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filter:
        """The filter of an address; what makes no sense is left out."""
        only, seen, iteration_id = (asked.get(name, "") for name in ("only", "seen", "iteration"))
        outcome = {name: asked.get(name, "") for name in _OF_OUTCOME} if seen == _OUTCOME else {}
        has_view = bool(iteration_id) and (
            seen in _SEEN or any(outcome.get(name) for name in _OF_OUTCOME[:-1])
        )
        return cls(
            tag_id=asked.get("tag", ""),
            only=only if only in ("tagged", "untagged") else "",
            iteration_id=iteration_id if has_view else "",
            seen=seen if has_view else "",
            **(outcome if has_view else {}),
        )

    def address(self, project_id: str) -> str:
        """Of the page that shows these images."""
        asked = {"tag": self.tag_id, "only": self.only, "iteration": self.iteration_id, "seen": self.seen}
        asked |= self._outcome
        return with_query(f"/projects/{project_id}/images", given(asked))

    def source(self, project_id: str) -> str:
        """The address that lists their ids."""
        asked = {"tag_ids": self.tag_id, "tagged": {"tagged": "true", "untagged": "false"}.get(self.only, "")}
        if self.seen:
            asked |= {"iteration_id": self.iteration_id, **_SEEN.get(self.seen, self._outcome)}
        return with_query(f"/api/v1/projects/{project_id}/images/ids", given(asked))

    @property
    def without_view(self) -> Filter:
        """The same, whatever an iteration makes of the images."""
        return Filter(tag_id=self.tag_id, only=self.only)

    def told(self, names: Mapping[str, str], say: Words) -> str:
        """What became of certain tags, in words; the names of tags by their ids."""
        gone = say("(deleted tag)")
        rightly, missed, wrongly = (
            names.get(one, gone) if one else "" for one in (self.rightly, self.missed, self.wrongly)
        )
        if self.rightly:
            return say("{tag}: rightly given", tag=rightly)
        if self.wrongly == NONE:
            return say("{truth}, given no tag", truth=missed)
        if self.missed == NONE:
            return say("{given}, given to images without a missed tag", given=wrongly)
        if missed and wrongly:
            return say("{truth} taken for {given}", truth=missed, given=wrongly)
        return say("{tag}: missed", tag=missed) if missed else say("{tag}: wrongly given", tag=wrongly)

    @property
    def _outcome(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in _OF_OUTCOME}


@dataclass(frozen=True)
class Known:
    """What can be chosen from.

    Attributes:
        iterations: names of the trained ones by their ids, the newest first.
        num_untagged: images without tags.
    """

    iterations: dict[str, str]
    num_untagged: int

    @classmethod
    def read(cls, session: Session, project: Project) -> Known:
        """As it is now."""
        trained = [one for one in iterations.every(session, project) if one.status == "completed"]
        untagged = images.count(session, project, images.ImageQuery(tagged=False))
        return cls({one.id: one.name for one in reversed(trained)}, untagged)


class FilterBar:
    """The choices above the images.

    Args:
        bench: the page.
        known: what can be chosen from.
    """

    def __init__(self, bench: Bench, known: Known) -> None:
        self._bench, self._known = bench, known
        say = bench.here.say
        with ui.element("div").classes("filters"):
            self._only = Select(say("Show"), _parts(say), value="", on_change=self._choose_only)
            self._seen = Select(
                say("As an iteration sees them"), _views(say), value="", on_change=self._choose_seen
            )
            self._iteration = Select(
                say("Iteration"), known.iterations, value="", on_change=self._choose_iteration
            )
            address = f"/projects/{bench.here.project.id}/images/suggestions"
            self._suggestions = text("a", "", href=address, classes="filters-end")
        bench.on_filter.append(self._put)
        self._put()

    async def read(self) -> None:
        """Show what can be chosen from now."""
        here = self._bench.here
        self._known = await here.read(lambda session: Known.read(session, here.project))
        self._put()

    def _put(self) -> None:
        say, known, wanted = self._bench.here.say, self._known, self._bench.filter
        is_trained = bool(known.iterations)
        self._only.offer(_parts(say), value=wanted.only)
        views = _views(say)
        if wanted.seen == _OUTCOME:
            views[_OUTCOME] = wanted.told({one["id"]: one["name"] for one in self._bench.tags}, say)
        self._seen.offer(views, value=wanted.seen)
        self._seen.set_visibility(is_trained)
        self._iteration.offer(known.iterations, value=wanted.iteration_id)
        self._iteration.set_visibility(is_trained and bool(wanted.seen))
        count = known.num_untagged if is_trained else 0
        told = say("Suggested tags for one image|Suggested tags for {count} images", count=count)
        self._suggestions.set_text(told if count else "")
        self._suggestions.set_visibility(count > 0)

    def _choose_only(self, only: str) -> None:
        self._bench.choose(replace(self._bench.filter, only=only))

    def _choose_seen(self, seen: str) -> None:
        wanted = self._bench.filter
        iteration_id = wanted.iteration_id or next(iter(self._known.iterations), "")
        shown = replace(wanted.without_view, seen=seen, iteration_id=iteration_id if seen else "")
        self._bench.choose(shown if seen != _OUTCOME else wanted)

    def _choose_iteration(self, iteration_id: str) -> None:
        self._bench.choose(replace(self._bench.filter, iteration_id=iteration_id))


def _parts(say: Words) -> dict[str, str]:
    return {"": say("all images"), "tagged": say("with tags"), "untagged": say("without tags")}


def _views(say: Words) -> dict[str, str]:
    return {
        "": say("any"),
        "wrong": say("taken for something else"),
        "uncertain": say("uncertain"),
        "valid": say("held out"),
        "train": say("learned from"),
        "outside": say("neither held out nor learned from"),
    }
