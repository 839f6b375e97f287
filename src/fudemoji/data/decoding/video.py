"""Clips out of video files: frames spread evenly or in windows, fitted to a size as they are decoded."""

# N frames of a video, R clips out of it, T frames of a clip, C channels, H x W pixels

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.data.decoding.picture import Fit, fitted, flatten, to_array
from fudemoji.errors import DataError, SettingsError

__all__ = ["Sampling", "Video", "clip_places", "clips_of_frames", "read_clip", "read_video"]

MAX_PIXELS = 7680 * 4320  # a frame larger than 8K is taken for an attack
MAX_FRAMES = 200_000  # nearly two hours at 30 frames a second
MAX_BYTES = 1 << 30  # of the clips of one video
_TAIL_SECONDS = 0.25  # a container may promise this much more than its video holds

Sampling = Literal["uniform", "windows"]


def read_clip(
    content: bytes | Path, *, name: str, frames: int, sampling: str, height: int, width: int, fit: Fit
) -> NDArray[np.uint8]:
    """The clips of a video, uint8 (R, 3, T, H, W): those of `read_video`, which see."""
    video = read_video(
        content, name=name, frames=frames, sampling=sampling, height=height, width=width, fit=fit
    )
    return video.clips_RCTHW


@dataclass(frozen=True)
class Video:
    """The clips of a video, uint8 (R, 3, T, H, W), and how many frames it has."""

    clips_RCTHW: NDArray[np.uint8]
    num_frames: int


def read_video(
    content: bytes | Path, *, name: str, frames: int, sampling: str, height: int, width: int, fit: Fit
) -> Video:
    """The clips of a video, upright; of any file that PyAV reads.

    The file is gone through twice: once without decoding, to count its frames, and once frame by frame, of which
    only the wanted ones are kept, at their final size. Which frames those are says `clip_places`: a video of fewer
    frames than asked for repeats its frames evenly.

    Args:
        content: the bytes of the file, or its path.
        name: what errors call it.
        frames: T, of a clip.
        sampling: `uniform` makes one clip of frames from all over the video, `windows` one of every T in a row.
        height: of the clips, pixels.
        width: of the clips, pixels.
        fit: how a frame of other proportions is brought to that size, as in `fudemoji.data.decoding.picture.fitted`.

    Raises:
        DataError: the file is empty, broken or cut off, has no video or no frame, or is too large to be read.
        SettingsError: PyAV is not installed.
    """
    av = _pyav(name)
    num_packets = num_frames = _count(av, content, name=name)
    if not num_frames:
        raise DataError(f"{name} holds no frame of video")
    for _ in range(2):
        places_RT = clip_places(num_frames, frames=frames, sampling=sampling)
        _check_room(len(places_RT), frames * height * width * 3, name=name)
        wanted = set(places_RT.ravel().tolist())
        found, decoded = _fitted_frames(av, content, wanted, name=name, height=height, width=width, fit=fit)
        if decoded == num_frames:
            return Video(_stacked(found, places_RT), num_frames)
        if 2 * decoded < num_packets:
            break
        num_frames = decoded  # some packets hold no frame, or half of one: choose again among the frames
    raise DataError(f"{name} is broken: {decoded} of its {num_packets} frames can be decoded")


def clips_of_frames(
    frames_NHWC: NDArray[np.uint8],
    *,
    frames: int,
    sampling: str,
    channels: int,
    height: int,
    width: int,
    fit: Fit,
) -> NDArray[np.uint8]:
    """The clips of a video whose frames lie in an array, chosen and fitted as `read_clip` does: (R, C, T, H, W).

    Args:
        frames_NHWC: uint8 (N, H, W) or (N, H, W, C).
        frames: T, of a clip.
        sampling: `uniform` or `windows`.
        channels: of the clips: 1 for grey, 3 for RGB.
        height: of the clips, pixels.
        width: of the clips, pixels.
        fit: as in `fudemoji.data.decoding.picture.fitted`.

    Raises:
        DataError: it is no such array.
    """
    shape = frames_NHWC.shape
    is_grey = frames_NHWC.ndim == 3
    if frames_NHWC.dtype != np.uint8 or not (is_grey or (frames_NHWC.ndim == 4 and shape[3] in (1, 3, 4))):
        raise DataError(
            f"the frames are {frames_NHWC.dtype} {shape}, expected uint8 (T, H, W) or (T, H, W, C)"
        )
    if not frames_NHWC.size:
        raise DataError(f"the frames are {shape}: there is none")
    places_RT = clip_places(len(frames_NHWC), frames=frames, sampling=sampling)
    found = {}
    for place in np.unique(places_RT).tolist():
        array = frames_NHWC[place]
        array = array if is_grey or array.shape[2] > 1 else array[:, :, 0]
        picture = flatten(Image.fromarray(array), "L" if channels == 1 else "RGB")
        found[place] = to_array(fitted(picture, height=height, width=width, how=fit))
    return _stacked(found, places_RT)


def clip_places(num_frames: int, *, frames: int, sampling: str) -> NDArray[np.int64]:
    """Which of a video's frames make up its clips, int64 (R, T), ascending in each row.

    `uniform` cuts the video into T equal parts and takes the frame in the middle of each. `windows` takes T frames in
    a row as often as the video has them; what is left over at its end makes no clip. A video of fewer than T frames
    is one clip either way, and repeats its frames evenly.

    >>> clip_places(10, frames=4, sampling="uniform").tolist()
    [[1, 3, 6, 8]]
    >>> clip_places(10, frames=4, sampling="windows").tolist()
    [[0, 1, 2, 3], [4, 5, 6, 7]]
    >>> clip_places(3, frames=6, sampling="windows").tolist()
    [[0, 0, 1, 1, 2, 2]]
    """
    assert num_frames > 0
    assert frames > 0
    assert sampling in ("uniform", "windows")
    if sampling == "windows" and num_frames >= frames:
        count = num_frames // frames
        return np.arange(count * frames, dtype=np.int64).reshape(count, frames)
    return ((2 * np.arange(frames, dtype=np.int64) + 1) * num_frames // (2 * frames))[None]


def _pyav(name: str) -> ModuleType:
    try:
        import av
    except ImportError:
        raise SettingsError(
            f"reading video ({name}) needs PyAV; install it with `pip install 'fudemoji[video]'`"
        ) from None
    return av


def _count(av: ModuleType, content: bytes | Path, *, name: str) -> int:
    """How many packets of video the file holds; all it promises are there and whole."""
    num_packets, end = 0, 0.0
    with _opened(av, content, name) as (container, stream):
        promised, seconds = stream.frames, _seconds(av, container, stream)
        for packet in container.demux(stream):
            if packet.is_corrupt:
                raise DataError(f"{name} is cut off or damaged after {num_packets} frames")
            if packet.size or packet.pts is not None:  # the last packet is an empty one: there are no more
                num_packets += 1
            if packet.pts is not None:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if num_packets > MAX_FRAMES:
                raise DataError(f"{name} has more than the {MAX_FRAMES:,} frames that are read; cut it up")
    if num_packets < promised:
        raise DataError(f"{name} is cut off: it holds {num_packets} of its {promised} frames")
    if num_packets and end < seconds - max(_TAIL_SECONDS, 2 * seconds / num_packets):
        raise DataError(f"{name} is cut off: it holds {end:.1f} of its {seconds:.1f} seconds")
    return num_packets


def _seconds(av: ModuleType, container: Any, stream: Any) -> float:
    """How long the video says it is, or 0; Matroska files carry it as a tag of the stream."""
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    try:
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        is_alone = len(container.streams) == 1 and stream.duration is None
        return float(container.duration or 0) / av.time_base if is_alone else 0.0


def _fitted_frames(
    av: ModuleType, content: bytes | Path, wanted: set[int], *, name: str, height: int, width: int, fit: Fit
) -> tuple[dict[int, NDArray[np.uint8]], int]:
    """The wanted frames by their places, uint8 (3, H, W) each, and how many there are in the whole video."""
    found: dict[int, NDArray[np.uint8]] = {}
    decoded = 0
    with _opened(av, content, name) as (container, stream):
        for frame in container.decode(stream):
            if frame.is_corrupt:
                raise DataError(f"{name} is damaged at frame {decoded + 1}")
            _check_size(frame.width, frame.height, name=name)
            if decoded in wanted:
                picture = _upright(frame, stream)
                found[decoded] = to_array(fitted(picture, height=height, width=width, how=fit))
            decoded += 1
            if decoded > MAX_FRAMES:
                raise DataError(f"{name} has more than the {MAX_FRAMES:,} frames that are read; cut it up")
    return found, decoded


def _upright(frame: Any, stream: Any) -> Image.Image:
    """The frame as it is meant to be seen: its pixels square, turned as the file says."""
    picture: Image.Image = frame.to_image()
    aspect = float(stream.sample_aspect_ratio or 1)
    if aspect != 1 and 0.2 < aspect < 5:
        size = (max(1, round(picture.width * aspect)), picture.height)
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    turns = round(frame.rotation / 90) % 4
    return picture.rotate(90 * turns, expand=True) if turns else picture


@contextmanager
def _opened(av: ModuleType, content: bytes | Path, name: str) -> Iterator[tuple[Any, Any]]:
    """The file and its video; whatever a damaged one makes PyAV stumble over becomes a DataError.

    What a file refers to (the parts of a playlist, an address) is never opened.
    """
    try:
        if not (content if isinstance(content, bytes) else content.stat().st_size):
            raise DataError(f"{name} is an empty file")
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            options = {"protocol_whitelist": "none"}
            with av.open(file, container_options=options, metadata_errors="replace") as container:
                pictures = [s for s in container.streams.video if not _is_cover(av, s)]
                if not pictures:
                    raise DataError(f"{name} has no video in it")
                stream = pictures[0]
                stream.codec_context.options = {"max_pixels": str(2 * MAX_PIXELS)}  # with padding
                stream.thread_type = "NONE"  # files are decoded beside each other
                _check_size(stream.codec_context.width, stream.codec_context.height, name=name)
                yield container, stream
    except (DataError, MemoryError):
        raise
    except FileNotFoundError:
        raise DataError(f"no video {name}") from None
    except IsADirectoryError:
        raise DataError(f"{name} is a folder, not a video") from None
    except Exception as error:  # ffmpeg's readers raise whatever a damaged file makes them stumble over
        raise DataError(f"{name} is no video that can be read: {_said(error)}") from error


def _said(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:200]


def _is_cover(av: ModuleType, stream: Any) -> bool:
    """Whether it is the picture on the sleeve of a piece of music."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _check_size(width: int, height: int, *, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise DataError(
            f"{name} has frames of {width} x {height} pixels, more than the {MAX_PIXELS:,} that are read"
        )


def _check_room(num_clips: int, clip_bytes: int, *, name: str) -> None:
    if num_clips * clip_bytes > MAX_BYTES:
        raise DataError(
            f"{name} makes {num_clips} clips of {clip_bytes / 2**20:.1f} MiB, more than {MAX_BYTES >> 30} GiB; "
            "cut it up, or take frames from all over it (uniform) instead of windows"
        )


def _stacked(found: dict[int, NDArray[np.uint8]], places_RT: NDArray[np.int64]) -> NDArray[np.uint8]:
    def clip(places: Iterable[int]) -> NDArray[np.uint8]:
        return np.stack([found[place] for place in places], axis=1)

    return np.stack([clip(row) for row in places_RT.tolist()])
