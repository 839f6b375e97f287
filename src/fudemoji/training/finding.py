"""The finders on a data set: a learning rate, and a batch size."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fudemoji.config import resolve
from fudemoji.data import ImageSet
from fudemoji.engine.finders import (
    BatchSizes,
    LRCurve,
    RateTried,
    SizeTried,
    Verdict,
    loss_falls,
    range_test,
    time_batch_sizes,
)
from fudemoji.errors import SettingsError
from fudemoji.events import Note
from fudemoji.report.plots import plot_batch_sizes, plot_lr_curve
from fudemoji.runs import write_beside
from fudemoji.training.sources import Progress
from fudemoji.training.workbench import Workbench

__all__ = ["BatchFinding", "LRFinding", "find_batch_size", "find_lr", "settle"]

_SMALLEST_BATCH = 16


@dataclass(frozen=True)
class LRFinding:
    """What the LR finder found, for which model and batch size."""

    data: str
    model: str
    opt: str
    batch_size: int
    curve: LRCurve = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        """Every rule's rate, the recommended one, and how far to trust it."""
        return self.curve.verdict

    @property
    def recommended(self) -> float | None:
        """The rate to use as the peak of a schedule, or None where the curve tells nothing."""
        return self.verdict.recommended

    def __str__(self) -> str:
        rate = "no rate" if self.recommended is None else f"rate {self.recommended:.2g}"
        return f"{rate} for {self.model} on {self.data} ({self.verdict.kind}: {self.verdict.text})"

    def save(self, folder: Path) -> list[Path]:
        """Write lr.png, lr.csv and lr.json into `folder`; returns their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (("lr.csv", self.curve.to_csv()), ("lr.json", self.curve.to_json())):
            with write_beside(folder / name) as file:
                file.write(text.encode())
        plot_lr_curve(
            folder / "lr.png",
            rates=self.curve.rates.tolist(),
            losses=self.curve.raw_losses.tolist(),
            smoothed=self.curve.losses.tolist(),
            rules=self.verdict.rules,
            recommended=self.recommended,
            verdict=f"{self.model} on {self.data}, {self.opt}, batch {self.batch_size}: {self.verdict.text}",
        )
        return [folder / name for name in ("lr.png", "lr.csv", "lr.json")]


@dataclass(frozen=True)
class BatchFinding:
    """What the batch-size finder found, for which model."""

    data: str
    model: str
    sizes: BatchSizes

    @property
    def recommended(self) -> int:
        """The size to use; it ran whole steps."""
        return self.sizes.recommended

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"data": self.data, "model": self.model, **asdict(self.sizes)}

    def save(self, folder: Path) -> list[Path]:
        """Write batch.png into `folder`; returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        ran = [size for size in self.sizes.tried if size.images_per_second]
        plot_batch_sizes(
            folder / "batch.png",
            sizes=[size.batch_size for size in ran],
            images_per_second=[size.images_per_second for size in ran if size.images_per_second],
            recommended=self.recommended,
            verdict=f"{self.model} on {self.data}: {self.sizes.reason}",
        )
        return [folder / "batch.png"]


def find_lr(
    data: ImageSet | str = "kana",
    *,
    recipe: str = "quick",
    progress: Progress | None = None,
    tried: Path | None = None,
    **values: Any,
) -> LRFinding:
    """Run the LR range test with a recipe's settings and the user's `values` over them.

    `progress` is called with the files decoded so far, and all, while the set is loaded for the first time. The file
    `tried` gets a JSON line for each rate as it is tried; nothing else is written.

    >>> finding = find_lr("kana", model="mlp")  # doctest: +SKIP
    >>> finding.recommended, finding.verdict.rules  # doctest: +SKIP
    """
    bench = _bench(data, recipe, values, progress)
    size = bench.settings.loop.batch_size
    finding = None
    with _lines(tried) as keep:
        for found in lr_events(bench, batch_size=128 if size == "auto" else size):
            if isinstance(found, RateTried):
                keep(found)
            finding = found
    assert isinstance(finding, LRFinding)
    return finding


@contextmanager
def _lines(path: Path | None) -> Iterator[Callable[[RateTried], None]]:
    """What writes rates down, each at once, for those who watch."""
    if path is None:
        yield lambda _: None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", buffering=1) as file:
        yield lambda found: print(json.dumps(asdict(found)), file=file)


def lr_events(bench: Workbench, *, batch_size: int) -> Iterator[RateTried | LRFinding]:
    """Every rate as it is tried, then the finding."""
    settings = bench.settings
    for found in range_test(
        bench.model,
        bench.batches(batch_size),
        settings.optim,
        runtime=bench.runtime,
        seed=settings.loop.seed,
        loss=bench.loss,
        chance=bench.chance,
        ranks=bench.ranks,
    ):
        if isinstance(found, LRCurve):
            size = bench.batches(batch_size).images_per_step
            yield LRFinding(bench.data.name, settings.model.name, settings.optim.opt, size, found)
        else:
            yield found


def find_batch_size(
    data: ImageSet | str = "kana", *, recipe: str = "quick", progress: Progress | None = None, **values: Any
) -> BatchFinding:
    """Time training steps at rising batch sizes and recommend the knee of throughput; nothing is written.

    `progress` is called with the files decoded so far, and all, while the set is loaded for the first time.
    """
    finding = None
    for found in batch_events(_bench(data, recipe, values, progress)):
        finding = found
    assert isinstance(finding, BatchFinding)
    return finding


def batch_events(bench: Workbench) -> Iterator[SizeTried | BatchFinding]:
    """Every size as it is tried, then the finding."""
    for found in time_batch_sizes(
        bench.model,
        bench.batches,
        bench.settings.optim,
        loss=bench.loss,
        runtime=bench.runtime,
        num_images=len(bench.train_store),
    ):
        if isinstance(found, BatchSizes):
            yield BatchFinding(bench.data.name, bench.settings.model.name, found)
        else:
            yield found


def settle(bench: Workbench) -> Iterator[Note | Workbench | LRFinding]:
    """Replace `auto` by numbers; the last thing that comes out is the bench with them.

    A batch size is halved, as in the 2019 article, while a short training shows no downward trend. What the LR
    finder found comes out too, to be kept with the run.

    Raises:
        SettingsError: the range test's curve tells nothing, or several ranks would have to agree on a batch size.
    """
    if bench.settings.loop.batch_size == "auto":
        if not bench.ranks.is_alone:
            raise SettingsError(
                "batch_size auto times one process; `fudemoji batch` finds a size, to be given to all ranks together "
                "with --batch-size"
            )
        size, why = _settle_batch_size(bench)
        yield Note(text=f"batch size {size}: {why}")
        bench = bench.settled("loop", batch_size=size)
    if bench.settings.optim.lr == "auto":
        assert bench.settings.loop.batch_size != "auto"
        *_, finding = lr_events(bench, batch_size=bench.settings.loop.batch_size)
        assert isinstance(finding, LRFinding)
        yield finding
        rate, text = _rate(finding, bench.settings.optim.lr_rule)
        yield Note(text=text, level="warning" if finding.verdict.kind == "noisy" else "info")
        bench = bench.settled("optim", lr=rate)
    yield bench


def _settle_batch_size(bench: Workbench) -> tuple[int, str]:
    *_, finding = batch_events(bench)
    assert isinstance(finding, BatchFinding)
    size, why = finding.recommended, finding.sizes.reason
    while size > _SMALLEST_BATCH and not _falls(bench, size):
        size //= 2
        why = "halved until the loss of a short training showed a clear downward trend"
    return size, why


def _falls(bench: Workbench, size: int) -> bool:
    optim = bench.settings.optim
    if optim.lr == "auto":
        *_, finding = lr_events(bench, batch_size=size)
        assert isinstance(finding, LRFinding)
        return finding.recommended is not None
    return loss_falls(
        bench.model,
        bench.batches(size),
        optim,
        lr=optim.lr,
        loss=bench.loss,
        runtime=bench.runtime,
        seed=bench.settings.loop.seed,
    )


def _rate(finding: LRFinding, rule: str) -> tuple[float, str]:
    if finding.recommended is None:
        raise SettingsError(
            f"the LR finder recommends no rate ({finding.verdict.kind}: {finding.verdict.text}); give one with --lr"
        )
    rate = finding.recommended if rule == "recommended" else finding.verdict.rules[rule]
    others = ", ".join(f"{name} {value:.2g}" for name, value in finding.verdict.rules.items())
    return rate, f"rate {rate:.2g} ({rule}; {others}); curve: {finding.verdict.kind}, {finding.verdict.text}"


def _bench(data: ImageSet | str, recipe: str, values: dict[str, Any], progress: Progress | None) -> Workbench:
    if isinstance(data, ImageSet):
        return Workbench.of(resolve(recipe, values), data)
    return Workbench.of(resolve(recipe, {**values, "data": data}), progress=progress)
