"""Everything a training carries from step to step, and checkpoints of it without pickle."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from fudemoji.engine.average import Average
from fudemoji.engine.optim import Optimiser
from fudemoji.errors import RunError, TrainingFailed
from fudemoji.runs import write_beside

__all__ = ["Progress", "State", "load_state", "load_weights", "read_model", "save_state", "save_weights"]

_FORMAT = "fudemoji-checkpoint-1"


@dataclass
class Progress:
    """How far a training is: plain numbers, kept exactly.

    Attributes:
        step: optimiser steps taken.
        loss_sum: sum of the training losses of this epoch's steps.
        loss_steps: number of steps in that sum.
        train_seconds: time spent training, evaluations on the way included.
        best_score: best validation so far, by the figure that weights are chosen by; -1 before the first.
        best_figures: what was measured then; empty without a validation split.
        best_step: step of the best.
    """

    step: int = 0
    loss_sum: float = 0.0
    loss_steps: int = 0
    train_seconds: float = 0.0
    best_score: float = -1.0
    best_figures: dict[str, float] = field(default_factory=dict)
    best_step: int = 0


@dataclass
class State:
    """A model in training."""

    model: nn.Module
    optimiser: Optimiser
    average: Average | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def evaluated_model(self) -> nn.Module:
        """The weights to evaluate and keep: the average where there is one."""
        return self.average.model if self.average else self.model

    @property
    def weights(self) -> list[Tensor]:
        """The weights and buffers of the model and of its average."""
        averages = self.average.model.state_dict() if self.average else {}
        return [*self.model.state_dict().values(), *averages.values()]


def save_state(path: Path, state: State) -> None:
    """Write a whole checkpoint; the file that lay there becomes `previous.safetensors` first.

    Raises:
        TrainingFailed: weights that are no numbers; what lay there stays.
        RunError: a full disk; what lay there stays.
    """
    tensors = {f"model/{name}": value for name, value in state.model.state_dict().items()}
    tensors |= {f"optimiser/{name}": value for name, value in state.optimiser.tensors()}
    if state.average:
        tensors |= {f"average/{name}": value for name, value in state.average.model.state_dict().items()}
    if path.exists():
        spare = path.with_name("previous.safetensors.new")
        spare.unlink(missing_ok=True)
        try:
            os.link(path, spare)
        except OSError:  # a file system without hard links
            shutil.copyfile(path, spare)
        spare.replace(path.with_name("previous.safetensors"))
    _write(path, tensors, {"progress": dataclasses.asdict(state.progress)})


def load_state(path: Path, state: State) -> None:
    """Put a checkpoint into `state`, bit for bit.

    Raises:
        RunError: missing, damaged, weights only, or of another model; the previous one is offered if there is one.
    """
    tensors, details = _read(path)
    if "progress" not in details:
        raise RunError(f"{path} holds weights only; go on from `last` or `previous`")
    _fill(state.model, tensors, "model/", path)
    if state.average:
        _fill(state.average.model, tensors, "average/", path)
    state.optimiser.load(
        (name.removeprefix("optimiser/"), value)
        for name, value in tensors.items()
        if name.startswith("optimiser/")
    )
    state.progress = Progress(**details["progress"])


def save_weights(path: Path, model: nn.Module, details: dict[str, Any]) -> None:
    """Write the weights of a model, with a few facts about them."""
    _write(path, {f"model/{name}": value for name, value in model.state_dict().items()}, details)


def load_weights(path: Path, model: nn.Module) -> dict[str, Any]:
    """Put stored weights into `model`; returns the facts stored with them.

    Raises:
        RunError: missing, damaged, or of another model.
    """
    tensors, details = _read(path)
    _fill(model, tensors, "model/", path)
    return details


def read_model(path: Path) -> dict[str, Tensor]:
    """The stored tensors of a model, by name.

    Raises:
        RunError: missing or damaged.
    """
    tensors, _ = _read(path)
    return {n.removeprefix("model/"): value for n, value in tensors.items() if n.startswith("model/")}


def _digest(tensors: dict[str, Tensor], details: str) -> str:
    digest = hashlib.sha256(details.encode())
    for name in sorted(tensors):
        digest.update(f"{name}{tuple(tensors[name].shape)}{tensors[name].dtype}".encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _write(path: Path, tensors: dict[str, Tensor], details: dict[str, Any]) -> None:
    host = {name: value.detach().to("cpu").contiguous() for name, value in tensors.items()}
    broken = [
        name for name, value in host.items() if value.is_floating_point() and not value.isfinite().all()
    ]
    if broken:
        raise TrainingFailed(f"{path} is not written: {broken[0]} is no longer finite")
    text = json.dumps(details)
    meta = {"format": _FORMAT, "sha256": _digest(host, text), "details": text}
    try:
        with write_beside(path) as file:
            file.write(safetensors.torch.save(host, metadata=meta))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise RunError(
            f"{path} is not written: {os.strerror(error.errno)}; "
            f"what lay there is whole: make room, then go on with `fudemoji resume {path.parent.parent}`"
        ) from error


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    if not path.is_file():
        raise RunError(f"no checkpoint {path}{_offer_previous(path)}")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            meta = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (safetensors.SafetensorError, OSError) as error:
        raise RunError(f"{path} is damaged ({error}){_offer_previous(path)}") from error
    if meta.get("format") != _FORMAT:
        raise RunError(f"{path} is no checkpoint of this version of fudemoji{_offer_previous(path)}")
    if meta.get("sha256") != _digest(tensors, meta.get("details", "")):
        raise RunError(f"{path} is damaged (its SHA-256 is not the stored one){_offer_previous(path)}")
    return tensors, json.loads(meta["details"])


def _offer_previous(path: Path) -> str:
    run = path.parent.parent
    if path.stem == "last" and path.with_name("previous.safetensors").is_file():
        return f"; go on from the one before it with `fudemoji resume {run} --checkpoint previous`"
    return ""


def _fill(model: nn.Module, tensors: dict[str, Tensor], prefix: str, path: Path) -> None:
    own = model.state_dict()
    given = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    wrong = [
        name
        for name in own | given
        if name not in own or name not in given or own[name].shape != given[name].shape
    ]
    if wrong:
        raise RunError(f"{path} belongs to another model: {wrong[0]} differs, and {len(wrong) - 1} more")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(given[name])
