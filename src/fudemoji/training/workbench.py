"""Data, model and machine joined as the settings say: what a training and the finders both start from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from fudemoji.config import Settings, with_policy
from fudemoji.data import ImageSet, cut_validation, data_sheet
from fudemoji.data.batches import Batches, Pixels, Store
from fudemoji.engine.average import Average
from fudemoji.engine.loop import Plan
from fudemoji.engine.losses import Loss, chance_level, loss_of
from fudemoji.engine.optim import Optimiser
from fudemoji.engine.state import State
from fudemoji.errors import DataError, SettingsError
from fudemoji.models import build_model, check_model
from fudemoji.models.pretrained import Fitted, Weights, fit_weights
from fudemoji.models.spread import spread
from fudemoji.ranks import ALONE, Ranks, slice_sizes
from fudemoji.runtime import Runtime, choose_runtime, isolated_random_state, pick_device
from fudemoji.training.schedules import freeze_steps, schedules
from fudemoji.training.sources import Progress, open_set
from fudemoji.training.transfer import read_weights, stem_for

__all__ = ["Workbench"]

_BUILT = (
    "sheet",
    "pixels",
    "started",
    "runtime",
    "train_store",
)  # none depends on rate, batch size or "auto"


@dataclass(frozen=True)
class Workbench:
    """Settings, the set they name, cut for validation, and everything that follows from the two.

    Attributes:
        settings: of the training.
        data: the set under its splits.
        weights: what the model starts from; None for random weights, and for a run that goes on from a checkpoint.
        stored_sheet: the data sheet as a run has stored it.
        ranks: the processes that train together.
    """

    settings: Settings
    data: ImageSet
    weights: Weights | None = field(default=None, repr=False, compare=False)
    stored_sheet: dict[str, Any] | None = field(default=None, repr=False, compare=False)
    ranks: Ranks = field(default=ALONE, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        settings: Settings,
        data: ImageSet | None = None,
        *,
        progress: Progress | None = None,
        ranks: Ranks = ALONE,
    ) -> Workbench:
        """Load the set (unless it is given), cut validation from it, and check that it can be trained on.

        `progress` is called with the files decoded so far, and all, where a set is decoded for the first time.

        Raises:
            SettingsError: there is no such model, no such weights for it, or a setting does not fit the set.
            RunError: the run that the weights come from is missing or damaged.
            DataError: the set is missing or damaged, has no training images, or fewer than two classes.
        """
        check_model(settings.model.name)  # before a large set is read
        weights = read_weights(settings)
        data, settings = open_set(settings, data, weights=weights, progress=progress)
        if "train" not in data.splits:
            raise DataError(f"{data.name} has no split 'train'; it has: {', '.join(data.splits)}")
        if data.num_classes < 2:
            raise DataError(f"{data.name} has {data.num_classes} class; a classifier needs two or more")
        cut = cut_validation(data, share=settings.data.valid, seed=settings.loop.seed)
        if cut.is_multi_label and settings.balance.logit_adjust:
            raise SettingsError(
                f"logit_adjust is for one label an image, but {data.name} has several; use class_weights or sampling"
            )
        if weights is not None:
            settings = _following(settings, weights, image_size=data.image_size)
        settings = with_policy(settings, kind="clips" if data.num_frames else data.kind)
        return cls(settings, cut, weights, ranks=ranks)

    def settled(self, section: str, **values: Any) -> Workbench:
        """The same with an `auto` replaced by what was found; what is built already stays."""
        return self._changed(settings=self.settings.changed(section, **values))

    def without_weights(self) -> Workbench:
        """The same once the model is built: what it started from need not stay in memory."""
        return self._changed(weights=None)

    def _changed(self, **values: Any) -> Workbench:
        bench = replace(self, **values)
        bench.__dict__.update({name: built for name, built in self.__dict__.items() if name in _BUILT})
        return bench

    @cached_property
    def sheet(self) -> dict[str, Any]:
        """The data sheet, as stored in data.json, with the pixels of the weights where they say how they want them."""
        if self.stored_sheet is not None:
            return self.stored_sheet
        pixels = self.weights.pixels(self.data.num_channels) if self.weights else None
        return data_sheet(self.data) | ({"pixels": pixels} if pixels else {})

    @cached_property
    def pixels(self) -> Pixels:
        """How pixels become floats."""
        return Pixels.of_sheet(self.sheet, to=self.settings.data.pixels)

    @property
    def model(self) -> nn.Module:
        """The model with its first weights, on the device."""
        return self.started[0]

    @property
    def fitted(self) -> Fitted | None:
        """How the weights it starts from went into the model."""
        return self.started[1]

    @cached_property
    def started(self) -> tuple[nn.Module, Fitted | None]:
        """The model, and how weights went into it."""
        loop = self.settings.loop
        device = pick_device(loop.device)
        with isolated_random_state(device, loop.seed, "model"):
            model = build_model(
                self.settings.model.name,
                in_channels=self.data.num_channels,
                num_classes=self.data.num_classes,
                image_size=self.data.image_size,
                num_frames=self.data.num_frames,
                stem=self.settings.model.stem,
            )
        name = self.settings.model.name
        fitted = fit_weights(model, self.weights, name=name) if self.weights else None
        model = spread(model, self.ranks, sync_bn=loop.sync_bn)
        runtime = choose_runtime(model, device=device, precision=loop.precision)
        return runtime.place(model), fitted

    @cached_property
    def runtime(self) -> Runtime:
        """Where and in which number format."""
        loop = self.settings.loop
        return choose_runtime(self.model, device=pick_device(loop.device), precision=loop.precision)

    def store(self, split: str) -> Store | None:
        """A split on the device, or None where there is no such split."""
        if split not in self.data.splits:
            return None
        data = self.data
        return Store(data.images, data.labels, data.indices(split), device=self.runtime.device)

    @cached_property
    def train_store(self) -> Store:
        """The training split on the device."""
        store = self.store("train")
        assert store is not None
        return store

    def batches(self, size: int) -> Batches:
        """Training batches of a size.

        Raises:
            SettingsError: slices of a single image, which batch norm cannot take, or of fewer images than ranks.
        """
        loop, augment = self.settings.loop, self.settings.augment
        batches = Batches(
            store=self.train_store,
            batch_size=size,
            num_classes=self.data.num_classes,
            pixels=self.pixels,
            runtime=self.runtime,
            augment=augment,
            seed=loop.seed,
            sampling=self.settings.balance.sampling,
            slices=loop.accumulate,
            ranks=self.ranks,
        )
        self._check_slices(batches.images_per_step)
        total = self._total_steps(batches)
        clean = augment.clean.steps(steps_per_epoch=batches.steps_per_epoch, total=total)
        return replace(batches, clean_from=total - clean) if clean else batches

    def _check_slices(self, num_images: int) -> None:
        loop, ranks = self.settings.loop, self.ranks.size
        sizes = slice_sizes(num_images, number=loop.accumulate)
        if ranks > min(sizes):
            slices = f" in {len(sizes)} slices, the last of {sizes[-1]}" if len(sizes) > 1 else ""
            raise SettingsError(
                f"{ranks} ranks cannot share {num_images} image{'s' * (num_images > 1)} a step{slices}: each "
                "needs one at least; start fewer ranks or change --batch-size"
            )
        alone = min(sizes) // ranks < 2 if not loop.sync_bn else min(sizes) < 2
        if alone and any(isinstance(module, _BatchNorm) for module in self.model.modules()):
            shares = "" if loop.sync_bn or ranks == 1 else f", each shared by {ranks} ranks,"
            raise SettingsError(
                f"batch norm needs two images a slice at least; {num_images} images a step in "
                f"{len(sizes)} slice(s){shares} leave one alone; change --batch-size or --accumulate"
            )

    @cached_property
    def loss(self) -> Loss:
        """What the training minimises."""
        return loss_of(
            self.settings.balance,
            smoothing=self.settings.loop.smoothing,
            counts_K=self._train_counts,
            num_images=len(self.data.indices("train")),
            multi_label=self.data.is_multi_label,
            device=self.runtime.device,
        )

    @property
    def chance(self) -> float:
        """The loss of guessing by how often each class occurs, in nats."""
        return chance_level(
            self.settings.balance,
            counts_K=self._train_counts,
            num_images=len(self.data.indices("train")),
            multi_label=self.data.is_multi_label,
        )

    @cached_property
    def _train_counts(self) -> NDArray[np.int64]:
        return self.data.class_counts(self.data.indices("train"))

    def plan(self, batches: Batches) -> Plan:
        """Length and schedules of the training; rate and batch size must be numbers by now."""
        loop = self.settings.loop
        total, per_epoch = self._total_steps(batches), batches.steps_per_epoch
        lr_at, momentum_at = schedules(self.settings, steps_per_epoch=per_epoch, total=total)
        return Plan(
            total_steps=total,
            lr_at=lr_at,
            momentum_at=momentum_at,
            freeze_steps=freeze_steps(self.settings, steps_per_epoch=per_epoch, total=total),
            loss=self.loss,
            accumulate=loop.accumulate,
            seed=loop.seed,
        )

    @property
    def epochs(self) -> float:
        """Length of the training in epochs; the batch size must be a number by now."""
        size = self.settings.loop.batch_size
        assert size != "auto"
        batches = self.batches(size)
        return self._total_steps(batches) / batches.steps_per_epoch

    def _total_steps(self, batches: Batches) -> int:
        """Steps of the training; of a small set whole epochs, as many as the least number of steps asks for."""
        loop, per_epoch = self.settings.loop, batches.steps_per_epoch
        total = max(1, loop.epochs.steps(steps_per_epoch=per_epoch))
        if total >= loop.least_steps:
            return total
        return math.ceil(loop.least_steps / per_epoch) * per_epoch

    def validations(self, batches: Batches) -> frozenset[int]:
        """The steps after which the model is validated: ends of epochs, `validate_every` apart, and the last step."""
        total, per_epoch = self._total_steps(batches), batches.steps_per_epoch
        every = max(1, self.settings.loop.validate_every.steps(steps_per_epoch=per_epoch, total=total))
        ends = range(per_epoch, total + 1, per_epoch)
        return frozenset({total, *(step for step in ends if step // every > (step - per_epoch) // every)})

    def state(self) -> State:
        """A model at its start, with optimiser and average."""
        if self.settings.loop.compile:
            self.model.compile()
        ema = self.settings.loop.ema
        average = Average(self.model, decay=ema) if ema else None
        return State(self.model, Optimiser(self.model, self.settings.optim), average)


def _following(settings: Settings, weights: Weights, *, image_size: tuple[int, int]) -> Settings:
    """The settings with what follows from the weights made plain, so that a run needs them no more."""
    model = settings.model
    if model.weights is not None:
        settings = settings.changed("model", weights=str(Path(model.weights).expanduser().resolve()))
    if model.stem == "auto" and model.name.startswith("resnet"):
        settings = settings.changed("model", stem=stem_for(weights.tensors, image_size=image_size))
    return settings
