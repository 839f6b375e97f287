"""Results as tables and lines on stdout."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from fudemoji.cli.sketch import sketch_curve
from fudemoji.config import FLAGS, RECIPES, Settings
from fudemoji.errors import RunError
from fudemoji.events import RunFinished
from fudemoji.runs import Run

if TYPE_CHECKING:
    from fudemoji.data.cache.entries import Entry
    from fudemoji.data.checks.findings import Finding, Findings
    from fudemoji.metrics import AnyMetrics, Intervals
    from fudemoji.predictor.files import Seen
    from fudemoji.training import BatchFinding, LRFinding

_MOST_FILES = 6  # lines under a finding
_FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "mean_average_precision": "mean average precision",
}


_FIGURES_OF_A_SPLIT = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_precision": "macro precision",
    "macro_recall": "macro recall",
    "macro_f1": "macro F1",
    "micro_precision": "micro precision",
    "micro_recall": "micro recall",
    "micro_f1": "micro F1",
    "mean_average_precision": "mean average precision",
    "top5_accuracy": "top-5 accuracy",
    "hamming_loss": "Hamming loss",
    "loss": "loss",
    "calibration_error": "calibration error",
}
_NUMBERS = frozenset({"hamming_loss", "loss", "calibration_error"})


def console() -> Console:
    """Stdout, at its own width; unbounded where it is piped."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def table(*columns: str, rows: Sequence[Sequence[object]]) -> None:
    """Print a plain table; columns that start with `>` are set flush right."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(
            column.removeprefix(">"), justify="right" if column.startswith(">") else "left", no_wrap=True
        )
    for row in rows:
        shown.add_row(*(str(cell) for cell in row))
    out = console()
    if not out.is_terminal:
        out.width = 200
    out.print(shown)


def show_cache(root: Path, kept: Sequence[Entry], removed: Sequence[Entry]) -> None:
    """The decoded sets: what was removed, and what is there."""
    for entry in removed:
        print(f"removed: {entry.name}, {entry.num_bytes / 1e6:,.1f} MB")
    rows = []
    for entry in kept:
        count, channels, *size = entry.shape
        used = datetime.datetime.fromtimestamp(entry.last_used).strftime("%Y-%m-%d %H:%M")
        in_use = "now" if entry.is_in_use else used
        rows.append((entry.name, f"{count:,}", "x".join(map(str, size)), "grey" if channels == 1 else "RGB",
                     f"{entry.num_bytes / 1e6:,.1f} MB", in_use, entry.source))  # fmt: skip
    if rows:
        table("set", ">images", "pixels", "colour", ">size", "last used", "source", rows=rows)
    total = sum(entry.num_bytes for entry in kept)
    print(f"{root}: {len(kept)} decoded set{'' if len(kept) == 1 else 's'}, {total / 1e6:,.1f} MB")


def percent(share: float | None) -> str:
    """A share as a percentage, or a dash."""
    return "-" if share is None else f"{share:.2%}"


def run_summary(finished: RunFinished) -> dict[str, Any]:
    """The last event of a run as the JSON object that ends `--json`."""
    fields = dataclasses.asdict(finished)
    fields.pop("step")
    return fields


def show_finished(finished: RunFinished) -> None:
    """The final metric line, and where to look."""
    split = "valid" if finished.test_accuracy is None else "test"
    found = {name: getattr(finished, f"{split}_{name}") for name in _FIGURES}
    named = [f"{_FIGURES[name]} {percent(share)}" for name, share in found.items() if share is not None]
    told = f"{split} {', '.join(named)}" if named else "trained"
    print(f"{told} after {finished.epochs:g} epochs in {finished.train_seconds:.1f} s: {finished.run}")
    print(f"report: {Path(finished.run) / 'report.html'}")


def show_comparison(page: Path, *, as_json: bool) -> None:
    """The figures of each variant, the recommendation, and the page; or all that compare.json holds."""
    content = json.loads(page.with_name("compare.json").read_bytes())
    if as_json:
        print(json.dumps({"page": str(page), **content}, ensure_ascii=False))
        return
    main = content["score"].partition(" ")[2]
    names = [f"{split} {main}" for split in ("train", "validation", "test")]
    rows = [
        (
            variant["name"],
            *(_spread(variant["figures"].get(name)) for name in names),
            f"{variant['costs']['training, s']['mean']:.1f} s" if variant["costs"] else "-",
            f"{variant['parameters']:,}" if variant["runs"] else "failed",
        )
        for variant in content["variants"]
    ]
    table("variant", *(f">{name}" for name in names), ">training", ">parameters", rows=rows)
    choice = content["recommendation"]["choice"]
    told = " ".join(content["recommendation"]["sentences"])
    print(f"recommended: {choice}. {told}" if choice else told)
    for warning in content["warnings"]:
        print(f"warning: {warning}")
    print(page)


def _spread(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "-"
    spread = "" if figure["deviation"] is None else f" ± {100 * figure['deviation']:.2f}"
    return f"{100 * figure['mean']:.2f}{spread} %"


def show_lr(finding: LRFinding, files: Sequence[Path]) -> None:
    """Every rule's rate, the recommended one and the verdict."""
    verdict = finding.verdict
    print(f"{finding.model} on {finding.data}, {finding.opt}, batch {finding.batch_size}")
    print(
        f"verdict: {verdict.kind}: {verdict.text} ({finding.curve.repeats} x {len(finding.curve.rates)} steps)"
    )
    curve = finding.curve
    if len(curve.losses) > 1:
        print("\n".join(sketch_curve(curve.rates.tolist(), curve.losses.tolist(), mark=finding.recommended)))
    table("rule", ">rate", rows=[(name, f"{rate:.3g}") for name, rate in verdict.rules.items()])
    if finding.recommended is not None:
        print(f"recommended: --lr {finding.recommended:.2g}")
    for file in files:
        print(file)


def show_batch(finding: BatchFinding, files: Sequence[Path]) -> None:
    """The sizes that ran, their throughput, and the recommended one."""
    print(f"{finding.model} on {finding.data}")
    rows = [
        (
            size.batch_size,
            f"{size.images_per_second:,.0f}" if size.images_per_second else "memory is too short",
        )
        for size in finding.sizes.tried
    ]
    table(">batch size", ">images/s", rows=rows)
    print(f"recommended: --batch-size {finding.recommended}, {finding.sizes.reason}")
    for file in files:
        print(file)


def show_metrics(metrics: AnyMetrics, intervals: Intervals) -> None:
    """The figures of a split, with their intervals."""
    rows = []
    for name, told in _FIGURES_OF_A_SPLIT.items():
        value = getattr(metrics, name, None)
        if value is None:
            continue
        say = _number if name in _NUMBERS else percent
        bounds = intervals.figures.get(name)
        between = f"{say(bounds[0])} to {say(bounds[1])}" if bounds else ""
        rows.append((told, say(value), between))
    table(metrics.split, f">{metrics.num_images:,} images", "95 % interval", rows=rows)
    for line in intervals.left_out:
        print(f"no interval for {line}")


def _number(value: float) -> str:
    return f"{value:.4f}"


def show_seen(seen: Seen) -> None:
    """One line for an image: its classes with their probabilities; on stderr why it could not be read."""
    prediction = seen.prediction
    if prediction is None:
        print(f"fudemoji: {seen.error}", file=sys.stderr)
        return
    named = "  ".join(f"{label} {prob:.1%}" for label, prob in prediction.top)
    labels = ", ".join(map(str, prediction.labels)) or "no label"
    told = f"{labels}  ({named})" if prediction.multi_label else named
    told = f"unknown  ({named})" if prediction.is_unknown else told
    print(f"{seen.path}: {told}{'  (inverted)' if prediction.inverted else ''}")


def describe_run(run: Run) -> dict[str, Any]:
    """What the list of runs tells of one; a damaged folder says so."""
    try:
        settings, status = run.settings(), run.read_json("status")
        finished = [event for event in run.events() if isinstance(event, RunFinished)]
    except RunError as error:
        return {"run": str(run.path), "state": "damaged", "reason": str(error)}
    last = finished[-1] if finished else None
    return {
        "run": str(run.path),
        "state": status.get("state"),
        "data": settings.data.source,
        "model": settings.model.name,
        "recipe": settings.recipe,
        "step": status.get("step"),
        "train_seconds": last.train_seconds if last else None,
        **{
            f"{split}_{name}": getattr(last, f"{split}_{name}") if last else None
            for split in ("valid", "test")
            for name in _FIGURES
        },
    }


def show_runs(described: Sequence[Mapping[str, Any]], output: Path) -> None:
    """One line a run."""
    if not described:
        print(f"no runs in {output}; start one with `fudemoji train`")
        return
    heads = {
        "valid_accuracy": ">valid",
        "valid_balanced_accuracy": ">balanced",
        "valid_mean_average_precision": ">mean_ap",
        "test_accuracy": ">test",
        "test_balanced_accuracy": ">balanced",
        "test_mean_average_precision": ">mean_ap",
    }
    always = ("valid_accuracy", "test_accuracy")
    shown = {
        name: head for name, head in heads.items() if name in always or any(d.get(name) for d in described)
    }
    rows = [
        (d["run"], d["state"], d.get("model", "-"), d.get("recipe", "-"), *(percent(d.get(name)) for name in shown),
         f"{d['train_seconds']:.1f} s" if d.get("train_seconds") else "-")
        for d in described
    ]  # fmt: skip
    table("run", "state", "model", "recipe", *shown.values(), ">time", rows=rows)


def show_recipes(recipes: Mapping[str, Settings]) -> None:
    """One line a recipe."""
    rows = [
        (name, r.model.name, r.optim.opt, r.optim.lr, r.loop.epochs, r.loop.batch_size, r.schedule.sched)
        for name, r in recipes.items()
    ]
    table("recipe", "model", "opt", ">lr", ">epochs", ">batch", "schedule", rows=rows)


def show_recipe(settings: Settings) -> None:
    """All settings of a recipe, as the flags that would say the same."""
    rows = [
        (
            f"--{name.replace('_', '-')}",
            getattr(getattr(settings, flag.section), flag.field),
            flag.description,
        )
        for name, flag in FLAGS.items()
        if name != "data"
    ]
    assert settings.recipe in RECIPES
    table("flag", "value", "meaning", rows=rows)


def show_findings(findings: Findings) -> None:
    """What a check found, the gravest first, each with the first files concerned."""
    splits = ", ".join(f"{name} {number:,}" for name, number in findings.splits.items()) or "no splits given"
    height, width = findings.image_size
    counted = f"{findings.num_images:,} images in {len(findings.classes):,} classes"
    print(f"{findings.name}: {counted} ({splits}), {height}x{width} pixels")
    for finding in findings.findings:
        print(f"{finding.severity}: {finding.title.lower()}: {finding.text}")
        lines = list(_files_of(finding))
        for line in lines[:_MOST_FILES]:
            print(f"    {line}")
        if len(lines) > _MOST_FILES:
            print(f"    and {len(lines) - _MOST_FILES:,} more; --json names all")
    if not findings.findings:
        print("nothing found")


def _files_of(finding: Finding) -> Iterator[str]:
    if finding.groups:
        yield from (" = ".join(group) for group in finding.groups)
    elif finding.details:
        pairs = zip(finding.files, finding.details, strict=True)
        yield from (f"{name}: {detail}" if detail else name for name, detail in pairs)
    else:
        yield from finding.files
