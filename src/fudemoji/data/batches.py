"""Batches on the device: which images make up step n is a function of the seed and n, and of nothing else."""

# N images, B of them in a batch, C channels, H x W pixels, K classes

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fudemoji.config import Augment
from fudemoji.data.augment import Part, augment, light, mix
from fudemoji.data.cache.maps import is_mapped, release, row_file
from fudemoji.data.sampling import balanced_order
from fudemoji.data.split import strata
from fudemoji.errors import DataError
from fudemoji.ranks import ALONE, Ranks, slice_sizes
from fudemoji.runtime import Runtime, device_memory, generator

__all__ = ["Batches", "Pixels", "Store", "epoch_order"]

_SPARE_MEMORY = 4  # a data set may take this fraction (one in ...) of a GPU's free memory
_MAPPED_BYTES = 256 << 20
_PARTS = 64  # of a set on its way to a device, so that no second copy of it is in memory


@dataclass(frozen=True)
class Pixels:
    """How uint8 pixels become floats: less `mean`, over `std`, for each channel; both in 0..255."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of_sheet(cls, sheet: Mapping[str, Any], *, to: str) -> Pixels:
        """To 0..1 (`unit`), to mean 0 and deviation 1 of a data sheet's training images (`standard`), or as weights.

        `weights` takes what the sheet stores of the weights a training started from; without, it is `standard`.
        """
        channels = sheet["channels"]
        if to == "weights":
            sheet = sheet.get("pixels", sheet)
        if to == "unit":
            return cls((0.0,) * channels, (255.0,) * channels)
        return cls(tuple(sheet["mean"]), tuple(std or 1.0 for std in sheet["std"]))

    def to_float(self, images_BCHW: Tensor, runtime: Runtime) -> Tensor:
        """Float32 images, or clips, in the runtime's layout."""
        layout = runtime.memory_format(ndim=images_BCHW.ndim)
        images_BCHW = images_BCHW.to(torch.float32, memory_format=layout)
        scale = torch.tensor([1 / std for std in self.std], device=images_BCHW.device)
        offset = torch.tensor(
            [-mean / std for mean, std in zip(self.mean, self.std, strict=True)], device=images_BCHW.device
        )
        ones = (1,) * (images_BCHW.ndim - 2)
        return torch.addcmul(offset.view(-1, *ones), images_BCHW, scale.view(-1, *ones))


class Store:
    """A split's images and labels: on the device when they fit there, else in (pinned) host memory or in a file.

    On a CPU nothing is copied: the splits of a set share its array. Of one that lies in a file no more than
    `_MAPPED_BYTES` become resident; a larger one is read batch by batch.
    """

    def __init__(
        self,
        images_NCHW: NDArray[np.uint8],
        labels_N: NDArray[np.int64] | NDArray[np.bool_],
        indices_N: NDArray[np.int64],
        *,
        device: torch.device,
    ) -> None:
        self.device = device
        is_large = is_mapped(images_NCHW) and images_NCHW.nbytes > _MAPPED_BYTES
        self._map = images_NCHW if is_large else None
        self._rows = row_file(images_NCHW) if is_large else None
        self._unreleased = 0
        self._labels_N = torch.from_numpy(labels_N[indices_N]).to(device)
        self._images_NCHW = _as_tensor(images_NCHW)
        self._places_N: Tensor | None = torch.from_numpy(indices_N)
        if device.type != "cpu":
            self._go_to_device(images_NCHW, indices_N)

    def _go_to_device(self, images_NCHW: NDArray[np.uint8], indices_N: NDArray[np.int64]) -> None:
        size = len(indices_N) * images_NCHW[:1].nbytes
        fits = device_memory(self.device) >= size * _SPARE_MEMORY
        if self._map is not None and not fits:
            return
        shape = (len(indices_N), *images_NCHW.shape[1:])
        device = self.device if fits else torch.device("cpu")
        images = torch.empty(shape, dtype=torch.uint8, device=device, pin_memory=not fits)
        for part, target in zip(np.array_split(indices_N, _PARTS), images.tensor_split(_PARTS), strict=True):
            target.copy_(torch.from_numpy(images_NCHW[part]))
            release(images_NCHW)
        self._images_NCHW = images
        self._places_N = self._map = self._rows = None

    def __len__(self) -> int:
        return len(self._labels_N)

    @property
    def num_pixels(self) -> int:
        """Pixels of an image, or of all frames of a clip."""
        return self._images_NCHW[0, 0].numel()

    @property
    def labels_N(self) -> Tensor:
        """The labels, on the device: int64 (N,), or bool (N, K)."""
        return self._labels_N

    def take(self, indices_B: Tensor) -> tuple[Tensor, Tensor]:
        """The images and labels at `indices_B`, on the device; a host store's copy does not block."""
        labels_B = self._labels_N[indices_B.to(self.device)]
        places_B = indices_B if self._places_N is None else self._places_N[indices_B]
        if self._rows is not None:
            images_BCHW = torch.from_numpy(self._rows.take(places_B.cpu().numpy()))
        else:
            # ten times faster than indexing, which goes byte by byte
            images_BCHW = self._images_NCHW.index_select(0, places_B.to(self._images_NCHW.device))
            self._release_after(images_BCHW.nbytes)
        if images_BCHW.device != self.device:
            images_BCHW = images_BCHW.pin_memory()
        return images_BCHW.to(self.device, non_blocking=True), labels_B

    def _release_after(self, num_bytes: int) -> None:
        """Where a large map is read and not its file: of every page that is touched, its neighbours come too."""
        self._unreleased += num_bytes
        if self._map is not None and self._unreleased > _MAPPED_BYTES // 8:
            release(self._map)
            self._unreleased = 0


def _as_tensor(array: NDArray[np.uint8]) -> Tensor:
    """The array as a tensor, without a copy; nothing here writes to it, so a read-only one is as good."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not writable.*")
        return torch.from_numpy(array)


@lru_cache(maxsize=2)
def epoch_order(seed: int, epoch: int, num_images: int) -> Tensor:
    """A permutation of the images, the epoch's own.

    >>> sorted(epoch_order(0, 1, 4).tolist())
    [0, 1, 2, 3]
    """
    return torch.randperm(num_images, generator=generator(seed, "order", epoch))


@dataclass(frozen=True)
class Batches:
    """Training batches by the number of the step.

    An epoch visits each image at most once; a last batch that is not full is left for the next epoch's order.
    With `sampling` "balanced" an epoch of as many steps visits every class equally often.

    Each rank has its part of every batch, changed as it is in the whole.

    Raises:
        DataError: no images at all.
    """

    store: Store
    batch_size: int
    num_classes: int
    pixels: Pixels
    runtime: Runtime
    augment: Augment
    seed: int
    sampling: Literal["shuffled", "balanced"] = "shuffled"
    clean_from: int | None = None  # no augmentation from this step on
    slices: int = 1  # in which a batch goes through the model; each is dealt out among the ranks
    ranks: Ranks = ALONE

    def __post_init__(self) -> None:
        if not len(self.store):
            raise DataError("there are no training images")

    @cached_property
    def images_per_step(self) -> int:
        """The batch size, or the whole split where that is smaller."""
        return min(self.batch_size, len(self.store))

    @cached_property
    def steps_per_epoch(self) -> int:
        """Full batches in an epoch."""
        return len(self.store) // self.images_per_step

    @cached_property
    def _order_of(self) -> Callable[[int], Tensor]:
        """The order of an epoch's images."""
        if self.sampling == "shuffled":
            return lambda epoch: epoch_order(self.seed, epoch, len(self.store))
        strata_N = strata(self.store.labels_N.cpu().numpy())
        count = self.steps_per_epoch * self.images_per_step
        return lru_cache(maxsize=2)(
            lambda epoch: balanced_order(
                strata_N, count=count, rng=generator(self.seed, "balanced order", epoch)
            )
        )

    def indices(self, step: int) -> Tensor:
        """Which images step `step` (counted from 0) trains on: int64 (B,)."""
        epoch, position = divmod(step, self.steps_per_epoch)
        order = self._order_of(epoch)
        return order[position * self.images_per_step :][: self.images_per_step]

    @cached_property
    def _rows(self) -> Tensor:
        """The places of this rank's images in a batch."""
        return self.ranks.rows(slice_sizes(self.images_per_step, number=self.slices))

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Images, float (B, C, H, W), and targets, int64 (B,) or, where mixed, float (B, K), of step `step`."""
        if self.ranks.is_alone:
            return self._changed(step, self.indices(step), None)
        if self._mixes(step):  # an image's partner may be any of the batch
            images_BCHW, targets_BK = self._changed(step, self.indices(step), None)
            return images_BCHW[self._rows], targets_BK[self._rows]
        return self._changed(step, self.indices(step)[self._rows], Part(self.images_per_step, self._rows))

    def _mixes(self, step: int) -> bool:
        """Whether images may be blended with others of their batch."""
        return bool(self.augment.mixup or self.augment.cutmix) and not self._is_clean(step)

    def _is_clean(self, step: int) -> bool:
        return self.clean_from is not None and step >= self.clean_from

    def _changed(self, step: int, indices_B: Tensor, part: Part | None) -> tuple[Tensor, Tensor]:
        """The images at these places of the set, and their targets, as the step changes them."""
        images_BCHW, labels_B = self.store.take(indices_B)
        if labels_B.dtype == torch.bool:
            labels_B = labels_B.to(torch.float32)
        if self._is_clean(step):
            return self.pixels.to_float(images_BCHW, self.runtime), labels_B
        rng = generator(self.seed, "augment", step)
        if self.augment.light:
            images_BCHW = light(images_BCHW, amount=self.augment.light, rng=rng, part=part)
        images_BCHW = self.pixels.to_float(images_BCHW, self.runtime)
        images_BCHW = augment(images_BCHW, how=self.augment, rng=rng, part=part)
        if not self._mixes(step):
            return images_BCHW, labels_B
        targets_BK = labels_B
        if labels_B.ndim == 1:
            targets_BK = torch.nn.functional.one_hot(labels_B, self.num_classes).to(images_BCHW.dtype)
        return mix(images_BCHW, targets_BK, how=self.augment, rng=rng)
