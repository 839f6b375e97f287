"""fudemoji.json: what a stranger must know of an exported model, and how the file is read with care."""

# N images, C channels, T frames, H x W pixels, K classes

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fudemoji.data import LabelClass
from fudemoji.errors import RunError
from fudemoji.trust import Trust
from fudemoji.trust.sheet import ClassRule, Rule, Wanted

__all__ = [
    "FILES",
    "NAME",
    "ExportSheet",
    "Input",
    "Kind",
    "Network",
    "Origin",
    "PreparationSheet",
    "Thresholds",
    "read_sheet",
]

NAME = "fudemoji.json"
Kind = Literal["onnx", "torchscript", "safetensors"]
FILES: dict[Kind, str] = {
    "onnx": "model.onnx",
    "torchscript": "model.pt",
    "safetensors": "model.safetensors",
}
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Input(_Part):
    """What the file takes; `frames` is 0 for images."""

    name: str = "images"
    dtype: Literal["uint8"] = "uint8"
    layout: Literal["NCHW", "NCTHW"]
    channels: Literal[1, 3]
    frames: int = Field(0, ge=0)
    height: int = Field(ge=1)
    width: int = Field(ge=1)


class PreparationSheet(_Part):
    """How a file becomes those pixels.

    Attributes:
        orientation: turned upright as its EXIF data say.
        transparent: what transparent parts become.
        mode: Pillow's name for grey (`L`, ITU-R 601) or RGB.
        fit: `crop` fills the size and cuts off evenly what sticks out, `letterbox` keeps everything and repeats the
            mean of the border around it, `stretch` gives up the proportions.
        resampling: Pillow's filter.
        dark, bright: shares of training images on dark and on bright ground; None where that means nothing. The
            ground is the median of an image's outermost pixels: dark under 96, bright above 160.
        inverted: the ground on which an image is inverted (255 minus each level) before it is read; None for neither.
        sampling: of clips, which frames: `uniform` takes the middle of each of T equal parts of the video, `windows`
            every T frames in a row, over which probabilities are averaged.
    """

    orientation: Literal["exif"] = "exif"
    transparent: Literal["white"] = "white"
    mode: Literal["L", "RGB"]
    fit: Literal["crop", "letterbox", "stretch"]
    resampling: Literal["bicubic", "lanczos"]
    dark: Share | None = None
    bright: Share | None = None
    inverted: Literal["dark", "bright"] | None = None
    sampling: Literal["uniform", "windows"] = "uniform"


class Network(_Part):
    """The model behind the file: its name and stem in fudemoji, and how pixels become floats inside."""

    name: str
    stem: str = "auto"
    mean: list[float]
    std: list[Annotated[float, Field(gt=0)]]
    shifts: int = Field(0, ge=0, le=8)


class Thresholds(_Part):
    """Which answers count: those whose calibrated probability lies above their class's threshold.

    `wanted` and `share` say what the thresholds were chosen for, as in `fudemoji.trust`.
    """

    temperature: float = Field(gt=0)
    wanted: Wanted
    share: Share | None = None
    thresholds: list[float]


class Origin(_Part):
    """Where it comes from: the run's name, the set's name, licence and credit."""

    run: str
    made_with: str
    made_on: str
    data: str
    licence: str = ""
    credit: str = ""


class _Class(_Part):
    id: str
    glyph: str = ""
    romanisation: str = ""


class ExportSheet(_Part):
    """The whole of fudemoji.json.

    Attributes:
        file: name of the model's file beside it, `sha256` of its bytes.
        precision: `int8` where weights and activations are quantised.
        outputs: of the file: calibrated probabilities and logits, float32 (N, K). Of safetensors, of the rebuilt model.
        multi_label: whether an image may have several labels, or none; then each label's probability stands alone.
    """

    format: Literal["fudemoji-export-1"] = "fudemoji-export-1"
    kind: Kind
    file: str
    sha256: str = ""
    precision: Literal["fp32", "int8"] = "fp32"
    input: Input
    outputs: tuple[str, ...] = ("probabilities", "logits")
    prepare: PreparationSheet
    multi_label: bool = False
    classes: Annotated[list[_Class], Field(min_length=2)]
    trust: Thresholds
    model: Network
    origin: Origin

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> ExportSheet:
        for name, values, expected in (
            ("thresholds", self.trust.thresholds, len(self.classes)),
            ("mean", self.model.mean, self.input.channels),
            ("std", self.model.std, self.input.channels),
        ):
            if len(values) != expected:
                raise ValueError(f"{len(values)} numbers in {name}, expected {expected}")
        if self.file != FILES[self.kind]:
            raise ValueError(f"file is '{self.file}', expected '{FILES[self.kind]}'")
        if (self.input.layout == "NCTHW") != bool(self.input.frames):
            raise ValueError(f"{self.input.frames} frames in layout {self.input.layout}")
        return self

    @property
    def label_classes(self) -> tuple[LabelClass, ...]:
        """The classes, in the order of the probabilities."""
        return tuple(LabelClass(c.id, c.glyph, c.romanisation) for c in self.classes)

    @property
    def rules(self) -> Trust:
        """The numbers that turn probabilities into answers; the temperature is applied already."""
        rules = [ClassRule(threshold=one, is_own=True, is_reached=True) for one in self.trust.thresholds]
        return Trust(
            num_classes=len(self.classes),
            multi_label=self.multi_label,
            shifts=self.model.shifts,
            temperature=self.trust.temperature,
            chosen_on="" if self.trust.wanted in ("all", "half") else "valid",
            rule=Rule(
                wanted=self.trust.wanted,
                share=self.trust.share,
                threshold=min(self.trust.thresholds),
                classes=rules,
            ),
        )

    def to_json(self) -> str:
        """As it lies in the folder, and inside the model's file, where it cannot hold that file's checksum."""
        content = self.model_dump(mode="json", exclude=None if self.sha256 else {"sha256"})
        return json.dumps(content, ensure_ascii=False, indent=1)


def read_sheet(folder: Path) -> ExportSheet:
    """What fudemoji.json in an exported folder says.

    Raises:
        RunError: it is missing or damaged.
    """
    path = folder / NAME
    way_out = "export the run again with `fudemoji export`"
    try:
        return ExportSheet.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise RunError(f"{path} is missing; {folder} is no exported model: {way_out}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        told = first["msg"].removeprefix("Value error, ")
        raise RunError(f"{path} is damaged ({f'{where}: ' if where else ''}{told}); {way_out}") from error
