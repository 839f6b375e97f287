"""A run as a folder that a stranger can use: ONNX, TorchScript or safetensors, compared before it is kept."""

from fudemoji.export.exporting import Exported, export
from fudemoji.export.loading import ExportedPredictor, load_exported

__all__ = ["Exported", "ExportedPredictor", "export", "load_exported"]
