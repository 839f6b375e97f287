"""An exported model as plain arrays in a safetensors file, and as a model again, rebuilt from fudemoji.json alone."""

# N images, B of them in a batch, C channels, H x W pixels, K classes

from __future__ import annotations

from pathlib import Path

import numpy as np
import safetensors
import safetensors.torch
import torch
from numpy.typing import NDArray

from fudemoji.data.batches import Pixels
from fudemoji.errors import RunError
from fudemoji.export.graph import Graph
from fudemoji.export.parity import Answer
from fudemoji.export.sheet import ExportSheet
from fudemoji.models import build_model

__all__ = ["load_graph", "weights_answer", "write_weights"]


def write_weights(path: Path, graph: Graph, *, sheet: str) -> None:
    """Write the model's weights and buffers under their own names; `sheet` goes into the header."""
    tensors = {name: value.contiguous() for name, value in graph.model.state_dict().items()}
    path.write_bytes(safetensors.torch.save(tensors, metadata={"format": "pt", "fudemoji": sheet}))


def load_graph(path: Path, sheet: ExportSheet) -> Graph:
    """The model that the sheet describes with the weights of a file, and all around it.

    Raises:
        RunError: the file is damaged, or belongs to another model.
        SettingsError: the model needs a package that is not installed.
    """
    size, network = sheet.input, sheet.model
    model = build_model(
        network.name,
        in_channels=size.channels,
        num_classes=len(sheet.classes),
        image_size=(size.height, size.width),
        num_frames=size.frames,
        stem=network.stem,
    )
    try:
        model.load_state_dict(safetensors.torch.load_file(path))
    except (safetensors.SafetensorError, OSError, RuntimeError) as error:
        why = " ".join(str(error).split())[:120]
        raise RunError(f"{path} is damaged or of another model ({why}); export the run again") from error
    return Graph(
        model,
        pixels=Pixels(tuple(network.mean), tuple(network.std)),
        ndim=5 if size.frames else 4,
        shifts=network.shifts,
        temperature=sheet.trust.temperature,
        multi_label=sheet.multi_label,
    ).eval()


def weights_answer(path: Path, sheet: ExportSheet) -> Answer:
    """The rebuilt model as a function of images.

    Raises:
        RunError: as `load_graph`.
    """
    graph = load_graph(path, sheet)

    def answer(images_BCHW: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            probs_BK: NDArray[np.float32] = graph(torch.from_numpy(images_BCHW))[0].numpy()
        return probs_BK

    return answer
