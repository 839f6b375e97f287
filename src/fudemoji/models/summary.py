"""A network in words, a line for each of its layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from torch import nn

__all__ = ["summary_of"]

_SILENT = (nn.Identity, nn.Flatten)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_NAMES = {
    "BatchNorm1d": "batch norm",
    "BatchNorm2d": "batch norm",
    "BatchNorm3d": "batch norm",
    "HalfDropout": "dropout 0.5",
    "MaxPool2d": "max pool",
    "Pool": "max pool",
}


def summary_of(model: nn.Module) -> list[tuple[str, int]]:
    """What each layer does, and how many numbers it learns; norms and what learns nothing stand behind the one before.

    Of blocks that follow each other their number and kind are told, not what is in them.

    >>> summary_of(nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.ReLU()))
    [('dense 784 to 10, ReLU', 7850)]
    """
    lines: list[tuple[str, int]] = []
    for module in _parts(model):
        size = sum(parameter.numel() for parameter in module.parameters())
        if lines and (size == 0 or isinstance(module, _NORMS)):
            text, before = lines[-1]
            lines[-1] = (f"{text}, {_name(module)}", before + size)
        elif not isinstance(module, _SILENT):
            lines.append((_name(module), size))
    return lines


def _parts(model: nn.Module) -> Iterator[nn.Module]:
    """The children, those of plain sequences in their place."""
    for child in model.children():
        if isinstance(child, _SILENT):
            continue
        if type(child) is nn.Sequential and not _is_stage(child):
            yield from _parts(child)
        else:
            yield child


def _is_stage(module: nn.Module) -> bool:
    """Whether it is a sequence of blocks."""
    return isinstance(module, nn.Sequential) and any(
        next(child.children(), None) is not None for child in module
    )


def _name(module: nn.Module) -> str:
    if isinstance(module, nn.Conv2d | nn.Conv3d):
        return _conv(module)
    if isinstance(module, nn.Linear):
        return f"dense {module.in_features} to {module.out_features}"
    if isinstance(module, nn.Dropout):
        return f"dropout {module.p:g}"
    kind = type(module).__name__.lstrip("_")
    if _is_stage(module):
        kinds = Counter(type(child).__name__.lstrip("_") for child in module.children())
        return " and ".join(f"{num} x {name}" for name, num in kinds.items()) + _channels(module)
    return _NAMES.get(kind, kind) + _channels(module)


def _conv(module: nn.Conv2d | nn.Conv3d) -> str:
    size = "x".join(map(str, module.kernel_size))
    stride = f", stride {module.stride[0]}" if module.stride[0] > 1 else ""
    pool = ", max pool" if type(module).__name__ == "ConvPool" else ""
    return f"conv {size}, {module.in_channels} to {module.out_channels}{stride}{pool}"


def _channels(module: nn.Module) -> str:
    """To how many channels the last convolution in it leads."""
    convolutions = [part for part in module.modules() if isinstance(part, nn.Conv2d | nn.Conv3d)]
    return f", to {convolutions[-1].out_channels} channels" if convolutions else ""
