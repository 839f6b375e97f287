"""Layers that treat a batch as one although each rank holds a part of it: batch norm and dropout."""

# B images (this rank's), C channels, W ranks, P values of a channel (images times places)

from __future__ import annotations

from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from fudemoji.errors import SettingsError
from fudemoji.models.layers import HalfDropout
from fudemoji.ranks import Ranks

__all__ = ["SharedBatchNorm", "SharedDropout", "own_statistics", "spread"]

_PLAIN = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_BEHIND = ("drop", "act")  # what timm's norms have behind them


def spread(model: nn.Module, ranks: Ranks, *, sync_bn: bool) -> nn.Module:
    """The model, its layers that look at a whole batch exchanged for ones that do so over all ranks.

    Parameters, buffers and their names stay as they are. Alone, so does the model.

    Raises:
        SettingsError: a batch norm of a kind that is not known here.
    """
    if ranks.is_alone:
        return model
    exchanged: dict[nn.Module, nn.Module] = {}
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if layer not in exchanged:
                exchanged[layer] = _spread_layer(layer, ranks, sync_bn=sync_bn)
            if exchanged[layer] is not layer:
                setattr(parent, name, exchanged[layer])
    return model


def _spread_layer(layer: nn.Module, ranks: Ranks, *, sync_bn: bool) -> nn.Module:
    if isinstance(layer, HalfDropout | _DropoutNd):
        return SharedDropout(layer, ranks)
    if not isinstance(layer, _BatchNorm) or not sync_bn:
        return layer
    if type(layer) not in _PLAIN and not any(hasattr(layer, name) for name in _BEHIND):
        raise SettingsError(
            f"ranks cannot share the statistics of a {type(layer).__name__}; pass --no-sync-bn, so that each "
            "normalises its own part of the batch"
        )
    return SharedBatchNorm.of(layer, ranks)


def own_statistics(model: nn.Module) -> list[Tensor]:
    """The running means and variances that each rank finds by itself."""
    norms = (norm for norm in model.modules() if isinstance(norm, _BatchNorm))
    alone = (norm for norm in norms if not isinstance(norm, SharedBatchNorm))
    return [buffer for norm in alone for buffer in norm.buffers() if buffer.is_floating_point()]


class SharedDropout(nn.Module):
    """A dropout whose mask is this rank's rows of the one that a single process would draw."""

    def __init__(self, layer: nn.Module, ranks: Ranks) -> None:
        super().__init__()
        self.layer = layer
        self.ranks = ranks

    def forward(self, x: Tensor) -> Tensor:
        """As `layer`, first axis B; where that is none of images (or of clips) each rank draws for itself."""
        start, end, size = self.ranks.slice_rows
        if not self.training or len(x) != end - start:
            return self.layer(x)  # type: ignore[no-any-return]
        mask: Tensor = self.layer(x.new_ones((size, *x.shape[1:])))
        return x * mask[start:end]


class SharedBatchNorm(_BatchNorm):
    """Batch norm over the images of all ranks (in training; else as ever), on any device.

    Means, variances and counts of all ranks are put together as in Chan et al. 1979 (Updating formulae and a pairwise
    algorithm for computing sample variances), so that parts need not be of one size. The gradient of weight and bias is
    this rank's share, as that of every parameter.
    """

    ranks: Ranks

    @classmethod
    def of(cls, norm: _BatchNorm, ranks: Ranks) -> Self:
        """A norm with the parameters and buffers of another, and what timm's have behind them."""
        made = cls.__new__(cls)
        made.__dict__.update(norm.__dict__)
        made.ranks = ranks
        return made

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002 - the name that torch gives it
        """Any number of axes will do."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that torch gives it
        """(B, C, ...) normalised for each channel."""
        normed = self._normed(input) if self.training else super().forward(input)
        for name in _BEHIND:
            if name in self._modules:
                normed = getattr(self, name)(normed)
        return normed

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # ranks meet in it
    def _normed(self, x: Tensor) -> Tensor:
        mean_C, var_C, count = _statistics(x.detach(), self.ranks)
        if self.running_mean is not None and self.running_var is not None:
            assert self.num_batches_tracked is not None
            self.num_batches_tracked.add_(1)
            rate = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
            self.running_mean.lerp_(mean_C, rate)
            self.running_var.lerp_(var_C * (count / (count - 1)), rate)
        how = _How(mean_C, var_C, count, self.eps, self.ranks)
        normed: Tensor = _Normalise.apply(x, self.weight, self.bias, how)
        return normed


class _How(NamedTuple):
    """What the values of a channel are normalised by: those of all ranks."""

    mean_C: Tensor
    var_C: Tensor
    num_values: float
    eps: float
    ranks: Ranks


def _statistics(x: Tensor, ranks: Ranks) -> tuple[Tensor, Tensor, float]:
    """Mean and variance (biased) of each channel, float32 (C,), and their number of values, over all ranks."""
    mean_C, var_C = torch.ops.aten.batch_norm_update_stats(x, None, None, 0.0)
    own_count = torch.full_like(mean_C[:1], x.numel() / x.shape[1], dtype=torch.float64)
    found = ranks.gather(torch.cat([mean_C.double(), var_C.double(), own_count]))
    mean_WC, var_WC, count_W1 = found.split([len(mean_C), len(mean_C), 1], dim=1)
    count = count_W1.sum()
    mean_C = (mean_WC * count_W1).sum(0) / count
    var_C = ((var_WC + (mean_WC - mean_C) ** 2) * count_W1).sum(0) / count
    return mean_C.float(), var_C.float(), float(count)


class _Normalise(torch.autograd.Function):
    """The normalised values, and a gradient that knows that mean and variance are of all ranks' values."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight_C: Tensor | None, bias_C: Tensor | None, how: _How) -> Tensor:
        ctx.save_for_backward(x, weight_C)
        ctx.how = how
        normed: Tensor = torch.native_batch_norm(
            x, weight_C, bias_C, how.mean_C, how.var_C, False, 0.0, how.eps
        )[0]
        return normed

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (x, weight_C), how = ctx.saved_tensors, ctx.how
        through, weight_grad_C, bias_grad_C = torch.ops.aten.native_batch_norm_backward(
            grad, x, weight_C, how.mean_C, how.var_C, None, None, False, how.eps, [True, True, True]
        )
        if ctx.needs_input_grad[0]:
            sums_2C = how.ranks.add_up(torch.stack([weight_grad_C, bias_grad_C]))
            inverse_C = (how.var_C + how.eps).rsqrt()
            scale_C = inverse_C if weight_C is None else inverse_C * weight_C
            slope_C = -scale_C * inverse_C * sums_2C[0] / how.num_values
            shift_C = -scale_C * sums_2C[1] / how.num_values - slope_C * how.mean_C
            ones = (1,) * (x.ndim - 2)
            through = through + shift_C.view(-1, *ones)
            through = torch.addcmul(through, x, slope_C.view(-1, *ones)).to(x.dtype)
        return through, weight_grad_C, bias_grad_C, None
