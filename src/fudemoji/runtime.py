"""Device, number format, memory layout and seeds: what the machine gives and how a run pins it down."""

from __future__ import annotations

import contextlib
import hashlib
import math
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from fudemoji.errors import SettingsError

__all__ = [
    "Runtime",
    "choose_runtime",
    "derive_seed",
    "device_memory",
    "generator",
    "isolated_random_state",
    "pick_device",
]

_LARGE_MODEL = 8_000_000  # parameters

Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True)
class Runtime:
    """Where and how the maths is done; a run records it and keeps it when resumed."""

    device: torch.device
    precision: Precision
    channels_last: bool

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """A context in which heavy layers compute in the run's number format."""
        if self.precision == "fp32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def memory_format(self, *, ndim: int = 4) -> torch.memory_format:
        """Layout of images (4 axes) and their filters, or of clips (5 axes) and theirs."""
        if not self.channels_last:
            return torch.contiguous_format
        return torch.channels_last_3d if ndim == 5 else torch.channels_last

    def place(self, model: nn.Module) -> nn.Module:
        """The model on the device, its filters in the layout that is fastest there.

        On a CPU that of a large model stays: convolutions reorder filters anyway, and the fused optimisers copy
        those that are channels last (ResNet-34 on 28x28: 10 % of a step). A small one gains 3 to 5 % from it.
        """
        size = sum(parameter.numel() for parameter in model.parameters())
        keeps_layout = self.device.type == "cpu" and size > _LARGE_MODEL
        ndims = {parameter.ndim for parameter in model.parameters() if parameter.ndim > 3}
        keeps_layout = keeps_layout or len(ndims) != 1  # torch takes one layout for all filters
        layout = torch.contiguous_format if keeps_layout else self.memory_format(ndim=ndims.pop())
        return model.to(self.device, memory_format=layout)  # type: ignore[call-overload, no-any-return]

    def describe(self) -> dict[str, str | int]:
        """What decides, beside versions, whether a run can be repeated bit for bit; kept in env.json."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else str(self.device)
        return {"device": name, "precision": str(self), "threads": torch.get_num_threads()}

    def __str__(self) -> str:
        return f"{self.precision}, {'channels last' if self.channels_last else 'channels first'}"


def pick_device(name: str) -> torch.device:
    """The device called `name`; `auto` takes a CUDA GPU, then Apple's, then the CPU.

    Raises:
        SettingsError: no such device on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise SettingsError(
            f"device '{name}' is not to be had here; use auto, cpu, cuda, cuda:N or mps"
        ) from error
    return device


def device_memory(device: torch.device) -> float:
    """Free bytes on a GPU; without end for devices that share the host's memory."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else math.inf


def choose_runtime(model: nn.Module, *, device: torch.device, precision: str) -> Runtime:
    """Number format and layout for `model` on `device`.

    `auto` takes bf16 where the hardware multiplies it and the model has convolutions: together with channels-last it
    is 2.2 to 3.5 times faster on a CPU with AVX512-BF16, while a small fully connected net gains nothing.

    3D convolutions that are not our own stay in fp32 on a CPU: torch 2.15 there leaves the bf16 gradient of a filter
    that is padded over maps of two frames as it finds the memory (docs/log.md); `ClipConv` knows.

    Raises:
        SettingsError: bf16 was asked for where it goes wrong.
    """
    has_convolutions = any(isinstance(module, nn.Conv2d | nn.Conv3d) for module in model.modules())
    is_wrong = device.type == "cpu" and any(map(_pads_frames, model.modules()))
    if precision == "auto":
        precision = "bf16" if has_convolutions and not is_wrong and _multiplies_bf16(device) else "fp32"
    elif precision == "bf16" and is_wrong:
        raise SettingsError(
            "precision bf16 is not for this model on a CPU: the gradients of its 3D convolutions are wrong there "
            "where a map is two frames deep; use auto or fp32, or the model c3d"
        )
    return Runtime(device, precision, channels_last=has_convolutions)  # type: ignore[arg-type]


def _pads_frames(module: nn.Module) -> bool:
    """Whether torch itself pads the frames of this convolution's maps."""
    return isinstance(module, nn.Conv3d) and module.padding[0] != 0 and not hasattr(module, "pads_two_frames")


def _multiplies_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu" or platform.machine() not in ("x86_64", "AMD64"):
        return False
    with contextlib.suppress(OSError):
        flags = Path("/proc/cpuinfo").read_text()
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False


def derive_seed(seed: int, *purpose: str | int) -> int:
    """A seed for one purpose, the same on every machine: any batch of any epoch can be found again.

    >>> derive_seed(0, "epoch", 3) == derive_seed(0, "epoch", 3) != derive_seed(0, "epoch", 4)
    True
    """
    digest = hashlib.sha256(repr((seed, *purpose)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def generator(seed: int, *purpose: str | int) -> torch.Generator:
    """A CPU generator of its own for one purpose."""
    return torch.Generator().manual_seed(derive_seed(seed, *purpose))


@contextlib.contextmanager
def isolated_random_state(device: torch.device, seed: int, *purpose: str | int) -> Iterator[None]:
    """A block with freshly seeded global random states of CPU and GPU, put back as they were afterwards."""
    # not torch.manual_seed and fork_rng: together they take 60 times as long, once a step
    sources = [torch.default_generator]
    if device.type == "cuda":
        torch.cuda.init()
        sources.append(torch.cuda.default_generators[device.index or 0])
    states = [source.get_state() for source in sources]
    for source in sources:
        source.manual_seed(derive_seed(seed, *purpose))
    try:
        yield
    finally:
        for source, state in zip(sources, states, strict=True):
            source.set_state(state)
