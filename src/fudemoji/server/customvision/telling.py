"""How the description of the API tells of what is refused."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

__all__ = ["ERRORS", "Error"]


class Error(BaseModel):
    """Why a request was not met: a code for programs, and a sentence."""

    code: str
    message: str


ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Error, "description": "the request is refused"},
    "5XX": {"model": Error, "description": "the request could not be met; Retry-After says when it may be"},
    422: {"model": Error, "description": "the request does not have the form that this address takes"},
}
