"""A run as one picture in a terminal: how it stands, how far it is, and its curves."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from fudemoji.cli.curves import Curve, draw_curves, smooth
from fudemoji.events import RunStarted
from fudemoji.report.course import Course, Points, course_of
from fudemoji.report.pace import Pace, pace_of
from fudemoji.report.words import duration, percent
from fudemoji.trackers.watching import Watched

__all__ = ["Picture"]

_COLOURS = {"training": "bright_black", "validation": "red", "test": "blue"}
_STATES = {"running": "green", "finished": "green", "interrupted": "yellow"}
_SPLITS = {"valid": "validation", "test": "test"}
_FIGURES = {"mean_average_precision": "mean average precision", "accuracy": "accuracy"}
_HEAD, _MOST_HEIGHT = 8, 14  # lines beside the charts, and of one chart


class Picture:
    """Fits the width and height it is given."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        watched, width = self._watched, options.max_width
        yield from _head(watched, width)
        pace = pace_of(watched.events)
        if pace:
            yield _progress(pace, width, is_running=watched.standing.state == "running")
        charts = _charts(course_of(watched.events))
        height = options.size.height if console.is_terminal else 40
        rows = max(4, min(_MOST_HEIGHT, (height - _HEAD) // max(1, len(charts)) - 2))
        for title, curves, is_share in charts:
            yield _key(title, curves, is_share=is_share)
            yield draw_curves(
                curves,
                width=width,
                height=rows,
                right=max(x for curve in curves for x, _ in curve.points),
                from_zero=not is_share,
                shares=is_share,
                ascii_only=options.ascii_only,
            )
        for text in watched.warnings[-2:]:
            yield Text(text, style="yellow", no_wrap=True, overflow="ellipsis")


def _head(watched: Watched, width: int) -> RenderResult:
    standing = watched.standing
    line = Text(no_wrap=width > 60, overflow="ellipsis")
    line.append(f"{watched.run.name}  ", style="bold")
    line.append(standing.told, style=_STATES.get(standing.state, "red"))
    yield line
    started = next((e for e in reversed(watched.events) if isinstance(e, RunStarted)), None)
    if started:
        text = f"{started.model} on {started.data}, batch {started.batch_size}, {started.precision}, {started.device}"
        yield Text(text, style="dim", no_wrap=True, overflow="ellipsis")
    else:
        yield Text("no step has been taken yet", style="dim")


def _progress(pace: Pace, width: int, *, is_running: bool) -> Table:
    told = f"epoch {pace.epoch:.1f} of {pace.epochs:g}"
    if pace.images_per_second:
        told += f", {pace.images_per_second:,.0f} images/s"
    if is_running and pace.seconds_left is not None:
        told += f", {duration(pace.seconds_left)} left"
    row = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=1.0, completed=pace.share, width=max(8, min(40, width - len(told) - 20)))
    row.add_row(bar, f"{pace.step:,}/{pace.total_steps:,}", told)
    return row


def _charts(course: Course) -> list[tuple[str, list[Curve], bool]]:
    """Title and curves of loss and of the figure that counts, as far as there are points; and if it is a share."""
    loss = {"training": smooth(course.train_loss)} | {
        _SPLITS[name]: line for name, line in course.loss.items()
    }
    found = [("loss", _curves(loss), False)]
    for figure, title in _FIGURES.items():
        lines = {_SPLITS[name]: points for name, points in course.figures[figure].items()}
        found.append((title, _curves(lines), True))
    return [(title, curves, is_share) for title, curves, is_share in found if curves][:2]


def _curves(lines: dict[str, Points]) -> list[Curve]:
    return [Curve(name, points, _COLOURS[name]) for name, points in lines.items() if points]


def _key(title: str, curves: list[Curve], *, is_share: bool) -> Text:
    line = Text(f"{title:<10}", style="bold", no_wrap=True, overflow="ellipsis")
    for curve in curves:
        last = curve.points[-1][1]
        told = percent(last, 2) if is_share else f"{last:.4f}"
        line.append(f"  {curve.name} {told}", style=f"not bold {curve.style}")
    return line
