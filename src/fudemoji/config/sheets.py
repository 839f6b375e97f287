"""What a run's data.json must hold, so that a damaged one is told in a line."""

# K classes

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fudemoji.errors import RunError

__all__ = ["check_sheet"]

Count = Annotated[int, Field(ge=0)]
Side = Annotated[int, Field(ge=1)]
Levels = Annotated[list[Annotated[float, Field(ge=0, le=255)]], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class _Class(_Part):
    id: str
    glyph: str
    romanisation: str
    counts: dict[str, Count]


class _Pixels(_Part):
    mean: Levels
    std: Levels


class _Sheet(_Pixels):
    name: str
    source: str
    fingerprint: str
    num_images: Count
    image_size: Annotated[list[Side], Field(min_length=2, max_length=2)]
    num_frames: Count = 0
    channels: Side
    num_classes: Side
    multi_label: bool = False
    splits: dict[str, Count]
    classes: list[_Class]
    pixels: _Pixels | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> _Sheet:
        if len(self.classes) != self.num_classes:
            raise ValueError(f"num_classes is {self.num_classes}, but there are {len(self.classes)} classes")
        for part in filter(None, (self, self.pixels)):
            if not len(part.mean) == len(part.std) == self.channels:
                raise ValueError(f"mean and std are not of {self.channels} channel(s)")
        return self


def check_sheet(content: dict[str, Any], *, where: str) -> None:
    """Nothing, if it is the data sheet that a training stores; what else it holds does no harm.

    Raises:
        RunError: something is missing, of another type or at odds with the rest.
    """
    try:
        _Sheet.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        told = first["msg"].removeprefix("Value error, ")
        told = f"{place}: {told[:1].lower()}{told[1:]}" if place else told
        raise RunError(
            f"{where} is damaged ({told}); put back the file that the training wrote, or train again"
        ) from error
