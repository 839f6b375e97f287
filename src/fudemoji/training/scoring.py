"""Evaluating a model in training on the splits of its set."""

from __future__ import annotations

import time
from functools import cached_property

from torch import nn

from fudemoji.data.batches import Store
from fudemoji.engine.inference import predict_split
from fudemoji.engine.results import Scored
from fudemoji.errors import DataError, TrainingFailed
from fudemoji.metrics import LogitsKeeper
from fudemoji.training.workbench import Workbench

__all__ = ["Scoring"]


class Scoring:
    """Scores models on a workbench's splits; the validation images stay on the device between epochs."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    @cached_property
    def _valid(self) -> Store | None:
        return self._bench.store("valid")

    def keeper(self, split: str) -> LogitsKeeper | None:
        """What keeps the logits of a split when it is scored, or None where there is no such split."""
        data = self._bench.data
        if split not in data.splits:
            return None
        return LogitsKeeper(split, data.labels[data.indices(split)], num_classes=data.num_classes)

    def score(
        self,
        model: nn.Module,
        split: str,
        *,
        shifts: int = 0,
        all_probs: bool = False,
        keep: LogitsKeeper | None = None,
    ) -> Scored | None:
        """What the model says about a split, or None where there is no such split.

        Raises:
            TrainingFailed: its answers are no numbers any more.
        """
        store = self._valid if split == "valid" else self._bench.store(split)
        if store is None:
            return None
        start = time.perf_counter()
        try:
            predictions = predict_split(
                model,
                store,
                split=split,
                indices_N=self._bench.data.splits[split],
                num_classes=self._bench.data.num_classes,
                pixels=self._bench.pixels,
                runtime=self._bench.runtime,
                shifts=shifts,
                all_probs=all_probs,
                keep=keep,
                ranks=self._bench.ranks,
            )
        except DataError as error:
            raise TrainingFailed(str(error)) from error
        return Scored(predictions, time.perf_counter() - start)
