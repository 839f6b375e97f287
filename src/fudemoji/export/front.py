"""The head of a model card: the fields that Hugging Face reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fudemoji.export.sheet import ExportSheet

__all__ = ["FIGURES", "front_matter"]

FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "mean_average_precision": "mean average precision",
    "top5_accuracy": "top-5 accuracy",
    "hamming_loss": "Hamming loss",
    "loss": "loss",
    "calibration_error": "calibration error",
}
_LIBRARIES = {"onnx": "onnx", "torchscript": "pytorch", "safetensors": "fudemoji"}
_LICENCES = ("apache-2.0", "mit", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0")
_KANA = re.compile(r"[\u3041-\u30ff]")


def front_matter(sheet: ExportSheet, metrics: Mapping[str, Any]) -> str:
    """YAML with Hugging Face's fields (https://huggingface.co/docs/hub/model-cards), without the lines around it.

    Args:
        sheet: fudemoji.json.
        metrics: metrics.json; empty where the run was not measured.
    """
    return _yaml(_front(sheet, metrics)).rstrip()


def _front(sheet: ExportSheet, metrics: Mapping[str, Any]) -> dict[str, Any]:
    task = "video-classification" if sheet.input.frames else "image-classification"
    kind = "ocr" if any(c.glyph for c in sheet.classes) else ""
    names = [
        name for name in ("accuracy", "macro_f1", "mean_average_precision") if metrics.get(name) is not None
    ]
    results = [
        {
            "type": "f1" if name == "macro_f1" else name,
            "name": FIGURES[name],
            "value": round(metrics[name], 5),
        }
        for name in names
    ]
    front: dict[str, Any] = {
        "language": ["ja"] if any(_KANA.search(c.glyph) for c in sheet.classes) else None,
        **_licence(sheet.origin.licence),
        "library_name": _LIBRARIES[sheet.kind],
        "pipeline_tag": task,
        "tags": [tag for tag in (task, kind, sheet.kind, sheet.precision, "fudemoji") if tag],
        "datasets": [sheet.origin.data],
        "metrics": [one["type"] for one in results] or None,
        "model-index": None,
    }
    if results:
        found = {
            "task": {"type": task},
            "dataset": {
                "type": sheet.origin.data,
                "name": sheet.origin.data,
                "split": metrics["split"],
            },
            "metrics": results,
        }
        front["model-index"] = [{"name": sheet.origin.run, "results": [found]}]
    return {name: value for name, value in front.items() if value is not None}


def _licence(licence: str) -> dict[str, str]:
    known = re.sub(r"\s+", "-", licence.strip().lower())
    if known in _LICENCES:
        return {"license": known}
    return {"license": "other", "license_name": "see-the-images"} if licence else {}


def _yaml(value: Any, indent: str = "") -> str:
    """Block style; strings in double quotes, whose escapes are those of JSON."""
    lines = []
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for name, item in items:
        lead = f"{indent}- " if name is None else f"{indent}{name}:"
        if not isinstance(item, dict | list):
            lines.append(f"{lead}{'' if name is None else ' '}{json.dumps(item, ensure_ascii=False)}\n")
        elif name is None:
            lines.append(lead + _yaml(item, indent + "  ").removeprefix(indent + "  "))
        else:
            lines.append(f"{lead}\n{_yaml(item, indent + '  ')}")
    return "".join(lines)
