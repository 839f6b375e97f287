"""An exported model as TorchScript, for torch without any of our code."""

# N images, B of them in a batch, C channels, H x W pixels, K classes

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fudemoji.errors import RunError
from fudemoji.export.graph import Graph
from fudemoji.export.parity import Answer

__all__ = ["torchscript_answer", "write_torchscript"]


def write_torchscript(path: Path, graph: Graph, example_BCHW: Tensor, *, sheet: str) -> None:
    """Trace the graph, freeze it and write it; `sheet` goes along as the extra file fudemoji.json."""
    with _without_deprecation(), torch.no_grad():
        traced = torch.jit.trace(graph.eval(), (example_BCHW,), check_trace=False)
        content = io.BytesIO()  # not the path: torch 2.15 aborts the process where the disk is full
        torch.jit.save(torch.jit.freeze(traced), content, _extra_files={"fudemoji.json": sheet})
    path.write_bytes(content.getbuffer())


def torchscript_answer(path: Path) -> Answer:
    """The file as a function of images.

    Raises:
        RunError: it is damaged.
    """
    try:
        with _without_deprecation():
            model = torch.jit.load(str(path), map_location="cpu")
    except (RuntimeError, ValueError) as error:
        why = str(error).partition("\n")[0][:120]
        raise RunError(f"{path} is damaged or no TorchScript file ({why}); export the run again") from error

    def answer(images_BCHW: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            probs_BK: NDArray[np.float32] = model(torch.from_numpy(images_BCHW))[0].numpy()
        return probs_BK

    return answer


@contextlib.contextmanager
def _without_deprecation() -> Iterator[None]:
    """Torch calls TorchScript deprecated; the files stay readable, and those who ask for one know why."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.\w+.*deprecated.*")
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # type: ignore[attr-defined]
        yield
