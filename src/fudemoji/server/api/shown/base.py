"""What all parts of an answer have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Refusal", "Shown"]


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Refusal(Shown):
    """Why a request could not be met."""

    code: str = Field(description="for programs", examples=["NotFoundProject"])
    message: str = Field(description="for people", examples=["there is no such project"])
