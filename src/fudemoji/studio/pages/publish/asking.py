"""How a program asks: the address, and code that works as it is pasted."""

from __future__ import annotations

import json
from urllib.parse import quote

__all__ = ["address", "code"]

_CURL = """\
curl "{address}" \\
  -H "Prediction-Key: $FUDEMOJI_KEY" \\
  -H "Content-Type: application/octet-stream" \\
  --data-binary @image.png
"""
_PYTHON = """\
import json
import os
from pathlib import Path
from urllib.request import Request, urlopen

request = Request(
    "{address}",
    data=Path("image.png").read_bytes(),
    headers={{
        "Prediction-Key": os.environ.get("FUDEMOJI_KEY", ""),
        "Content-Type": "application/octet-stream",
    }},
)
with urlopen(request) as answer:
    told = json.load(answer)
for one in told["images"][0]["prediction"]["probabilities"][:3]:
    print(f"{{one['probability']:.1%}} {{one['tag']}}")
"""
_CUSTOM_VISION = """\
import os

from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from msrest.authentication import ApiKeyCredentials

credentials = ApiKeyCredentials(in_headers={{"Prediction-key": os.environ.get("FUDEMOJI_KEY", "")}})
client = CustomVisionPredictionClient("{{origin}}", credentials)
with open("image.png", "rb") as image:
    told = client.{verb}("{project}", {name}, image)
for one in told.predictions[:3]:
    print(f"{{one.probability:.1%}} {{one.tag_name}}")
"""


def address(project_id: str, name: str, *, keeps: bool) -> str:
    """The prediction URL of a publication, `{origin}` being where the studio is.

    >>> address("01a1", "読む/1", keeps=False)
    '{origin}/api/v1/projects/01a1/predictions?published=%E8%AA%AD%E3%82%80%2F1'

    Args:
        project_id: of the project.
        name: of the publication.
        keeps: whether what is sent is kept.
    """
    kept = "&keep=true" if keeps else ""
    return f"{{origin}}/api/v1/projects/{project_id}/predictions?published={quote(name, safe='')}{kept}"


def code(project_id: str, name: str, *, keeps: bool) -> dict[str, str]:
    """Programs that classify `image.png`, by what they are written for; the arguments are those of `address`."""
    url = address(project_id, name, keeps=keeps)
    verb = "classify_image" if keeps else "classify_image_with_no_store"
    said = json.dumps(name, ensure_ascii=False)
    return {
        "curl": _CURL.format(address=url),
        "Python": _PYTHON.format(address=url),
        "Custom Vision": _CUSTOM_VISION.format(verb=verb, project=project_id, name=said),
    }
