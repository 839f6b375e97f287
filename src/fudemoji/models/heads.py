"""Which part of a model is its head, which its body, and how deep in the body a parameter lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

__all__ = ["Place", "head_name", "places"]

_NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)

Part = Literal["early", "late", "head"]


@dataclass(frozen=True)
class Place:
    """Where a parameter stands: in the first or second half of the body or in the head, and whether in a norm."""

    part: Part
    is_norm: bool


def head_name(model: nn.Module) -> str:
    """The name of the layer that gives the logits: timm's own word for it, else the last linear layer.

    >>> head_name(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)))
    '2'
    """
    names: dict[nn.Module, str] = {module: name for name, module in model.named_modules()}
    ask: Any = getattr(model, "get_classifier", None)
    classifier = ask() if ask else None
    if isinstance(classifier, nn.Module) and classifier in names:
        return names[classifier]
    linear = [name for module, name in names.items() if isinstance(module, nn.Linear)]
    return linear[-1] if linear else [*names.values()][-1]


def places(model: nn.Module) -> dict[str, Place]:
    """The place of each parameter by its name.

    The halves have equally many filters and matrices; a norm or a bias goes with what it follows. On a ResNet-18 they
    are the groups of fastai: stem and the first two stages, the last two, the head.
    """
    head, norms = head_name(model), _norm_parameters(model)
    body = [name for name, _ in model.named_parameters() if not name.startswith(f"{head}.")]
    matrices = {name for name, parameter in model.named_parameters() if parameter.ndim >= 2}
    num_matrices, passed = sum(name in matrices for name in body), 0
    found: dict[str, Place] = {}
    for name, _ in model.named_parameters():
        if name not in body:
            found[name] = Place("head", is_norm=False)
            continue
        passed += name in matrices
        found[name] = Place("early" if 2 * passed <= num_matrices else "late", is_norm=name in norms)
    return found


def _norm_parameters(model: nn.Module) -> set[str]:
    return {
        f"{prefix}.{name}" if prefix else name
        for prefix, module in model.named_modules()
        if isinstance(module, _NORMS)
        for name, _ in module.named_parameters(recurse=False)
    }
