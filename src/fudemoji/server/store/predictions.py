"""Predictions: images that clients had classified, kept with the answer, asked for, and made images of the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from sqlalchemy import ColumnElement, Select, exc, func, or_, tuple_
from sqlalchemy import delete as delete_rows
from sqlalchemy import select as select_rows
from sqlalchemy.orm import Session

from fudemoji.server.store import images, leftovers, projects
from fudemoji.server.store.blobs import Blobs
from fudemoji.server.store.checking import check_text, is_text
from fudemoji.server.store.ids import canonical
from fudemoji.server.store.many import one_of
from fudemoji.server.store.probs import has_prob, is_best, most_probable, uncertainty
from fudemoji.server.store.tables import Iteration, Prediction, Probs, Project
from fudemoji.serving.errors import ApiError

if TYPE_CHECKING:
    from fudemoji.server.store.store import Store

__all__ = [
    "Page",
    "Query",
    "TagRange",
    "applications",
    "count",
    "delete",
    "delete_all",
    "find_all",
    "keep",
    "select",
    "take_as_images",
]

_MOST_PROBS = 100  # kept of an answer: a set of characters may have thousands of classes
_LONGEST_APPLICATION = 255

Order = Literal["newest", "oldest", "suggested"]


@dataclass(frozen=True)
class TagRange:
    """A tag whose probability lies between two."""

    tag_id: str
    least: float = 0.0
    most: float = 1.0


@dataclass(frozen=True)
class Query:
    """Which predictions are wanted.

    Attributes:
        order: `suggested` has the most uncertain first.
        tags: with one of these tags in its range; none: any answer.
        taken_for: whose most probable tag is one of these; none: any answer.
        iteration_id: by this iteration.
        application: of this program, as it called itself.
        start: not before.
        end: not after.
        take: at most so many.
        continuation: of the page before; empty: from the beginning.
    """

    order: Order = "newest"
    tags: Sequence[TagRange] = ()
    taken_for: Sequence[str] = ()
    iteration_id: str | None = None
    application: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    take: int = 50
    continuation: str = ""


@dataclass(frozen=True)
class Page:
    """Some predictions, and where the next ones start; an empty continuation: there are no more."""

    predictions: list[Prediction]
    continuation: str


def keep(
    session: Session,
    blobs: Blobs,
    iteration: Iteration,
    *,
    content: bytes,
    probs: Probs,
    application: str = "",
    url: str = "",
) -> Prediction:
    """Keep an image with the answer; called first in a transaction, it lets none wait while the file is synced.

    Args:
        session: the transaction.
        blobs: where the content goes.
        iteration: that answered; of an earlier transaction, or of this one.
        content: of the image's file.
        probs: tag ids and probabilities of all classes; the 100 most probable are kept.
        application: how the program called itself.
        url: where the image was fetched.

    Raises:
        ApiError: the iteration has been deleted meanwhile, or a text is too long.
    """
    check_text(application, what="the application", code="BadRequestPredictionInvalidApplicationName")
    check_text(url, what="the URL", code="BadRequestImageUrl")
    if len(application) > _LONGEST_APPLICATION:
        raise ApiError(
            400,
            "BadRequestPredictionInvalidApplicationName",
            f"the application's name has {len(application):,} characters, at most {_LONGEST_APPLICATION}",
        )
    sha256 = blobs.put(content)
    leftovers.hold_blobs(session)
    prediction = Prediction(
        project_id=iteration.project_id,
        iteration_id=iteration.id,
        sha256=sha256,
        application=application,
        url=url,
        probs=most_probable(probs, most=_MOST_PROBS),
        uncertainty=uncertainty([prob for _, prob in probs], kind=iteration.kind),
    )
    session.add(prediction)
    try:
        session.flush()
    except exc.IntegrityError as error:
        raise ApiError(404, "NotFoundIteration", "the iteration has been deleted") from error
    if not blobs.path(sha256).exists():  # removed since, with its last image
        blobs.put(content)
    return prediction


def find_all(session: Session, project: Project, prediction_ids: Iterable[str]) -> list[Prediction]:
    """The predictions of ids, in their order.

    Raises:
        ApiError: the project has no such prediction.
    """
    wanted = [canonical(one) or "" for one in prediction_ids]
    query = select_rows(Prediction).where(Prediction.project_id == project.id, Prediction.id.in_(set(wanted)))
    found = {one.id: one for one in session.scalars(query)}
    if len(found) < len(set(wanted)):
        raise ApiError(404, "NotFoundImage", "the project has no such stored prediction")
    return [found[one] for one in wanted]


def select(session: Session, project: Project, query: Query) -> Page:
    """The predictions that are wanted, a page of them.

    Raises:
        ApiError: the continuation is none.
    """
    rows = _wanted(session, select_rows(Prediction), project, query)
    found = list(session.scalars(_ordered(rows, query).limit(query.take + 1)))
    page = found[: query.take]
    if len(found) <= query.take or not page:
        return Page(page, "")
    last = page[-1]
    return Page(page, f"{last.uncertainty!r}:{last.id}" if query.order == "suggested" else last.id)


def count(session: Session, project: Project, query: Query) -> int:
    """How many predictions are wanted, on all pages."""
    rows = select_rows(func.count()).select_from(Prediction)
    return session.scalar(_wanted(session, rows, project, query)) or 0


def applications(session: Session, project: Project) -> list[str]:
    """What the programs called themselves of whose questions something is kept, sorted; empty: not at all."""
    query = select_rows(Prediction.application).where(Prediction.project_id == project.id).distinct()
    return sorted(session.scalars(query))


def delete(session: Session, project: Project, prediction_ids: Iterable[str]) -> None:
    """Delete predictions; their files go after the commit, if nobody else needs them.

    Raises:
        ApiError: the project has no such prediction.
    """
    found = find_all(session, project, set(prediction_ids))
    leftovers.leave_blobs(session, [one.sha256 for one in found])
    session.execute(delete_rows(Prediction).where(Prediction.id.in_([one.id for one in found])))


def delete_all(session: Session, project: Project, query: Query) -> int:
    """Delete all predictions that are wanted, on all pages.

    Returns:
        Their number.
    """
    columns: Select[Any] = _wanted(session, select_rows(Prediction), project, query)
    rows = session.execute(columns.with_only_columns(Prediction.id, Prediction.sha256)).all()
    leftovers.leave_blobs(session, [row.sha256 for row in rows])
    session.execute(delete_rows(Prediction).where(one_of(session, Prediction.id, [row.id for row in rows])))
    return len(rows)


def take_as_images(
    store: Store,
    project_id: str,
    wanted: Mapping[str, Sequence[str]],
    *,
    limits: images.Limits | None = None,
) -> list[images.Added]:
    """Make stored predictions images of the project, in transactions of its own.

    Those that became images are no predictions any more.

    Args:
        store: the store.
        project_id: of the project.
        wanted: ids of predictions, and the ids of the tags that their images are to have.
        limits: what images may be.

    Returns:
        One a given prediction, in their order.

    Raises:
        ApiError: there is no such project, or it has no such prediction.
    """
    with store.session(reads_only=True) as session:
        found = find_all(session, projects.find(session, project_id), wanted)
    entries = [
        images.Entry(store.blobs.read(one.sha256), tag_ids=tag_ids)
        for one, tag_ids in zip(found, wanted.values(), strict=True)
    ]
    kept = images.keep(store.blobs, entries, limits=limits)
    with store.session() as session:
        added = images.add(session, store.blobs, projects.find(session, project_id), kept, limits=limits)
        taken = [one.id for one, told in zip(found, added, strict=True) if told.is_good]
        session.execute(delete_rows(Prediction).where(Prediction.id.in_(taken)))
    return added


def _wanted(session: Session, rows: Select[Any], project: Project, query: Query) -> Select[Any]:
    rows = rows.where(Prediction.project_id == project.id)
    if query.iteration_id is not None:
        rows = rows.where(Prediction.iteration_id == (canonical(query.iteration_id) or ""))
    if query.application is not None:
        wanted = query.application if is_text(query.application) else ""
        rows = rows.where(Prediction.application == wanted)
    if query.start is not None:
        rows = rows.where(Prediction.created >= query.start)
    if query.end is not None:
        rows = rows.where(Prediction.created <= query.end)
    if query.taken_for:
        rows = rows.where(is_best(Prediction.probs, [canonical(one) or "" for one in query.taken_for]))
    if query.tags:
        rows = rows.where(_any_of(session, query.tags))
    return rows


def _any_of(session: Session, ranges: Sequence[TagRange]) -> ColumnElement[bool]:
    return or_(
        *(
            has_prob(
                session,
                Prediction.probs,
                tag_ids=[canonical(one.tag_id) or ""],
                least=one.least,
                most=one.most,
            )
            for one in ranges
        )
    )


def _ordered(rows: Select[Prediction], query: Query) -> Select[Prediction]:
    """In the wanted order, after the end of the page before."""
    after, is_newest = query.continuation, query.order == "newest"
    if query.order != "suggested":
        if after:
            place = canonical(after) or _no_place()
            rows = rows.where(Prediction.id < place if is_newest else Prediction.id > place)
        return rows.order_by(Prediction.id.desc() if is_newest else Prediction.id)
    if after:
        told, _, last = after.partition(":")
        try:
            unsure = float(told)
        except ValueError:
            unsure = _no_place()
        rows = rows.where(
            tuple_(Prediction.uncertainty, Prediction.id) < tuple_(unsure, canonical(last) or _no_place())
        )
    return rows.order_by(Prediction.uncertainty.desc(), Prediction.id.desc())


def _no_place() -> NoReturn:
    raise ApiError(400, "BadRequestPredictionInvalidQueryParameters", "the continuation is none of ours")
