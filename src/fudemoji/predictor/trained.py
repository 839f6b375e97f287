"""The best weights of a run, ready to use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import nn

from fudemoji.config import Settings
from fudemoji.data import ImageSet, LabelClass
from fudemoji.data.batches import Pixels, Store
from fudemoji.engine.inference import predict_split
from fudemoji.engine.state import load_weights
from fudemoji.metrics import AnyPredictions, LogitsKeeper
from fudemoji.models import build_model
from fudemoji.runs import Run, open_run
from fudemoji.runtime import Runtime, choose_runtime, pick_device

__all__ = ["Trained", "load_trained"]


@dataclass(frozen=True)
class Trained:
    """The best weights of a run, ready to use, and how they want their images."""

    run: Run
    settings: Settings
    sheet: dict[str, Any]
    model: nn.Module
    runtime: Runtime
    pixels: Pixels

    @cached_property
    def classes(self) -> tuple[LabelClass, ...]:
        """The classes, in label order."""
        return tuple(LabelClass(c["id"], c["glyph"], c["romanisation"]) for c in self.sheet["classes"])

    @property
    def multi_label(self) -> bool:
        """Whether an image may have several labels, or none."""
        return bool(self.sheet.get("multi_label"))

    def predictions(
        self,
        data: ImageSet,
        split: str,
        *,
        shifts: int = 0,
        all_probs: bool = False,
        keep: LogitsKeeper | None = None,
    ) -> AnyPredictions:
        """What the weights say about a split of a set; the arguments are those of `predict_split`."""
        indices_N = data.indices(split)
        return predict_split(
            self.model,
            Store(data.images, data.labels, indices_N, device=self.runtime.device),
            split=split,
            indices_N=indices_N,
            num_classes=data.num_classes,
            pixels=self.pixels,
            runtime=self.runtime,
            shifts=shifts,
            all_probs=all_probs,
            keep=keep,
        )


def load_trained(run: Run | str | Path, *, device: str | None = None) -> Trained:
    """The best checkpoint of a run.

    Raises:
        RunError: no such run, or it has no checkpoint yet, or a damaged one or a damaged data.json.
        SettingsError: no such device.
    """
    run = run if isinstance(run, Run) else open_run(run)
    settings, sheet = run.settings(), run.sheet()
    chosen = pick_device(device or settings.loop.device)
    model = build_model(
        settings.model.name,
        in_channels=sheet["channels"],
        num_classes=sheet["num_classes"],
        image_size=tuple(sheet["image_size"]),
        num_frames=sheet.get("num_frames", 0),
        stem=settings.model.stem,
    )
    load_weights(run.checkpoint_path("best"), model)
    runtime = choose_runtime(model, device=chosen, precision=settings.loop.precision)
    model = runtime.place(model).eval()
    pixels = Pixels.of_sheet(sheet, to=settings.data.pixels)
    return Trained(run, settings, sheet, model, runtime, pixels)
