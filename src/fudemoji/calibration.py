"""A run's trust.json written anew: other thresholds, and how images that belong to no class fare."""

# N images, C channels, H x W pixels, K classes

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fudemoji.data import CATALOG, ImageSet, load
from fudemoji.data.decoding.how import Decoding
from fudemoji.data.loader import holds_pixels
from fudemoji.errors import DataError, RunError, SettingsError
from fudemoji.metrics import Logits, LogitsKeeper
from fudemoji.predictor import Predictor, Trained, load_trained
from fudemoji.runs import Run
from fudemoji.training.sources import Progress, stored_set
from fudemoji.trust import Trust, Wish, choose, describe_unknown, read_trust, write_trust

__all__ = ["calibrate"]

_MOST_UNKNOWN = 10_000  # images: more say nothing new
_CHUNK = 500


def calibrate(
    run: Run | str | Path,
    *,
    wish: Wish | None = None,
    unknown: ImageSet | str | Path | None = None,
    data: ImageSet | None = None,
    device: str | None = None,
    progress: Progress | None = None,
) -> Trust | None:
    """Choose temperature and thresholds of a run's best weights anew, and write trust.json.

    Args:
        run: the run folder.
        wish: what the thresholds are for; what they were for until now where None.
        unknown: a set, by whatever `load` takes, of images that are no class of the run; those that are one are left
            out. They choose nothing; what becomes of them is told.
        data: the set of the run, where it was handed to `fit` from Python and cannot be loaded by its name.
        device: the run's own where None.
        progress: called with the files decoded so far, and all, where a set is not decoded any more.

    Returns:
        What was written; None where there is no validation split, which nothing can be chosen without.

    Raises:
        RunError: no such run, it has no checkpoint, or the set is not the run's.
        DataError: a set is missing, or something was asked for that a validation split must choose.
        SettingsError: a wish, or unknown images, that do not go with the run.
    """
    trained = load_trained(run, device=device)
    run = trained.run
    data = stored_set(run, data, progress=progress)
    if "valid" not in data.splits:
        if wish or unknown is not None:
            raise DataError(
                f"{run.path} has no validation split to choose thresholds by; train with one (--valid 0.1)"
            )
        return None
    strangers = None if unknown is None else _strangers(unknown, trained, progress=progress)
    shifts = trained.settings.loop.test_shifts
    valid, test = _logits(trained, data, shifts=shifts)
    unshifted = _logits(trained, data) if shifts else None
    trust = choose(valid, test, shifts=shifts, unshifted=unshifted, wish=wish or _wish_of(trained))
    write_trust(run, trust)  # the predictor answers by it
    if strangers is not None:
        probs_NK = _answers(Predictor(run, device=device), strangers)
        described = describe_unknown(trust, test or valid, probs_NK, name=strangers.name)
        trust = trust.model_copy(update={"unknown": described})
        write_trust(run, trust)
    return trust


def _wish_of(trained: Trained) -> Wish | None:
    """What the thresholds are for until now; None where there are none, or the file is damaged."""
    sheet = trained.sheet
    with suppress(RunError):
        trust = read_trust(
            trained.run, num_classes=sheet["num_classes"], multi_label=bool(sheet.get("multi_label"))
        )
        return Wish(trust.rule.wanted, trust.rule.share) if trust.is_chosen else None
    return None


def _logits(trained: Trained, data: ImageSet, *, shifts: int = 0) -> tuple[Logits, Logits | None]:
    """What the best weights say about the validation split, and about the test split where there is one."""

    def said(split: str) -> Logits:
        keeper = LogitsKeeper(split, data.labels[data.indices(split)], num_classes=data.num_classes)
        trained.predictions(data, split, shifts=shifts, keep=keeper)
        return keeper.logits

    return said("valid"), said("test") if "test" in data.splits else None


def _strangers(source: ImageSet | str | Path, trained: Trained, *, progress: Progress | None) -> ImageSet:
    """The images of a set that show no class of the run, evenly chosen where there are very many, in a split `all`."""
    sheet = trained.sheet
    if sheet.get("multi_label") or sheet.get("num_frames"):
        kind = "clips" if sheet.get("num_frames") else "several labels an image"
        raise SettingsError(
            f"unknown images are for a run with one label an image, but {trained.run.path} has {kind}"
        )
    data = source if isinstance(source, ImageSet) else _loaded(source, trained, progress=progress)
    if data.num_frames:
        raise DataError(f"{data.name} holds clips, but {trained.run.path} reads images")
    known = np.array([c.id in {one.id for one in trained.classes} for c in data.classes])
    is_known_N = (data.labels & known).any(axis=1) if data.is_multi_label else known[data.labels]
    rows = np.flatnonzero(~is_known_N)
    if not len(rows):
        raise DataError(
            f"every image of {data.name} shows a class that {trained.run.path} knows; none is unknown to it"
        )
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST_UNKNOWN)).round().astype(np.int64)]
    return data.with_splits({"all": rows})


def _loaded(source: str | Path, trained: Trained, *, progress: Progress | None) -> ImageSet:
    how = trained.settings.data
    decoding = None
    if not holds_pixels(source):
        height, width = trained.sheet["image_size"]
        decoding = Decoding(size=(height, width), fit=how.fit)
    name = source if source in CATALOG else Path(source)
    return load(
        name,
        data_dir=how.data_dir,
        decoding=decoding,
        cache_dir=how.cache_dir,
        cache_gb=how.cache_gb,
        progress=progress,
    )


def _answers(predictor: Predictor, data: ImageSet) -> NDArray[np.float64]:
    """Calibrated probabilities (N, K) of the images, prepared as any image to be predicted is."""

    def chunks() -> Iterator[NDArray[np.float64]]:
        rows = data.indices("all")
        for start in range(0, len(rows), _CHUNK):
            images_NCHW = data.images[rows[start : start + _CHUNK]]
            pictures = [np.ascontiguousarray(image_CHW.transpose(1, 2, 0)) for image_CHW in images_NCHW]
            yield predictor.probabilities(pictures)

    return np.concatenate(list(chunks()))
