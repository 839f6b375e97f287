"""Which images a query means: by their metadata, and by the iteration that knows them."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from fudemoji.server.store import iterations
from fudemoji.server.store.tables import Image, Project
from fudemoji.serving.errors import ApiError

__all__ = ["Filter", "conditions", "known_to"]

_LONGEST = 2000
_TERM = re.compile(r"\s*([^\s']+)\s+(eq|ne)\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_JOINT = re.compile(r"(and|or)\s", re.IGNORECASE)

Where = tuple[ColumnElement[bool], ...]


def conditions(text: str) -> Where:
    """What an expression like `metadata=book eq 'Genji' and page ne '3' or book eq 'Ise'` says of images.

    `and` binds closer than `or`; a quote in a value is written twice; an image without the key has not the value.

    Raises:
        ApiError: it is no such expression.
    """
    rest = re.sub(r"^\s*metadata\s*=", "", text, flags=re.IGNORECASE)
    if not rest.strip() or len(text) > _LONGEST:
        raise _refused()
    alternatives: list[list[ColumnElement[bool]]] = [[]]
    while True:
        term = _TERM.match(rest)
        if not term:
            raise _refused()
        alternatives[-1].append(_condition(*term.groups()))
        rest = rest[term.end() :]
        if not rest:
            return (or_(*(and_(*terms) for terms in alternatives)),)
        joint = _JOINT.match(rest)
        if not joint:
            raise _refused()
        if joint[1].lower() == "or":
            alternatives.append([])
        rest = rest[joint.end() :]


def _condition(key: str, relation: str, value: str) -> ColumnElement[bool]:
    found: ColumnElement[str] = Image.about[key].as_string()
    value = value.replace("''", "'")
    if relation.lower() == "eq":
        return found == value
    return or_(found.is_(None), found != value)


def _filter(
    text: Annotated[str | None, Query(alias="$filter", description="metadata=KEY eq 'VALUE' and …")] = None,
) -> Where:
    return () if text is None else conditions(text)


Filter = Annotated[Where, Depends(_filter)]


def known_to(session: Session, project: Project, iteration_id: str | None) -> Where:
    """That an image was there when an iteration was asked for; without an iteration, nothing.

    Raises:
        ApiError: the project has no such iteration.
    """
    if iteration_id is None:
        return ()
    return (Image.created <= iterations.find(session, project, iteration_id).created,)


def _refused() -> ApiError:
    return ApiError(
        400, "BadRequestInvalid", "$filter must read like: metadata=KEY eq 'VALUE' and KEY ne 'VALUE'"
    )
