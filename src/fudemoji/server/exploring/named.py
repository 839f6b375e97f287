"""The named sets that lie on this machine, as people look at them."""

# N images, K classes

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.data import CATALOG, ImageSet, NamedSet, is_ready, load
from fudemoji.errors import DataError
from fudemoji.server.exploring.alike import MOST_GROUPED, Form, forms, nearest, seen, unit
from fudemoji.serving.errors import ApiError

__all__ = ["NamedSets", "Opened"]

_KEPT = 2


@dataclass(frozen=True)
class Opened:
    """A named set in memory.

    Attributes:
        data: images, labels and classes.
        split_N: the number of each image's split in `splits`.
        splits: their names.
        small_ND: uint8, its images as they are compared.
    """

    data: ImageSet
    split_N: NDArray[np.int8]
    splits: tuple[str, ...]
    small_ND: NDArray[np.uint8]

    def counts(self) -> dict[str, NDArray[np.int64]]:
        """Images of each class, int64 (K,), by split."""
        return {name: self.data.class_counts(self.data.splits[name]) for name in self.splits}

    def label_of(self, class_id: str) -> int:
        """The place of a class.

        Raises:
            ApiError: there is none.
        """
        for label, one in enumerate(self.data.classes):
            if one.id == class_id:
                return label
        raise ApiError(404, "NotFoundClass", "the set has no such class")

    def check(self, place: int) -> None:
        """Nothing, if there is an image at a place.

        Raises:
            ApiError: there is none.
        """
        if not 0 <= place < len(self.data):
            raise ApiError(404, "NotFoundImage", "the set has no such image")

    def sample(self, label: int, *, take: int, seed: int) -> list[int]:
        """Places of some images of a class, drawn at random."""
        members = np.flatnonzero(self.data.labels == label)
        rng = np.random.default_rng([seed, label])
        return sorted(rng.permutation(members)[:take].tolist())

    def picture(self, place: int) -> bytes:
        """An image as a PNG, pixel for pixel."""
        self.check(place)
        image_CHW = self.data.images[place]
        drawn = Image.fromarray(image_CHW[0] if len(image_CHW) == 1 else image_CHW.transpose(1, 2, 0))
        file = io.BytesIO()
        drawn.save(file, "PNG")
        return file.getvalue()

    def neighbours(self, place: int, *, take: int) -> list[tuple[int, float]]:
        """Places and likeness of the images whose pixels are most like those of one."""
        self.check(place)
        one_D = unit(self.small_ND[place : place + 1], centred=True)[0]
        likeness = [
            unit(self.small_ND[start : start + 8192], centred=True) @ one_D
            for start in range(0, len(self.small_ND), 8192)
        ]
        return nearest(np.concatenate(likeness), but=place, take=take)

    def forms(self, label: int, *, count: int) -> list[Form]:
        """The images of a class by their form; of more than `MOST_GROUPED` as many, drawn at random."""
        members = np.array(self.sample(label, take=MOST_GROUPED, seed=0), dtype=np.int64)
        found = forms(unit(self.small_ND[members], centred=True), count=count)
        return [Form(members[form.places]) for form in found]

    def mean(self, places: NDArray[np.int64]) -> bytes:
        """The mean of images as a PNG."""
        mean_HW = self.data.images[places].mean(axis=(0, 1))
        file = io.BytesIO()
        Image.fromarray(mean_HW.astype(np.uint8)).save(file, "PNG")
        return file.getvalue()


class NamedSets:
    """Reads named sets when they are asked for, and keeps the last ones."""

    def __init__(self) -> None:
        self._opened: OrderedDict[str, Opened] = OrderedDict()
        self._locks = {name: threading.Lock() for name in CATALOG}

    def every(self) -> list[tuple[NamedSet, bool]]:
        """All that go by a name, and whether their files are here."""
        return [(named, is_ready(named) or not named.files) for named in CATALOG.values()]

    def is_open(self, name: str) -> bool:
        """Whether it is in memory; else opening it takes seconds."""
        return name in self._opened

    def open(self, name: str) -> Opened:
        """The set of a name.

        Raises:
            ApiError: there is none, or its files are not here, or damaged.
        """
        if name not in CATALOG:
            raise ApiError(404, "NotFoundSet", "there is no set of this name")
        with self._locks[name]:  # several who ask for it at once wait for one reading
            opened = self._opened.get(name)
            if opened is None:
                opened = _opened(name)
            self._opened[name] = opened
            self._opened.move_to_end(name)
            while len(self._opened) > _KEPT:
                self._opened.popitem(last=False)
        return opened


def _opened(name: str) -> Opened:
    try:
        data = load(name)
    except DataError as error:
        raise ApiError(404, "NotFoundSet", str(error)) from error
    split_N = np.zeros(len(data), dtype=np.int8)
    for number, indices in enumerate(data.splits.values()):
        split_N[indices] = number
    return Opened(data, split_N, tuple(data.splits), seen(data.images))
