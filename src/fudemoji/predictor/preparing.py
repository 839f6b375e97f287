"""Images and videos from anywhere, brought to pixels like those a model was trained on."""

# M images or videos, R rows (an image has one, a video one for each window), C channels, T frames, H x W pixels

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.config import Settings
from fudemoji.data.background import background
from fudemoji.data.decoding.picture import (
    Fit,
    ImageError,
    fitted,
    flatten,
    is_picture,
    quiet_pillow,
    read_any,
    to_array,
)
from fudemoji.data.decoding.video import clips_of_frames, read_clip
from fudemoji.data.readers.layout import MAX_IMAGE_BYTES, MAX_VIDEO_BYTES, media_kind
from fudemoji.errors import DataError

__all__ = ["Preparation", "Prepared", "Source"]

Source = str | Path | bytes | Image.Image | NDArray[np.uint8]

_KNOWN, _USUAL = (
    0.01,
    0.5,
)  # shares of training images from which a ground is one they have, and the usual one
_WORTH_THREADS = 32  # sources, from which it pays to start threads


@dataclass(frozen=True)
class Prepared:
    """Images as the model wants them.

    Attributes:
        pixels: uint8 (R, C, H, W), or clips (R, C, T, H, W), of all that could be read; None where nothing could.
        rows_M: int64, how many of these rows each of the M sources that could be read has.
        inverted_M: whether each of them was inverted.
        refused: why each of the others could not be read, by its place among the sources.
    """

    pixels: NDArray[np.uint8] | None
    rows_M: NDArray[np.int64]
    inverted_M: NDArray[np.bool_]
    refused: dict[int, DataError]


@dataclass(frozen=True)
class Preparation:
    """How images become pixels like those that a model was trained on.

    Attributes:
        height: of the result, pixels.
        width: of the result, pixels.
        channels: 1 for grey, 3 for RGB.
        fit: how the files of the training set were fitted; empty where the set came as pixels.
        frames: of each clip; 0 for images.
        sampling: which frames of a video make its clips.
        strange_ground: 1 where bright ground is strange to the training images, -1 where dark ground is, 0 where
            neither is.
    """

    height: int
    width: int
    channels: int
    fit: Fit | None
    frames: int
    sampling: str
    strange_ground: int

    @classmethod
    def of(cls, sheet: Mapping[str, Any], settings: Settings) -> Preparation:
        """What the data sheet and the settings of a training say."""
        height, width = sheet["image_size"]
        frames = sheet.get("num_frames", 0)
        return cls(
            height=height,
            width=width,
            channels=sheet["channels"],
            fit=settings.data.fit if frames else sheet.get("fit") or None,
            frames=frames,
            sampling=settings.data.clip_sampling,
            strange_ground=0 if frames else _strange_ground(sheet.get("dark"), sheet.get("bright")),
        )

    def prepare(self, sources: Sequence[Source], *, invert: bool | None = None, threads: int = 1) -> Prepared:
        """The pixels of several images or videos; what cannot be read is told and left out.

        Args:
            sources: images, or videos for a model of clips.
            invert: whether to invert them; None decides by the ground of each image.
            threads: in which to decode, where there are many. Pillow lets go of the interpreter's lock.
        """
        with warnings.catch_warnings():
            quiet_pillow()
            found = list(self._each(sources, threads))
        refused = {place: one for place, one in enumerate(found) if isinstance(one, DataError)}
        arrays = [one for one in found if not isinstance(one, DataError)]
        rows_M = np.array([len(one) for one in arrays], dtype=np.int64)
        if not arrays:
            return Prepared(None, rows_M, np.zeros(0, dtype=bool), refused)
        pixels = np.concatenate(arrays)
        inverted_M = self._inverted(pixels, len(arrays), invert)
        inverted_R = np.repeat(inverted_M, rows_M)
        if inverted_R.any():
            np.invert(pixels, out=pixels, where=inverted_R.reshape(-1, *[1] * (pixels.ndim - 1)))
        return Prepared(pixels, rows_M, inverted_M, refused)

    def pixels(self, source: Source) -> NDArray[np.uint8]:
        """The pixels of one image, uint8 (1, C, H, W), or of a video, uint8 (R, C, T, H, W); not inverted.

        Pillow's warnings are the caller's to switch off (`quiet_pillow`).

        Raises:
            DataError: it cannot be read, or is of the wrong kind.
        """
        return self._clips(source) if self.frames else self._image(source)

    def _each(self, sources: Sequence[Source], threads: int) -> Iterable[NDArray[np.uint8] | DataError]:
        if threads == 1 or len(sources) < _WORTH_THREADS:
            return map(self._attempted, sources)
        with ThreadPoolExecutor(threads) as pool:
            size = -(-len(sources) // (4 * threads))
            parts = [sources[start : start + size] for start in range(0, len(sources), size)]
            return [
                one for part in pool.map(lambda part: list(map(self._attempted, part)), parts) for one in part
            ]

    def _attempted(self, source: Source) -> NDArray[np.uint8] | DataError:
        try:
            return self.pixels(source)
        except DataError as error:
            return error
        except MemoryError:
            return ImageError(f"{_name_of(source)} is too large for the memory that is left", kind="huge")

    def _inverted(
        self, pixels: NDArray[np.uint8], num_sources: int, invert: bool | None
    ) -> NDArray[np.bool_]:
        if invert is None and self.strange_ground:
            return np.asarray(background(pixels) == self.strange_ground)
        return np.full(num_sources, bool(invert))

    def _image(self, source: Source) -> NDArray[np.uint8]:
        if isinstance(source, np.ndarray) and source.dtype == np.uint8 and self._fits(source.shape):
            return source.reshape(1, self.height, self.width, self.channels).transpose(0, 3, 1, 2)
        if isinstance(source, str | Path):
            if media_kind(str(source)) == "video":
                raise DataError(f"{source} is a video, but the model reads images; give an image file")
            _check_file(source)
        least = max(self.height, self.width) if self.fit else 0
        picture = read_any(source, least=least)
        picture = flatten(picture, "L" if self.channels == 1 else "RGB")
        return to_array(self._sized(picture))[None]

    def _fits(self, shape: tuple[int, ...]) -> bool:
        """Whether an array needs no change."""
        whole = (self.height, self.width, self.channels)
        return shape == whole or (self.channels == 1 and shape == whole[:2])

    def _sized(self, picture: Image.Image) -> Image.Image:
        if picture.size == (self.width, self.height):
            return picture
        if self.fit:
            return fitted(picture, height=self.height, width=self.width, how=self.fit)
        return picture.resize((self.width, self.height), Image.Resampling.LANCZOS, reducing_gap=3.0)

    def _clips(self, source: Source) -> NDArray[np.uint8]:
        if isinstance(source, np.ndarray):
            return clips_of_frames(
                source,
                frames=self.frames,
                sampling=self.sampling,
                channels=self.channels,
                height=self.height,
                width=self.width,
                fit=self.fit or "crop",
            )
        clips_RCTHW = read_clip(
            self._video(source),
            name="the video" if isinstance(source, bytes) else str(source),
            frames=self.frames,
            sampling=self.sampling,
            height=self.height,
            width=self.width,
            fit=self.fit or "crop",
        )
        return clips_RCTHW if self.channels == 3 else _greyed(clips_RCTHW)

    def _video(self, source: str | Path | bytes | Image.Image) -> bytes | Path:
        """The video's bytes or path.

        Raises:
            DataError: it is an image, or no file.
        """
        if isinstance(source, Image.Image):
            raise DataError("the model reads clips, not an image; give a video file or an array of frames")
        is_image = is_picture(source) if isinstance(source, bytes) else media_kind(str(source)) == "image"
        if is_image:
            what = f"{source} is an image" if not isinstance(source, bytes) else "it is an image"
            raise DataError(f"{what}, but the model reads clips of {self.frames} frames; give a video file")
        if isinstance(source, bytes):
            return source
        _check_file(source, most=MAX_VIDEO_BYTES)
        return Path(source)


def _strange_ground(dark: float | None, bright: float | None) -> int:
    """The ground that next to no training image has, while most have the other."""
    if dark is None or bright is None:
        return 0
    if bright < _KNOWN and dark > _USUAL:
        return 1
    return -1 if dark < _KNOWN and bright > _USUAL else 0


def _name_of(source: Source) -> str:
    return str(source) if isinstance(source, str | Path) else "the image"


def _check_file(path: str | Path, *, most: int = MAX_IMAGE_BYTES) -> None:
    """Nothing for a file that can be opened without waiting, and read into memory; what is not there tells itself.

    Raises:
        DataError: a pipe or a device, or too long a file.
    """
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise DataError(f"{path} is neither a file nor a folder")
    if status.st_size > most:
        raise ImageError(f"{path} is {status.st_size:,} bytes long; {most:,} at most are read", kind="huge")


def _greyed(clips_RCTHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB to grey as Pillow does it (ITU-R 601)."""
    weights = np.array([19595, 38470, 7471], dtype=np.uint32)[:, None, None, None]
    grey: NDArray[np.uint8] = ((clips_RCTHW * weights).sum(axis=1, keepdims=True) + 0x8000 >> 16).astype(
        np.uint8
    )
    return grey
