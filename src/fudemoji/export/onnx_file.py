"""An exported model as ONNX, for onnxruntime and everything else that reads it."""

# N images, B of them in a batch, C channels, H x W pixels, K classes

from __future__ import annotations

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fudemoji.errors import RunError, SettingsError
from fudemoji.export.graph import INPUT, OUTPUTS, Graph
from fudemoji.export.parity import Answer
from fudemoji.export.sheet import ExportSheet

__all__ = ["PACKAGES", "check_size", "need", "onnx_answer", "put_metadata", "write_onnx"]

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
_MOST_BYTES = 2_000_000_000  # of a protobuf


def need(package: str) -> Any:
    """A package, or a module of one, that ONNX needs.

    Raises:
        SettingsError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise SettingsError(
            f"ONNX needs {error.name}; install it with `pip install 'fudemoji[onnx]'`"
        ) from None


def check_size(graph: Graph) -> None:
    """Nothing, if the weights fit into one file.

    Raises:
        SettingsError: they do not.
    """
    num_bytes = sum(tensor.numel() * tensor.element_size() for tensor in graph.state_dict().values())
    if num_bytes > _MOST_BYTES:
        raise SettingsError(
            f"the weights have {num_bytes / 1e9:.1f} GB, more than the 2 GB of an ONNX file; use --to safetensors or "
            "torchscript"
        )


def write_onnx(path: Path, graph: Graph, example_BCHW: Tensor) -> None:
    """Write the graph with a free number of images.

    Args:
        path: of the file.
        graph: what goes into it.
        example_BCHW: two images or more: a batch of one would be taken for a size that never changes.
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph.eval(),
            (example_BCHW,),
            dynamo=True,
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_shapes=({0: torch.export.Dim("N")},),
            verbose=False,
        )
        assert program is not None
        program.save(str(path), external_data=False)


def put_metadata(path: Path, sheet: ExportSheet) -> None:
    """Put fudemoji.json and the classes into the file's own metadata."""
    onnx = need("onnx")
    model = onnx.load(str(path))
    model.producer_name, _, model.producer_version = sheet.origin.made_with.partition(" ")
    model.doc_string = f"{sheet.origin.run}: uint8 pixels in, calibrated probabilities out"
    names = [c.id for c in sheet.classes]
    facts = {"fudemoji": sheet.to_json(), "classes": json.dumps(names, ensure_ascii=False)}
    onnx.helper.set_model_props(model, facts)
    path.write_bytes(model.SerializeToString())


def onnx_answer(path: Path, *, threads: int = 0) -> Answer:
    """The file as a function of images.

    Args:
        path: of the file.
        threads: in which to compute; as many as there are cores where 0.

    Raises:
        RunError: it is damaged.
        SettingsError: onnxruntime is not installed.
    """
    onnxruntime = need("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of its own for each kind of damage
        why = " ".join(str(error).split())[:120]
        raise RunError(f"{path} is damaged or no ONNX file ({why}); export the run again") from error

    def answer(images_BCHW: NDArray[np.uint8]) -> NDArray[np.float32]:
        probs_BK: NDArray[np.float32] = session.run([OUTPUTS[0]], {INPUT: images_BCHW})[0]
        return probs_BK

    return answer
