"""Weights from elsewhere: read without pickle, fitted to a model tensor by tensor, with what did not fit in words."""

# O x I filters, C channels

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor, nn

from fudemoji.errors import SettingsError
from fudemoji.models.heads import head_name
from fudemoji.models.timm import as_timm_names, is_timm
from fudemoji.models.zoo import CLIP_MODELS, MODELS, build_model

__all__ = ["Fitted", "Weights", "fit_weights", "read_weights_file"]

_LEAST_SHARE = 0.9  # of the tensors of a body must fit, counted on either side
_MOST_TOLD = 3
_PREFIXES = ("module.", "model/", "model.", "backbone.")
_COUNTER = "num_batches_tracked"  # old files lack it


@dataclass(frozen=True)
class Weights:
    """Tensors to start from.

    Attributes:
        origin: where they come from, in words.
        tensors: by name.
        mean, std: of the pixels they were trained on, in 0..255, one for each channel; empty where unknown.
        image_size: height and width of the images they were trained on; None where unknown.
    """

    origin: str
    tensors: Mapping[str, Tensor]
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    image_size: tuple[int, int] | None = None

    def pixels(self, num_channels: int) -> dict[str, list[float]] | None:
        """Mean and deviation for so many channels, or None where they are unknown."""
        if not self.mean:
            return None
        if len(self.mean) == num_channels:
            return {"mean": list(self.mean), "std": list(self.std)}
        mean, std = (sum(values) / len(values) for values in (self.mean, self.std))
        return {"mean": [mean] * num_channels, "std": [std] * num_channels}


@dataclass(frozen=True)
class Fitted:
    """How weights went into a model.

    Attributes:
        num_taken: tensors that were taken, those that were adapted among them.
        num_body: tensors of the model's body.
        adapted: what was done to the first convolution, in words; empty where it fitted.
        left: tensors of either side that were left out, in words.
    """

    num_taken: int
    num_body: int
    adapted: str
    left: tuple[str, ...]

    def __str__(self) -> str:
        told = f"{self.num_taken} of {self.num_body} tensors of the body; the head is new"
        if self.adapted:
            told += f"; {self.adapted}"
        if self.left:
            told += f"; {len(self.left)} did not match: {_some(self.left)}"
        return told


def _some(words: tuple[str, ...]) -> str:
    more = len(words) - _MOST_TOLD
    return ", ".join(words[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def read_weights_file(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of a .pth state dict; nothing but tensors is ever loaded.

    Raises:
        SettingsError: missing, damaged, or with anything but tensors in it.
    """
    if not path.is_file():
        raise SettingsError(f"no weights file {path}; give a .safetensors or .pth file, or a run folder")
    try:
        if path.suffix == ".safetensors":
            with safetensors.safe_open(path, framework="pt") as file:
                found: Any = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise SettingsError(
            f"{path} holds more than tensors, and loading it could run code; save its state_dict() and give that"
        ) from error
    except Exception as error:  # torch's unpickler raises whatever strange bytes make it stumble over
        why = str(error).partition("\n")[0][:120] or type(error).__name__
        raise SettingsError(f"{path} is damaged or no weights file ({why})") from error
    for key in ("state_dict", "model_state_dict", "model", "state_dict_ema"):
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    tensors = (
        {str(n): v for n, v in found.items() if isinstance(v, Tensor)} if isinstance(found, Mapping) else {}
    )
    if not tensors:
        raise SettingsError(f"{path} holds no tensors by name; give a state dict")
    return _without_prefix(tensors)


def _without_prefix(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    for prefix in _PREFIXES:
        inside = {n.removeprefix(prefix): value for n, value in tensors.items() if n.startswith(prefix)}
        if len(inside) > len(tensors) / 2:  # one of our checkpoints holds other things beside the model
            return inside if prefix == "model/" else {**tensors, **inside}
    return tensors


def fit_weights(model: nn.Module, weights: Weights, *, name: str) -> Fitted:
    """Copy every tensor of the body that fits into `model`; the head stays as it was made, new.

    The filters of the first convolution are summed over the colours for one channel, and repeated and scaled for any
    other count.

    Raises:
        SettingsError: the weights belong to another architecture; the message says to which.
    """
    given = as_timm_names(weights.tensors, model) if is_timm(name) else weights.tensors
    own, first, head = model.state_dict(), _first_convolution(model), f"{head_name(model)}."
    body = [n for n in own if not n.startswith(head)]
    counted = [n for n in body if not n.endswith(_COUNTER)]
    taken: dict[str, Tensor] = {n: given[n] for n in body if n in given and given[n].shape == own[n].shape}
    adapted = ""
    if first in given and first not in taken and _differs_in_channels(given[first], own[first]):
        taken[first] = in_channels(given[first], num_channels=own[first].shape[1])
        adapted = _told(given[first].shape[1], own[first].shape[1], first)
    spare = [n for n in given if n not in own and not n.endswith(_COUNTER) and not n.startswith(head)]
    num_taken = sum(n in taken for n in counted)
    if num_taken < _LEAST_SHARE * max(len(counted), num_taken + len(spare)):
        raise SettingsError(_other_architecture(weights, name, num_taken=num_taken, num_body=len(counted)))
    with torch.no_grad():
        for n, value in taken.items():
            own[n].copy_(value)
    left = [f"{n} {_shape(given.get(n))} for {_shape(own[n])}" for n in counted if n not in taken]
    left += [f"{n} {_shape(given[n])} to spare" for n in spare]
    return Fitted(num_taken, len(counted), adapted, tuple(left))


def in_channels(filters: Tensor, *, num_channels: int) -> Tensor:
    """Filters (O, I, ...) for another number of channels: summed for one, else repeated and scaled to the same sum.

    >>> in_channels(torch.ones(2, 3, 5, 5), num_channels=1)[0, 0, 0, 0]
    tensor(3.)
    """
    if num_channels == 1:
        return filters.sum(dim=1, keepdim=True)
    ins = filters.shape[1]
    return filters[:, torch.arange(num_channels) % ins] * (ins / num_channels)


def _told(ins: int, num_channels: int, first: str) -> str:
    if num_channels == 1:
        return f"the filters of {first} are summed over {ins} channels, for grey images"
    scale = f"scaled by {ins / num_channels:.3g}"
    return f"the filters of {first} are repeated from {ins} to {num_channels} channels and {scale}"


def _first_convolution(model: nn.Module) -> str:
    """The name of the filters that see the image; an empty string where a model has none."""
    return next((n for n, parameter in model.named_parameters() if parameter.ndim >= 4), "")


def _differs_in_channels(one: Tensor, other: Tensor) -> bool:
    return one.ndim == other.ndim and one.shape[0] == other.shape[0] and one.shape[2:] == other.shape[2:]


def _shape(tensor: Tensor | None) -> str:
    return "missing" if tensor is None else f"({'x'.join(map(str, tensor.shape)) or 'one'})"


def _other_architecture(weights: Weights, name: str, *, num_taken: int, num_body: int) -> str:
    told = f"{weights.origin} is of another architecture than {name}: {num_taken} of {num_body} tensors fit"
    fitting = [other for other in sorted(MODELS) if other != name and _fits(other, weights)]
    if fitting:
        return f"{told}; it fits {', '.join(fitting)}: pass --model {fitting[0]}"
    return (
        f"{told}, and it fits none of {', '.join(sorted(MODELS))}; the first: {_some(tuple(weights.tensors))}"
    )


def _fits(name: str, weights: Weights) -> bool:
    """Whether the body of a model is these tensors, whatever the size of images and of the first filters."""
    with torch.device("meta"):
        frames = 16 if name in CLIP_MODELS else 0
        model = build_model(
            name, in_channels=3, num_classes=2, image_size=weights.image_size or 64, num_frames=frames
        )
    first, head = _first_convolution(model), f"{head_name(model)}."
    own = {n: v for n, v in model.state_dict().items() if not n.startswith(head) and not n.endswith(_COUNTER)}
    given = {n: v for n, v in weights.tensors.items() if not n.startswith(head) and not n.endswith(_COUNTER)}
    num_fitting = sum(n in given and (n == first or given[n].shape == own[n].shape) for n in own)
    return bool(num_fitting >= _LEAST_SHARE * max(len(own), len(given)))
