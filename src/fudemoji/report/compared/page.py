"""The page of a comparison, which reads like a report, and its figures as JSON."""

# M images, C channels, H x W pixels

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fudemoji.report.charts import Chart, chart
from fudemoji.report.compared.records import Comparison, Variant
from fudemoji.report.compared.views import (
    accuracy_rows,
    class_views,
    colours_of,
    difference_rows,
    differing_settings,
    ranked,
    tried_rows,
)
from fudemoji.report.course import Points
from fudemoji.report.font import FONT_NAME
from fudemoji.report.images import tone
from fudemoji.report.reading import read_content
from fudemoji.report.rendering import render_page
from fudemoji.report.svg import Line
from fudemoji.runs import Run, write_beside

__all__ = ["write_comparison"]

_MOST_CURVES = 6
_CURVES = ("validation accuracy", "validation mean average precision", "validation loss", "training loss")


def write_comparison(
    folder: Path,
    comparison: Comparison,
    *,
    first: Run,
    samples: tuple[NDArray[np.uint8], NDArray[np.int64]],
) -> Path:
    """Write compare.json and compare.html into `folder`; returns the path of the page.

    Args:
        folder: of the comparison.
        comparison: what was found.
        first: a run of it, for the set and the environment.
        samples: images uint8 (M, C, H, W) and their classes.
    """
    with write_beside(folder / "compare.json") as file:
        file.write(json.dumps(_plain(comparison), ensure_ascii=False, indent=1).encode())
    page = render_page(
        "compare.html",
        _context(comparison, first, samples),
        title=comparison.title,
        styles=["style.css", "compare.css"],
    )
    with write_beside(folder / "compare.html") as file:
        file.write(page.encode())
    return folder / "compare.html"


def _plain(comparison: Comparison) -> dict[str, Any]:
    content = asdict(comparison)
    for variant in content["variants"]:
        del variant["single_curves"]  # the runs' events hold them
    return content


def _context(
    comparison: Comparison, first: Run, samples: tuple[NDArray[np.uint8], NDArray[np.int64]]
) -> dict[str, Any]:
    content = read_content(first)
    images_MCHW, labels_M = samples
    colours = colours_of(comparison)
    trained = [variant for variant in comparison.variants if variant.runs]
    accuracies, scale = accuracy_rows(
        comparison.chosen, colours, score=_test(comparison), choice=comparison.recommendation.choice
    )
    differences, difference_scale = difference_rows(comparison.pairs)
    return {
        "c": comparison,
        "choice": next((v for v in comparison.variants if v.name == comparison.recommendation.choice), None),
        "trained": trained,
        "main": comparison.score.partition(" ")[2],
        "test_score": _test(comparison),
        "sheet": content.sheet,
        "env": content.env,
        "names": content.names,
        "classes": class_views(content.names, content.sheet, images_MCHW, labels_M),
        "ink": tone(images_MCHW) if len(images_MCHW) else "photo",
        "differing": differing_settings(trained),
        "grids": {contender: tried_rows(comparison, contender) for contender in comparison.grids},
        "accuracies": accuracies,
        "scale": scale,
        "differences": differences,
        "difference_scale": difference_scale,
        "colours": colours,
        "charts": _charts(_most(comparison), colours),
        "num_curves": len(_most(comparison)),
        "own_charts": {variant.name: _own_charts(variant) for variant in comparison.chosen},
        "font_name": FONT_NAME,
    }


def _test(comparison: Comparison) -> str:
    """The figure of the test images, or the one that decides where there is none."""
    test = comparison.score.replace("validation", "test")
    return test if any(test in variant.figures for variant in comparison.chosen) else comparison.score


def _most(comparison: Comparison) -> list[Variant]:
    """Those whose curves are drawn together, in their order."""
    kept = {variant.name for variant in ranked(comparison)[:_MOST_CURVES]}
    return [variant for variant in comparison.variants if variant.name in kept]


def _charts(variants: Sequence[Variant], colours: Mapping[str, str]) -> list[Chart]:
    found = []
    for key in _CURVES:
        means = [Line(v.name, v.curves.get(key, []), colours[v.name], dots=True) for v in variants]
        singles = [
            Line(v.name, points, f"{colours[v.name]} single")
            for v in variants
            for points in v.single_curves.get(key, [])
            if len(v.runs) > 1
        ]
        found += _chart(
            key.capitalize(), [*singles, *means], is_share=key.endswith(("accuracy", "precision"))
        )
    return found


def _own_charts(variant: Variant) -> list[Chart]:
    """Loss on both splits, and what is right on the validation images."""

    def lines(figure: str, names: Mapping[str, str]) -> list[Line]:
        of: list[tuple[str, str, Points]] = [
            (word, kind, variant.curves.get(f"{word} {figure}", [])) for word, kind in names.items()
        ]
        return [Line(word, points, kind, dots=True) for word, kind, points in of]

    both = {"training": "train", "validation": "valid"}
    return [
        *_chart("Loss", lines("loss", both), is_share=False),
        *_chart("Accuracy", lines("accuracy", {"validation": "valid"}), is_share=True),
        *_chart(
            "Mean average precision", lines("mean average precision", {"validation": "valid"}), is_share=True
        ),
    ]


def _chart(title: str, lines: list[Line], *, is_share: bool) -> list[Chart]:
    right = max((x for line in lines for x, _ in line.points), default=0.0)
    return chart(title, lines, right=right, shares=is_share, from_zero=not is_share)
