"""Static quantisation of an ONNX file: weights and activations in 8 bits, calibrated on training images."""

# N images, B of them in a batch, C channels, H x W pixels, K classes

from __future__ import annotations

import contextlib
import logging
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fudemoji.data import ImageSet
from fudemoji.errors import DataError, ExportFailed
from fudemoji.export.graph import INPUT
from fudemoji.export.images import rows_of
from fudemoji.export.onnx_file import need, onnx_answer
from fudemoji.export.parity import Answer, answers
from fudemoji.export.subject import Subject
from fudemoji.metrics import MultiPredictions, Predictions, metrics_of

__all__ = ["CALIBRATION", "MOST_LOST", "Quantised", "check_int8", "milliseconds", "quantise"]

CALIBRATION = 512  # training images
MOST_LOST = 0.01  # one point
_HEAVY = ("Conv", "Gemm", "MatMul")
_BATCH = 32
_SECONDS = 0.5


@dataclass(frozen=True)
class Quantised:
    """What int8 costs and brings.

    Attributes:
        num_calibration: training images that the ranges of the activations come from.
        measure: `accuracy`, or `mean average precision` where an image may have several labels.
        num_valid: validation images that it is judged by.
        before, after: the measure of the float32 and of the int8 file on them, 0..1.
        most_lost: how much of it may be lost.
        agreement: share of these images with the same likeliest class.
        bytes_before, bytes_after: sizes of the files.
        one_before, one_after: milliseconds for one image, on the machine of the export.
        batch_before, batch_after: milliseconds an image in a batch of `batch`.
    """

    num_calibration: int
    measure: str
    num_valid: int
    before: float
    after: float
    most_lost: float
    agreement: float
    bytes_before: int
    bytes_after: int
    one_before: float
    one_after: float
    batch_before: float
    batch_after: float
    batch: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def quantise(source: Path, target: Path, subject: Subject) -> None:
    """Write the quantised twin of an ONNX file.

    Weights are symmetric, one scale for each filter, in 7 of the 8 bits: products of 8 bits overflow on processors
    without VNNI, where nobody would have measured it. Activations are uint8 between the least and the greatest value
    that training images bring about. What stands before the first and behind the last layer with weights stays in
    float32: normalisation, softmax and temperature.

    Args:
        source: the file in float32.
        target: where the other goes.
        subject: the run; its training images show how large activations get.

    Raises:
        DataError: there are none.
    """
    nodes = need("onnx").load(str(source)).graph.node
    quantization = need("onnxruntime.quantization")
    heavy = [place for place, node in enumerate(nodes) if node.op_type in _HEAVY]
    outside = [node.name for node in [*nodes[: heavy[0]], *nodes[heavy[-1] + 1 :]]]
    images_NCHW = _set_of(subject, "train").images[_rows(subject, "train", most=CALIBRATION)]
    with _quiet():
        quantization.quantize_static(
            str(source),
            str(target),
            _Reader(images_NCHW),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=outside,
        )


def check_int8(
    path: Path, source: Path, subject: Subject, *, most: int | None, most_lost: float
) -> Quantised:
    """What int8 costs and brings, by validation images.

    Args:
        path: the int8 file.
        source: the file in float32.
        subject: the run.
        most: how many validation images to take at most; as many as time allows where None.
        most_lost: how much of the measure may be lost, 0..1.

    Raises:
        ExportFailed: it loses more.
        DataError: there are no validation images.
    """
    data, rows = _set_of(subject, "valid"), _rows(subject, "valid", most=most)
    images_NCHW, labels = data.images[rows], data.labels[rows]
    threads = torch.get_num_threads()
    both = [onnx_answer(one, threads=threads) for one in (source, path)]
    probs = [answers(answer, images_NCHW, batch_size=subject.batch_size) for answer in both]
    before, after = (_score(one_NK, labels, rows) for one_NK in probs)
    measure = "mean average precision" if data.is_multi_label else "accuracy"
    if not before - after <= most_lost:
        raise ExportFailed(
            f"no export: int8 takes the {measure} on {len(rows):,} validation images from {before:.2%} to {after:.2%}; "
            f"a loss of {most_lost:.2%} is allowed (--most-lost)"
        )
    batch = min(subject.batch_size, len(rows))
    one, many = ([milliseconds(answer, images_NCHW[:size]) for answer in both] for size in (1, batch))
    return Quantised(
        num_calibration=len(_rows(subject, "train", most=CALIBRATION)),
        measure=measure,
        num_valid=len(rows),
        before=before,
        after=after,
        most_lost=most_lost,
        agreement=float((probs[0].argmax(axis=1) == probs[1].argmax(axis=1)).mean()),
        bytes_before=source.stat().st_size,
        bytes_after=path.stat().st_size,
        one_before=one[0],
        one_after=one[1],
        batch_before=many[0],
        batch_after=many[1],
        batch=batch,
    )


def _set_of(subject: Subject, split: str) -> ImageSet:
    if subject.data is None or split not in subject.data.splits:
        raise DataError(
            f"int8 needs the {'training' if split == 'train' else 'validation'} images of {subject.trained.run.path}, "
            "which cannot be had; restore the set, or export without --int8"
        )
    return subject.data


def _rows(subject: Subject, split: str, *, most: int | None) -> NDArray[np.int64]:
    return rows_of(_set_of(subject, split), split, most=most)


def _score(
    probs_NK: NDArray[np.float32], labels: NDArray[np.int64] | NDArray[np.bool_], rows: NDArray[np.int64]
) -> float:
    """What the run's weights were chosen by."""
    if labels.ndim == 2:
        return metrics_of(MultiPredictions("valid", rows, labels.astype(bool), probs_NK)).score
    return metrics_of(Predictions.from_probs("valid", rows, labels.astype(np.int64), probs_NK)).score


class _Reader:
    """Batches of images as onnxruntime's calibration asks for them."""

    def __init__(self, images_NCHW: NDArray[np.uint8]) -> None:
        self._batches = iter(np.array_split(images_NCHW, max(1, len(images_NCHW) // _BATCH)))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """The next batch by the input's name; None when there are no more."""
        images_BCHW = next(self._batches, None)
        return None if images_BCHW is None else {INPUT: images_BCHW}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice that onnxruntime logs for whoever calls it by hand."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)


def milliseconds(answer: Answer, images_BCHW: NDArray[np.uint8]) -> float:
    """The median time for an image, over batches for half a second."""
    answer(images_BCHW)
    times, end = list[float](), time.perf_counter() + _SECONDS
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        answer(images_BCHW)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times) / len(images_BCHW)
