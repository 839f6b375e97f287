"""Measured runs put together: figures over seeds, the choice among what was tried, the contest of the chosen."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fudemoji.comparison.measuring import Measured
from fudemoji.comparison.next_steps import next_steps
from fudemoji.comparison.pairing import pairs_of
from fudemoji.comparison.recommendation import recommend, rules, warnings_of
from fudemoji.comparison.variants import Candidate
from fudemoji.events import EpochDone
from fudemoji.metrics import Predictions, confusion, most_confused, wilson_interval
from fudemoji.metrics.spread import Spread
from fudemoji.report.compared.records import Comparison, Confused, Layer, Pair, Recommendation, Variant
from fudemoji.report.course import Course, Points, course_of
from fudemoji.report.views import command_of, setting_rows

__all__ = ["Group", "assemble", "variant_of"]

_NUM_CONFUSED = 6
_FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "mean_average_precision": "mean average precision",
}
_WORDS = {"valid": "validation", "test": "test"}


@dataclass(frozen=True)
class Group:
    """The runs of one candidate, and why others have none."""

    candidate: Candidate
    runs: tuple[Measured, ...]
    failures: tuple[str, ...] = ()


def assemble(
    groups: Sequence[Group], *, title: str, command: str, margin: float, versions: Mapping[str, str]
) -> Comparison:
    """Everything the page shows.

    Args:
        groups: in the order to show them.
        title: what is compared, on what.
        command: the command line that compares it again.
        margin: a share; a smaller difference is not worth a dearer model.
        versions: of what it was computed with.
    """
    runs = {group.candidate.name: group.runs for group in groups}
    score = _score(groups)
    variants = [variant_of(group) for group in groups]
    grids: dict[str, Recommendation] = {}
    grid_pairs: dict[str, tuple[Pair, ...]] = {}
    contest: tuple[Pair, ...] = ()
    for contender in dict.fromkeys(variant.contender for variant in variants):
        tried = [variant for variant in variants if variant.contender == contender]
        if len(tried) > 1:
            pairs = pairs_of({variant.name: runs[variant.name] for variant in tried}, split="valid")
            grid_pairs[contender] = pairs
            grids[contender] = recommend(tried, pairs, score=_on_valid(score), margin=margin)
    variants = [_shown(variant, grids) for variant in variants]
    chosen = [variant for variant in variants if variant.is_chosen]
    if len({variant.contender for variant in variants}) == 1:  # nothing but a grid
        decided, recommendation = _on_valid(score), next(iter(grids.values()))
    else:
        decided, contest = score, _contest(chosen, runs, score)
        recommendation = recommend(chosen, contest, score=score, margin=margin)
    found = Comparison(
        title=title,
        command=command,
        score=decided,
        margin=margin,
        seeds=tuple(sorted({run.seed for group in groups for run in group.runs})),
        variants=tuple(variants),
        grids=grids,
        grid_pairs=grid_pairs,
        pairs=contest,
        recommendation=recommendation,
        warnings=warnings_of(variants, recommendation, score=decided, chosen=chosen),
        rules=rules(margin),
        next_steps=(),
        versions=dict(versions),
    )
    return replace(found, next_steps=next_steps(found, _first(groups)))


def _first(groups: Sequence[Group]) -> Measured | None:
    return next((run for group in groups for run in group.runs), None)


def _score(groups: Sequence[Group]) -> str:
    """Name of the figure that decides among the chosen: on the test images where there are such."""
    first = _first(groups)
    if first is None:
        return "test accuracy"
    split = "test" if first.finished.test_accuracy is not None else "validation"
    figure = "mean average precision" if first.started.multi_label else "accuracy"
    return f"{split} {figure}"


def _on_valid(score: str) -> str:
    return score.replace("test", "validation")


def _contest(
    chosen: Sequence[Variant], runs: Mapping[str, Sequence[Measured]], score: str
) -> tuple[Pair, ...]:
    split = "test" if score.startswith("test") else "valid"
    return pairs_of({variant.name: runs[variant.name] for variant in chosen}, split=split)


def _shown(variant: Variant, grids: Mapping[str, Recommendation]) -> Variant:
    """The variant with its mark; of a grid only the chosen one shows what it does on the test images."""
    grid = grids.get(variant.contender)
    if grid is None:
        return replace(variant, is_chosen=bool(variant.runs))
    if grid.choice == variant.name:
        return replace(variant, is_chosen=True)
    figures = {name: figure for name, figure in variant.figures.items() if not name.startswith("test")}
    return replace(variant, figures=figures, test_interval=None, confused=())


def variant_of(group: Group) -> Variant:
    """The figures, costs and curves of a candidate over its seeds."""
    candidate, runs = group.candidate, group.runs
    variant = Variant(
        name=candidate.name or candidate.recipe,
        contender=candidate.contender,
        recipe=candidate.recipe,
        model=runs[0].started.model if runs else str(candidate.values.get("model", "")),
        tried=candidate.tried,
        failures=group.failures,
    )
    if not runs:
        return variant
    settings = [run.run.settings() for run in runs]
    courses = [_curves(course_of(run.run.events())) for run in runs]
    singles = {
        key: [course[key] for course in courses] for key in courses[0] if all(key in c for c in courses)
    }
    return replace(
        variant,
        runs=tuple(str(run.run.path) for run in runs),
        seeds=tuple(run.seed for run in runs),
        commands=tuple(command_of(one) for one in settings),
        settings={row.name: row.value for row in setting_rows(settings[0])},
        layers=tuple(Layer(text, size) for text, size in runs[0].layers),
        parameters=runs[0].started.num_parameters,
        total_steps=runs[0].started.total_steps,
        images_per_step=runs[0].started.batch_size,
        epochs=runs[0].started.epochs,
        machine=_machine(runs),
        figures=_figures(runs, singles),
        test_interval=_interval(runs),
        costs=_costs(runs),
        curves={key: _mean(points) for key, points in singles.items()},
        single_curves=singles,
        confused=_confused(runs),
        at_chance=sum(_is_at_chance(run) for run in runs),
    )


def _figures(runs: Sequence[Measured], singles: Mapping[str, list[Points]]) -> dict[str, Spread]:
    main = "mean average precision" if runs[0].started.multi_label else "accuracy"
    found = {f"train {main}": Spread.of([run.train_score for run in runs])}
    for split, word in _WORDS.items():
        for field, name in _FIGURES.items():
            found[f"{word} {name}"] = Spread.of([getattr(run.finished, f"{split}_{field}") for run in runs])
    if losses := singles.get("validation loss"):
        found["last validation loss"] = Spread.of([points[-1][1] for points in losses])
    return {name: spread for name, spread in found.items() if spread is not None}


def _costs(runs: Sequence[Measured]) -> dict[str, Spread]:
    epochs = [[e.seconds for e in run.run.events() if isinstance(e, EpochDone)] for run in runs]
    found = {
        "training, s": Spread.of([run.finished.train_seconds for run in runs]),
        "epoch, s": Spread.of([statistics.median(seconds) if seconds else None for seconds in epochs]),
        "training images/s": Spread.of([run.finished.images_per_second for run in runs]),
        "prediction images/s": Spread.of([run.tested_per_second for run in runs]),
        "peak memory, bytes": Spread.of([run.finished.peak_memory for run in runs]),
        "peak GPU memory, bytes": Spread.of([run.finished.peak_device_memory for run in runs]),
    }
    return {name: spread for name, spread in found.items() if spread is not None}


def _interval(runs: Sequence[Measured]) -> tuple[float, float] | None:
    """Of the mean accuracy, over images."""
    tests = [run.predictions.get("test") for run in runs]
    if not all(isinstance(test, Predictions) for test in tests):
        return None
    shares = [float(test.hits_N.mean()) for test in tests if isinstance(test, Predictions)]
    num = len(tests[0]) if tests[0] else 0
    return wilson_interval(round(statistics.fmean(shares) * num), num)


def _is_at_chance(run: Measured) -> bool:
    """Whether its accuracy may be that of always naming the largest class."""
    found = run.predictions.get("valid") or run.predictions.get("test")
    if not isinstance(found, Predictions):
        return False
    hits, num = int(found.hits_N.sum()), len(found)
    largest = int(np.bincount(found.labels_N).max())
    return wilson_interval(hits, num)[0] <= largest / num


def _confused(runs: Sequence[Measured]) -> tuple[Confused, ...]:
    """The most frequent mistakes on the test images, or the validation images where there are no others."""
    found = [run.predictions.get("test") or run.predictions.get("valid") for run in runs]
    counts: Any = sum(
        confusion(p.predicted_N, p.labels_N, num_classes=p.num_classes)
        for p in found
        if isinstance(p, Predictions)
    )
    if isinstance(counts, int):
        return ()
    return tuple(Confused(p.label, p.predicted, p.count) for p in most_confused(counts, count=_NUM_CONFUSED))


def _machine(runs: Sequence[Measured]) -> str:
    """Processor or graphics card, threads included: what times depend on."""
    env = runs[0].run.read_json("env")
    device = str(env.get("device", ""))
    return f"{env.get('cpu')}, {env.get('threads')} threads" if device == "cpu" else device


def _curves(course: Course) -> dict[str, Points]:
    curves: dict[str, Points] = {
        "validation accuracy": course.figures["accuracy"].get("valid", []),
        "validation mean average precision": course.figures["mean_average_precision"].get("valid", []),
        "validation loss": course.loss.get("valid", []),
        "training loss": [(row.epoch, row.train_loss) for row in course.epochs if row.train_loss is not None],
    }
    return {key: points for key, points in curves.items() if points}


def _mean(curves: list[Points]) -> Points:
    """The mean curve; all seeds have their points at the same epochs."""
    return [(at[0][0], statistics.fmean(y for _, y in at)) for at in zip(*curves, strict=False)]
