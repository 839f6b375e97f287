"""A CSV of what a model sees in files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fudemoji.predictor.files import Seen
from fudemoji.runs import write_beside

__all__ = ["writing_table"]


@contextmanager
def writing_table(path: Path, *, top: int, multi_label: bool) -> Iterator[Callable[[Seen], None]]:
    """What to call with each file; the table takes its name when the block ends well.

    Its columns are `path`, `id`, `glyph` and `prob` of the most probable class, `is_unknown`, with several labels an
    image `labels` (ids, `|` between them, as lists of files have it), `id_2`, `glyph_2`, `prob_2` and so on up to
    `top`, `inverted` and `error`. UTF-8.

    Args:
        path: of the table.
        top: how many classes to name.
        multi_label: whether an image may have several labels, or none.
    """
    with write_beside(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        ranks = [f"{name}_{rank}" for rank in range(2, top + 1) for name in ("id", "glyph", "prob")]
        labels = ["labels"] if multi_label else []
        writer.writerow(["path", "id", "glyph", "prob", "is_unknown", *labels, *ranks, "inverted", "error"])
        yield lambda seen: writer.writerow(_row(seen, top=top, multi_label=multi_label))
        text.detach()


def _row(seen: Seen, *, top: int, multi_label: bool) -> list[str]:
    num_cells = 3 * top + 2 + multi_label
    if seen.prediction is None:
        return [seen.path, *[""] * num_cells, str(seen.error)]
    found = seen.prediction
    first, *others = [[label.id, label.glyph, f"{prob:.6g}"] for label, prob in found.top]
    labels = ["|".join(label.id for label in found.labels)] if multi_label else []
    others += [["", "", ""]] * (top - len(found.top))
    cells = [*first, _flag(found.is_unknown), *labels, *[cell for other in others for cell in other]]
    return [seen.path, *cells, _flag(found.inverted), ""]


def _flag(is_so: bool) -> str:
    return "true" if is_so else "false"
