"""The set that a training is about: loaded as its settings say, and found again for a run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fudemoji.config import DataSettings, Settings
from fudemoji.data import CATALOG, ImageSet, load
from fudemoji.data.cache.decoded import Decoding
from fudemoji.data.loader import holds_pixels
from fudemoji.errors import RunError, SettingsError
from fudemoji.models.pretrained import Weights
from fudemoji.runs import Run

__all__ = ["Progress", "load_set", "open_set", "stored_set"]

Progress = Callable[[int, int | None], None]

_HAND_OVER = "restore its files, or hand the set over from Python as it was then (data=)"


def open_set(
    settings: Settings,
    data: ImageSet | None = None,
    *,
    weights: Weights | None = None,
    progress: Progress | None = None,
) -> tuple[ImageSet, Settings]:
    """The set of a training that begins, and the settings by which it is found again from any folder.

    Args:
        settings: name the set.
        data: the set itself, where it was handed over.
        weights: that the training starts from; image files are decoded to the size that they have seen.
        progress: called with the files decoded so far, and all, where a set is decoded for the first time.

    Raises:
        SettingsError: a setting would do nothing for the set.
        DataError: it is missing or damaged.
    """
    if data is not None:
        _refuse_loading(settings, data)
        return data, settings.changed("data", source=_where(data.source, name=data.name))
    seen = weights and weights.image_size
    if seen and settings.data.size == "auto" and not holds_pixels(settings.data.source):
        settings = settings.changed("data", size=seen[0] if seen[0] == seen[1] else seen)
    data = load_set(settings, progress=progress)
    return data, settings.changed("data", **_as_seen_from_anywhere(settings.data))


def load_set(settings: Settings, *, progress: Progress | None = None) -> ImageSet:
    """The set that the settings name; `progress` is called with the files decoded so far, and all."""
    data = settings.data
    return load(
        data.source,
        data_dir=data.data_dir,
        fonts=data.fonts,
        seed=0 if data.source in CATALOG else settings.loop.seed,  # kana is the same set in every run
        valid=data.valid,
        decoding=Decoding.of(settings),
        cache_dir=data.cache_dir,
        cache_gb=data.cache_gb,
        progress=progress,
    )


def stored_set(run: Run, data: ImageSet | None = None, *, progress: Progress | None = None) -> ImageSet:
    """The set of a run, under the splits stored with it; `data` stands in for one that has no name to load it by.

    Raises:
        RunError: it is not the set that the run was started with.
        DataError: it is missing or damaged.
    """
    data = data if data is not None else load_set(run.settings(), progress=progress)
    sheet = run.sheet()
    different = f"{data.name} is not the set that {run.path} was started with: "
    if len(data) != sheet.get("num_images"):
        raise RunError(
            f"{different}it has {len(data)} images, expected {sheet.get('num_images')}; {_HAND_OVER}"
        )
    cut = data.with_splits(run.read_arrays("split"))
    expected = str(sheet.get("fingerprint"))
    if cut.fingerprint != expected:
        found = f"its fingerprint is {cut.fingerprint[:12]}, expected {expected[:12]}"
        raise RunError(f"{different}{found}; {_HAND_OVER}")
    return cut


def _as_seen_from_anywhere(data: DataSettings) -> dict[str, Any]:
    """Paths made absolute: a run must be resumable from another folder."""
    return {
        "source": _where(data.source),
        "data_dir": data.data_dir and str(Path(data.data_dir).expanduser().resolve()),
        "cache_dir": data.cache_dir and str(Path(data.cache_dir).expanduser().resolve()),
        "fonts": tuple(str(Path(font).expanduser().resolve()) for font in data.fonts),
    }


def _refuse_loading(settings: Settings, data: ImageSet) -> None:
    """Refuse what was given about loading where a set was handed over that is not like it."""
    asked, side = settings.data, data.image_size
    size = (asked.size, asked.size) if isinstance(asked.size, int) else asked.size
    unlike = {
        "size": size not in ("auto", side),
        "fit": asked.fit != data.fit,
        "frames": asked.frames != data.num_frames,
    }
    names = [name for name, is_unlike in unlike.items() if is_unlike and name in settings.given]
    if names:
        has = f"{data.num_frames} frames of " if data.num_frames else ""
        raise SettingsError(
            f"{' and '.join(names)} would do nothing: {data.name} was handed over with its pixels, {has}"
            f"{side[0]}x{side[1]}; leave it out, or give the path of the set"
        )


def _where(source: str, *, name: str = "") -> str:
    """What loads a set again, from any folder: its name in the catalogue, or the path it came from.

    A set from elsewhere keeps what it says of itself, and has to be handed over when the run is resumed.
    """
    if source in CATALOG:
        return source
    with contextlib.suppress(OSError):  # a description may be longer than any path
        if source and (path := Path(source).expanduser()).exists():
            return str(path.resolve())
    return name if name in CATALOG else source or name
