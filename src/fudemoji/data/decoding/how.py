"""How files become arrays of one size: what a user asks for."""

# H x W pixels, T frames

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from fudemoji.config import Settings
from fudemoji.config.sizes import size_text
from fudemoji.data.decoding.picture import Fit

__all__ = ["USUAL_SIDE", "Decoding"]

USUAL_SIDE = 64
_NAMES = {"size": "size", "fit": "fit", "frames": "frames", "clip_sampling": "sampling"}  # on flags, and here


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How images become arrays of one size.

    Attributes:
        size: pixels of a square's side, or height and width; None keeps square images that are all alike and of at
            most 128 px as they are, and brings everything else to 64.
        fit: how a picture of other proportions is fitted.
        channels: 1 for grey, 3 for RGB, None for grey only if every image is grey.
        frames: of each clip; without meaning for images.
        sampling: clips: one with frames from everywhere in the video, or windows of consecutive frames.
        given: names of settings that were asked for, whatever their values; it changes no pixel.
    """

    size: int | tuple[int, int] | None = None
    fit: Fit = "crop"
    channels: int | None = None
    frames: int = 16
    sampling: Literal["uniform", "windows"] = "uniform"
    given: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, settings: Settings) -> Decoding:
        """What the settings of a training say."""
        data = settings.data
        return cls(
            size=None if data.size == "auto" else data.size,
            fit=data.fit,
            frames=data.frames,
            sampling=data.clip_sampling,
            given=tuple(name for name in settings.given if name in _NAMES),
        )

    @property
    def asked(self) -> dict[str, Any]:
        """Name and value of every setting that was given or is not the usual one, as they are called on flags."""
        usual = Decoding()
        return {
            name: size_text(self.size or "auto") if name == "size" else getattr(self, field)
            for name, field in _NAMES.items()
            if name in self.given or getattr(self, field) != getattr(usual, field)
        }

    @property
    def height_width(self) -> tuple[int, int]:
        """The size asked for, else the usual one."""
        size = self.size or USUAL_SIDE
        return (size, size) if isinstance(size, int) else size
