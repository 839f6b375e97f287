"""The condition that a column has one of very many values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

__all__ = ["one_of"]


def one_of(
    session: Session, column: InstrumentedAttribute[str], values: Iterable[str]
) -> ColumnElement[bool]:
    """That a column has one of the values; all of them are one parameter, of which databases take a limited number.

    Args:
        session: a transaction of the database that is to be asked.
        column: of texts.
        values: as many as there are.
    """
    sent: ColumnElement[Any] = literal(json.dumps(sorted(values)), String)
    if session.get_bind().dialect.name == "postgresql":
        rows = func.json_array_elements_text(cast(sent, JSON)).table_valued("value")
    else:
        rows = func.json_each(sent).table_valued("value")
    return column.in_(select(rows.c.value))
