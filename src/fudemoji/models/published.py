"""Published weights: which file they are, its address, and how they want their images; nothing is fetched."""

# C channels

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fudemoji.config.settings import TIMM
from fudemoji.errors import SettingsError
from fudemoji.models.timm import is_timm, timm_weights

__all__ = ["PUBLISHED", "Published", "find_published", "published"]

# of torchvision; their files fit our models of the same name
PUBLISHED = ("r3d_18", "resnet18", "resnet34", "resnet50", "vgg16_bn", "vgg19_bn")


@dataclass(frozen=True)
class Published:
    """The published weights of one model.

    Attributes:
        model: the model's name here.
        title: what they are called by who made them.
        file: the name of the file in our folder of weights.
        address: where it is published.
        digest: how its SHA-256 begins, or an empty string where nobody says.
        mean, std: of the pixels they were trained on, in 0..255, one for each channel.
        side: pixels a side of the images they were trained on.
        num_classes: classes they were trained on.
        hub: the Hugging Face repository, or an empty string.
    """

    model: str
    title: str
    file: str
    address: str
    digest: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    side: int
    num_classes: int
    hub: str = ""


def published(model: str) -> Published:
    """The published weights of a model: torchvision's default ones, or timm's.

    Raises:
        SettingsError: there are none, or timm is needed and not installed.
    """
    if is_timm(model):
        return _of_timm(model)
    if model not in PUBLISHED:
        raise SettingsError(
            f"there are no published weights for model {model}; there are for {', '.join(PUBLISHED)} and "
            f"{TIMM}NAME; an earlier run or a file is given by --weights"
        )
    import torchvision

    weights = torchvision.models.get_model_weights(model).DEFAULT
    how, file = weights.transforms(), weights.url.rpartition("/")[2]
    return Published(
        model=model,
        title=f"torchvision's {weights}",
        file=file,
        address=weights.url,
        digest=file.removesuffix(".pth").rpartition("-")[2],
        mean=_in_bytes(how.mean),
        std=_in_bytes(how.std),
        side=int(how.crop_size[0]),
        num_classes=len(weights.meta["categories"]),
    )


def _of_timm(model: str) -> Published:
    about = timm_weights(model)
    hub = str(about["hf_hub_id"])
    return Published(
        model=model,
        title=f"timm's {hub.rpartition('/')[2]} (licence: {about.get('license') or 'unknown'})",
        file=f"{hub.rpartition('/')[2]}.safetensors",
        address=f"https://huggingface.co/{hub}/resolve/main/model.safetensors",
        digest="",
        mean=_in_bytes(about["mean"]),
        std=_in_bytes(about["std"]),
        side=int(about["input_size"][-1]),
        num_classes=int(about["num_classes"]),
        hub=hub,
    )


def _in_bytes(values_C: Sequence[float]) -> tuple[float, ...]:
    return tuple(255 * float(value) for value in values_C)


def find_published(weights: Published, *, folder: Path) -> Path:
    """Where the file of published weights lies: in `folder`, or in the cache of torch.hub or Hugging Face.

    Raises:
        SettingsError: in none of them, or damaged; the message says which file to put where.
    """
    for path in (folder / weights.file, *_caches(weights)):
        if path.is_file():
            _check(path, weights)
            return path
    raise SettingsError(
        f"the weights of {weights.model} are not on this machine; get them with `fudemoji models get "
        f"{weights.model}`, or put {weights.address} at {folder / weights.file}"
    )


def _caches(weights: Published) -> list[Path]:
    if not weights.hub:
        import torch

        return [Path(torch.hub.get_dir()) / "checkpoints" / weights.file]
    hub: Any = __import__("huggingface_hub")  # comes with timm
    cache = os.environ.get("HF_HUB_CACHE")
    found = hub.try_to_load_from_cache(weights.hub, "model.safetensors", cache_dir=cache)
    return [Path(found)] if isinstance(found, str) else []


def _check(path: Path, weights: Published) -> None:
    if not weights.digest:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(weights.digest):
        raise SettingsError(
            f"{path} is damaged or another file: its SHA-256 begins with {found[: len(weights.digest)]}, expected "
            f"{weights.digest}; delete it and get it again with `fudemoji models get {weights.model}`"
        )
