"""What is exported: a run's best weights in float32, the numbers it answers by, and its images."""

# N images, C channels, H x W pixels, K classes

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fudemoji.data import ImageSet
from fudemoji.engine.inference import fitting_batch, predict_logits
from fudemoji.errors import RunError
from fudemoji.export.graph import INPUT, Graph
from fudemoji.export.sheet import (
    FILES,
    ExportSheet,
    Input,
    Kind,
    Network,
    Origin,
    PreparationSheet,
    Thresholds,
)
from fudemoji.metrics import LogitsKeeper
from fudemoji.predictor import Trained
from fudemoji.predictor.preparing import Preparation
from fudemoji.runs import describe_environment
from fudemoji.runtime import Runtime
from fudemoji.trust import Trust, Wish, choose, read_trust

__all__ = ["Subject", "in_float32"]

_FLOAT32 = Runtime(torch.device("cpu"), "fp32", channels_last=False)
_GROUNDS = {1: "bright", -1: "dark", 0: None}


def in_float32(trained: Trained) -> Trained:
    """The same weights, computing in float32 on the CPU, whatever the run computes in."""
    model = trained.model.to(torch.device("cpu"), torch.float32, memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return replace(trained, model=model.eval(), runtime=_FLOAT32)


@dataclass(frozen=True)
class Subject:
    """A run about to be exported.

    Attributes:
        trained: its best weights, in float32 on the CPU.
        shifts: pixels of the shifts at test time.
        data: the run's set; None where it cannot be had.
    """

    trained: Trained
    shifts: int
    data: ImageSet | None

    @cached_property
    def trust(self) -> Trust:
        """Temperature and thresholds for these shifts: those of trust.json, or chosen anew by the validation images.

        Raises:
            RunError: trust.json has none for these shifts, and there are no validation images to choose by.
        """
        sheet = self.trained.sheet
        whole = read_trust(
            self.trained.run, num_classes=sheet["num_classes"], multi_label=self.trained.multi_label
        )
        own = whole.at(self.shifts)
        if own.shifts == self.shifts or not own.is_chosen:
            return own
        if self.data is None or own.chosen_on not in self.data.splits:
            raise RunError(
                f"{self.trained.run.path} is calibrated for shifts of {own.shifts} pixels, not {self.shifts}, and its "
                f"validation images cannot be had to calibrate it anew; leave out --shifts"
            )
        split, num_classes = own.chosen_on, own.num_classes
        keeper = LogitsKeeper(split, self.data.labels[self.data.indices(split)], num_classes=num_classes)
        self.trained.predictions(self.data, split, shifts=self.shifts, keep=keeper)
        return choose(keeper.logits, shifts=self.shifts, wish=Wish(own.rule.wanted, own.rule.share))

    @cached_property
    def graph(self) -> Graph:
        """The whole way from pixels to probabilities."""
        return Graph(
            self.trained.model,
            pixels=self.trained.pixels,
            ndim=5 if self.trained.sheet.get("num_frames") else 4,
            shifts=self.shifts,
            temperature=self.trust.temperature,
            multi_label=self.trained.multi_label,
        ).eval()

    def expected(self, images_NCHW: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The run's own calibrated probabilities (N, K), by the code that a prediction goes through."""
        trained = self.trained
        logits = [
            predict_logits(
                trained.model,
                images_BCHW,
                pixels=trained.pixels,
                runtime=trained.runtime,
                shifts=self.shifts,
                multi_label=trained.multi_label,
            )
            for images_BCHW in torch.from_numpy(images_NCHW).split(self.batch_size)
        ]
        return self.trust.probabilities(torch.cat(logits).numpy())

    @cached_property
    def batch_size(self) -> int:
        """Images of a batch that is not too large for memory."""
        sheet = self.trained.sheet
        height, width = sheet["image_size"]
        return min(64, fitting_batch(height * width * (sheet.get("num_frames") or 1)))

    def sheet(self, kind: Kind, *, precision: str = "fp32") -> ExportSheet:
        """fudemoji.json of a file of this kind, without the checksum."""
        trained, trust, data = self.trained, self.trust, self.trained.sheet
        height, width = data["image_size"]
        frames = data.get("num_frames", 0)
        size = Input(
            name=INPUT,
            layout="NCTHW" if frames else "NCHW",
            channels=data["channels"],
            frames=frames,
            height=height,
            width=width,
        )
        origin = Origin(
            run=trained.run.name,
            made_with=f"fudemoji {describe_environment()['versions']['fudemoji']}",
            made_on=datetime.datetime.now(datetime.UTC).date().isoformat(),
            data=data["name"],
            licence=data.get("licence") or "",
            credit=data.get("credit") or "",
        )
        thresholds_K = trust.rule.thresholds(trust.num_classes)
        return ExportSheet(
            kind=kind,
            file=FILES[kind],
            precision=precision,
            input=size,
            prepare=_prepare(Preparation.of(data, trained.settings), data),
            multi_label=trained.multi_label,
            classes=[{name: c[name] for name in ("id", "glyph", "romanisation")} for c in data["classes"]],
            trust=Thresholds(
                temperature=trust.temperature,
                wanted=trust.rule.wanted,
                share=trust.rule.share,
                thresholds=thresholds_K.tolist(),
            ),
            model=Network(
                name=trained.settings.model.name,
                stem=trained.settings.model.stem,
                mean=list(trained.pixels.mean),
                std=list(trained.pixels.std),
                shifts=self.shifts,
            ),
            origin=origin,
        )


def _prepare(how: Preparation, data: dict[str, Any]) -> PreparationSheet:
    return PreparationSheet(
        mode="L" if how.channels == 1 else "RGB",
        fit=how.fit or "stretch",
        resampling="bicubic" if how.fit else "lanczos",
        dark=data.get("dark"),
        bright=data.get("bright"),
        inverted=_GROUNDS[how.strange_ground],
        sampling=how.sampling,
    )
