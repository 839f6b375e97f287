"""Optimisers behind one small handle: set rate and momentum, step, and give or take their state as tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from fudemoji.config import OptimSettings
from fudemoji.errors import RunError, look_up
from fudemoji.models.heads import places

__all__ = ["OPTIMISERS", "Optimiser"]

Groups = list[dict[str, object]]


def _sgd(groups: Groups, how: OptimSettings) -> torch.optim.Optimizer:
    return torch.optim.SGD(groups, lr=0.0, momentum=how.momentum, nesterov=how.momentum > 0)


def _adam(groups: Groups, how: OptimSettings) -> torch.optim.Optimizer:
    return torch.optim.Adam(groups, lr=0.0, betas=(how.momentum, how.beta2), fused=True)


def _adamw(groups: Groups, how: OptimSettings) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=0.0, betas=(how.momentum, how.beta2), fused=True)


def _adagrad(groups: Groups, _: OptimSettings) -> torch.optim.Optimizer:
    # Keras's start value and epsilon, with which the 2022 report's rate was found
    return torch.optim.Adagrad(groups, lr=0.0, initial_accumulator_value=0.1, eps=1e-7)


def _rmsprop(groups: Groups, how: OptimSettings) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(groups, lr=0.0, momentum=how.momentum)


OPTIMISERS: dict[str, Callable[[Groups, OptimSettings], torch.optim.Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
}


class Optimiser:
    """What `train` steps: a torch optimiser with weight decay on filters and matrices only, and rates by depth.

    Norms and biases, everything of fewer than two dimensions, are not decayed (He et al. 2018,
    https://arxiv.org/abs/1812.01187). The first half of the body learns at `body_lr` times the rate, the second at the
    geometric mean of that and the head's (Howard and Ruder 2018, https://arxiv.org/abs/1801.06146).
    """

    def __init__(self, model: nn.Module, how: OptimSettings) -> None:
        self.how = how
        self._parameters = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        self._places = places(model)
        shares: dict[str, float] = {"early": how.body_lr, "late": math.sqrt(how.body_lr), "head": 1.0}
        groups: Groups = []
        for share in sorted(set(shares.values()), reverse=True):
            inside = [p for name, p in self._parameters if shares[self._places[name].part] == share]
            decayed, others = [p for p in inside if p.ndim >= 2], [p for p in inside if p.ndim < 2]
            groups.append({"params": decayed, "weight_decay": how.weight_decay, "share": share})
            groups.append({"params": others, "weight_decay": 0.0, "share": share})
        groups = [group for group in groups if group["params"]]
        self._torch = look_up(OPTIMISERS, how.opt, what="optimiser")(groups, how)
        self._is_frozen = False

    def freeze(self, *, frozen: bool) -> None:
        """Let only head and norms learn, or all again; what is frozen needs no gradient, which saves its time.

        Norms learn on, and so do their running statistics, as in fastai: the body's were of other images.
        """
        if frozen == self._is_frozen:
            return
        self._is_frozen = frozen
        for name, parameter in self._parameters:
            place = self._places[name]
            parameter.requires_grad_(not frozen or place.part == "head" or place.is_norm)

    def set(self, *, lr: float, momentum: float) -> None:
        """Rate (of the head) and momentum (the first beta of Adam) of the next step."""
        for group in self._torch.param_groups:
            group["lr"] = lr * group["share"]
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            elif "momentum" in group:
                group["momentum"] = momentum

    def step(self) -> None:
        """Clip the gradient where asked to, change the weights, and forget the gradient."""
        if self.how.clip_grad:
            nn.utils.clip_grad_norm_([p for _, p in self._parameters], self.how.clip_grad)
        self._torch.step()
        self._torch.zero_grad(set_to_none=True)

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """The state, as `KEY/PARAMETER` and tensor."""
        for name, parameter in self._parameters:
            for key, value in sorted(self._torch.state[parameter].items()):
                if isinstance(value, Tensor):
                    yield f"{key}/{name}", value

    def load(self, tensors: Iterable[tuple[str, Tensor]]) -> None:
        """Take the state that `tensors()` gave.

        Raises:
            RunError: it belongs to another model.
        """
        parameters = dict(self._parameters)
        is_fused = any(group.get("fused") for group in self._torch.param_groups)
        for path, value in tensors:
            key, _, name = path.partition("/")
            if name not in parameters:
                raise RunError(f"the checkpoint's optimiser has a parameter '{name}' that this model lacks")
            parameter = parameters[name]
            if value.shape == parameter.shape:
                kept = torch.empty_like(parameter, dtype=value.dtype)  # in the layout of the weights
            else:  # fused kernels count their steps on the device, the others on the host
                kept = torch.empty_like(value, device=parameter.device if is_fused else value.device)
            self._torch.state[parameter][key] = kept.copy_(value)
