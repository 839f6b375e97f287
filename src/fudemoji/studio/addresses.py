"""Addresses that tell what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

__all__ = ["given", "with_query"]


def with_query(path: str, asked: Mapping[str, str | float | Sequence[str]]) -> str:
    """The path and, behind a question mark, what is asked; a list stands there once for each of its values."""
    told = urlencode(asked, doseq=True)
    return f"{path}?{told}" if told else path


def given(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked, without the empty texts: those mean that it is not asked for."""
    return {name: value for name, value in asked.items() if value != ""}
