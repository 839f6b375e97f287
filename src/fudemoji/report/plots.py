"""Curves as PNG files, drawn with matplotlib's object interface: nothing global is touched."""

# K classes

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from fudemoji.metrics import Predictions
from fudemoji.report.content import Content
from fudemoji.report.course import Course, course_of
from fudemoji.report.font import drawable, font_path
from fudemoji.report.views import MatrixView, matrix_view
from fudemoji.runs import write_beside

__all__ = ["plot_batch_sizes", "plot_lr_curve", "write_plots"]

Points = Sequence[tuple[float, float]]
INK, FAINT, VERMILION, INDIGO, PAPER = "#26221d", "#a59d90", "#b8321a", "#33597f", "#fbf8f1"
_MARKS = ("#33597f", "#5d6b2f", "#7a4a86", "#8a6410", "#26221d")


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(font_path()), size=size)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), dpi=120, facecolor=PAPER, layout="constrained")
    axes = figure.add_subplot()
    axes.set_facecolor(PAPER)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
    axes.tick_params(colors=INK, which="both", labelsize=9)
    axes.grid(visible=True, color="#e6dfd1", linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _finish(
    figure: Figure, axes: Axes, path: Path, *, title: str, x: str, y: str, legend: bool = True
) -> Path:
    lines = fill(drawable(title), width=int(11 * figure.get_size_inches()[0]))
    axes.set_title(lines, fontproperties=_font(12), color=INK, loc="left", pad=10, parse_math=False)
    axes.set_xlabel(x, fontproperties=_font(10), color=INK)
    axes.set_ylabel(y, fontproperties=_font(10), color=INK)
    if legend and axes.get_legend_handles_labels()[0]:
        figure.legend(prop=_font(9), frameon=False, loc="outside lower center", ncols=4)
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        label.set_fontfamily("DejaVu Sans")
    with write_beside(path) as file:
        FigureCanvasAgg(figure).print_png(file)
    return path


def _draw(axes: Axes, points: Points, *, name: str, colour: str, dots: bool = False) -> None:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    axes.plot(xs, ys, label=name, color=colour, linewidth=1.6, marker="o" if dots else "", markersize=4.5)


def write_plots(content: Content) -> list[Path]:
    """The run's `plots/*.png`: loss, accuracy, rate and momentum, confusion matrix; what there is of it."""
    folder, course = content.results / "plots", course_of(content.events)
    title = f"{content.run.name}"
    written = [] if content.evaluation else _plot_course(course, folder, title=title)
    if isinstance(content.predictions, Predictions):
        view, _ = matrix_view(content, content.predictions)
        written.append(_plot_matrix(view, folder / "confusion.png", split=content.predictions.split))
    return written


def _plot_course(course: Course, folder: Path, *, title: str) -> list[Path]:
    written = []
    if course.train_loss or any(course.loss.values()):
        figure, axes = _figure(7, 4)
        _draw(axes, course.train_loss, name="training", colour=INK)
        for split, colour in (("valid", VERMILION), ("test", INDIGO)):
            if course.loss.get(split):
                _draw(axes, course.loss[split], name=split, colour=colour, dots=True)
        axes.set_ylim(bottom=0)
        written.append(_finish(figure, axes, folder / "loss.png", title=title, x="epoch", y="loss"))
    accuracy = course.figures["accuracy"]
    if any(accuracy.values()):
        figure, axes = _figure(7, 4)
        for split, colour in (("valid", VERMILION), ("test", INDIGO)):
            if accuracy.get(split):
                shares = [(x, 100 * y) for x, y in accuracy[split]]
                _draw(axes, shares, name=split, colour=colour, dots=True)
        written.append(
            _finish(figure, axes, folder / "accuracy.png", title=title, x="epoch", y="accuracy, %")
        )
    if course.lr:
        figure, axes = _figure(7, 4)
        _draw(axes, course.lr, name="learning rate", colour=INK)
        right = axes.twinx()
        _draw(right, course.momentum, name="momentum (right)", colour=INDIGO)
        right.spines["top"].set_visible(False)
        right.tick_params(colors=INDIGO, labelsize=9)
        written.append(
            _finish(figure, axes, folder / "schedule.png", title=title, x="epoch", y="learning rate")
        )
    return written


def _plot_matrix(view: MatrixView, path: Path, *, split: str) -> Path:
    num = len(view.names)
    side = min(14.0, max(5.0, 1.6 + 0.22 * num))
    figure, axes = _figure(side, side)
    share_KK = view.counts_KK / np.maximum(view.support_K[:, None], 1)
    is_right = np.eye(num, dtype=bool)
    for colour, hidden in ((INK, ~is_right), (VERMILION, is_right)):
        shades = LinearSegmentedColormap.from_list("", [PAPER, colour])
        axes.imshow(np.ma.masked_array(np.sqrt(share_KK), hidden), cmap=shades, vmin=0, vmax=1.1)
    axes.grid(visible=False)
    font = _font(max(4.5, min(12.0, 420 / num)))
    labels = [drawable(name.short)[:14] for name in view.names]
    turn = 90 if max(map(len, labels)) > 2 else 0
    axes.set_xticks(range(num), labels, fontproperties=font, rotation=turn, parse_math=False)
    axes.set_yticks(range(num), labels, fontproperties=font, parse_math=False)
    axes.tick_params(length=0)
    if num <= 20:
        for i, j in zip(*np.nonzero(view.counts_KK), strict=True):
            colour = PAPER if share_KK[i, j] > 0.3 else INK
            axes.text(j, i, str(view.counts_KK[i, j]), ha="center", va="center", color=colour, fontsize=8)
    part = "" if num == view.num_classes else f", the {num} most confused of {view.num_classes} classes"
    axes.set_title(f"{split}{part}", fontproperties=_font(11), color=INK, loc="left", pad=8, parse_math=False)
    axes.set_xlabel("predicted", fontproperties=_font(10), color=INK)
    axes.set_ylabel("true", fontproperties=_font(10), color=INK)
    with write_beside(path) as file:
        FigureCanvasAgg(figure).print_png(file)
    return path


def plot_lr_curve(
    path: Path,
    *,
    rates: Sequence[float],
    losses: Sequence[float],
    smoothed: Sequence[float],
    rules: Mapping[str, float | None],
    recommended: float | None,
    verdict: str,
) -> Path:
    """The curve of a learning-rate range test as a PNG file, every rule marked, the recommended one in red.

    Losses that are no number are left out; the loss axis ends above the smoothed curve's start, where a
    divergence leaves the picture.
    """
    figure, axes = _figure(8, 4.8)
    axes.set_xscale("log")
    axes.plot(rates, losses, color=FAINT, linewidth=0.9, alpha=0.7, label="loss of each step")
    axes.plot(rates, smoothed, color=INK, linewidth=2.0, label="smoothed")
    told = np.asarray([value for value in smoothed if np.isfinite(value)] or [1.0])
    low, start = float(told.min()), float(told[0])
    reach = max(start - low, 0.1 * abs(start), 1e-6)
    low, high = low - 0.25 * reach, start + 0.8 * reach
    axes.set_ylim(low, high)
    marked = [(name, rate) for name, rate in rules.items() if rate is not None and len(rates)]
    for place, (name, rate) in enumerate(marked):
        _mark(axes, rate, name=name, smoothed=np.interp(np.log(rate), np.log(rates), smoothed), place=place)
    if recommended is not None:
        axes.axvline(recommended, color=VERMILION, linewidth=2.2, label=f"recommended: {recommended:.3g}")
    return _finish(figure, axes, path, title=verdict, x="learning rate", y="loss")


def _mark(axes: Axes, rate: float, *, name: str, smoothed: float, place: int) -> None:
    colour, shape = _MARKS[place % len(_MARKS)], "osD^vP"[place % 6]
    axes.axvline(rate, color=colour, linewidth=1.0, linestyle=(0, (4, 3)), alpha=0.8)
    if np.isfinite(smoothed):
        axes.plot([rate], [smoothed], marker=shape, color=colour, markersize=8, linestyle="", zorder=5)
    axes.plot([], [], marker=shape, color=colour, linestyle=(0, (4, 3)), label=f"{name}: {rate:.3g}")


def plot_batch_sizes(
    path: Path,
    *,
    sizes: Sequence[int],
    images_per_second: Sequence[float],
    recommended: int | None,
    verdict: str = "",
) -> Path:
    """The throughput of each batch size as a PNG file, the recommended size in vermilion."""
    figure, axes = _figure(7, 4)
    axes.set_xscale("log", base=2)
    axes.plot(sizes, images_per_second, color=INK, linewidth=1.6, marker="o", markersize=5)
    axes.set_xticks(list(sizes), [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0, top=1.12 * max(images_per_second, default=1.0))
    if recommended is not None and recommended in sizes:
        speed = images_per_second[list(sizes).index(recommended)]
        axes.plot(
            [recommended],
            [speed],
            marker="o",
            markersize=11,
            color=VERMILION,
            linestyle="",
            label=f"recommended: {recommended}",
        )
    return _finish(figure, axes, path, title=verdict, x="batch size", y="images per second")
