"""Random changes of a whole batch on its device: each image its own parameters, one warp for all geometry.

Every draw comes from the generator that is handed in, on the generator's own device, so a CPU generator gives
the same changes on every device.
"""

# B images (or clips), C channels (of a clip: channels x frames), H x W pixels, K classes, G x G knots

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate, pad

from fudemoji.config import Augment

__all__ = ["Part", "augment", "cutout", "light", "mirror", "mix", "shifted", "warp"]

_KNOTS = 4  # control points a side of the elastic distortion: one bend about every third of a character


@dataclass(frozen=True)
class Part:
    """Some images of a batch, to be changed as they would be in all of it.

    Attributes:
        size: images in the whole batch; so many are drawn for.
        rows: the places, int64 (B,), of those that are here; or a slice.
    """

    size: int
    rows: Tensor | slice


def augment(images_BCHW: Tensor, *, how: Augment, rng: torch.Generator, part: Part | None = None) -> Tensor:
    """The batch warped, mirrored and partly blanked as `how` says; the batch itself when all is off.

    Clips (B, C, T, H, W) are changed as a whole: all frames of one alike. Mixup and CutMix also change the
    targets and live in `mix`; `light` wants pixels before they are normalised.

    Args:
        images_BCHW: float, normalised; any number of axes between the first and the last two.
        how: the largest changes, see `fudemoji.config.Augment`.
        rng: source of every draw.
        part: which images of a batch these are, where they are not all of it.

    >>> images = torch.zeros(2, 1, 28, 28)
    >>> augment(images, how=Augment(rotate=11, shift=0.1), rng=torch.Generator().manual_seed(0)).shape
    torch.Size([2, 1, 28, 28])
    """
    assert images_BCHW.is_floating_point(), "normalise before augmenting"
    warps = bool(how.rotate or how.zoom or how.shear or how.shift or how.elastic)
    if not (warps or how.mirror or how.cutout):
        return images_BCHW
    folded_BCHW = images_BCHW.flatten(1, -3)
    if warps:
        folded_BCHW = warp(folded_BCHW, how=how, rng=rng, part=part)
    if how.mirror:
        folded_BCHW = mirror(folded_BCHW, rng=rng, part=part)
    if how.cutout:
        folded_BCHW = cutout(folded_BCHW, side=how.cutout, rng=rng, part=part)
    return _unfolded(folded_BCHW, like=images_BCHW)


def warp(images_BCHW: Tensor, *, how: Augment, rng: torch.Generator, part: Part | None = None) -> Tensor:
    """Each image rotated, zoomed (each axis by itself), sheared, shifted and bent by its own draw.

    One bilinear resampling for all. Outside the image its outermost pixels go on, so that paper stays paper,
    whether dark or light, and a stroke that leaves the image does not end at its former edge.
    """
    height, width = images_BCHW.shape[-2:]
    part = part or _all_of(images_BCHW)
    angle_B = _draw(part, rng=rng) * math.radians(how.rotate)
    zoom_B2 = 1 + _draw(part, 2, rng=rng) * how.zoom
    shear_B = _draw(part, rng=rng) * how.shear
    shift_B2 = _draw(part, 2, rng=rng) * how.shift
    theta_B23 = _inverse_affine(
        angle_B, zoom_B2=zoom_B2, shear_B=shear_B, shift_B2=shift_B2, aspect=height / width
    )
    grid_BHW2 = _affine_grid(theta_B23.to(images_BCHW), height=height, width=width)
    if how.elastic:
        bend_B2GG = _draw(part, 2, _KNOTS, _KNOTS, rng=rng) * how.elastic
        bend_B2GG = bend_B2GG * torch.tensor([2 / width, 2 / height], device=bend_B2GG.device)[:, None, None]
        bend_B2GG = bend_B2GG.to(images_BCHW)
        bend_B2HW = interpolate(bend_B2GG, size=(height, width), mode="bicubic", align_corners=True)
        grid_BHW2 = grid_BHW2 + bend_B2HW.permute(0, 2, 3, 1)
    return grid_sample(images_BCHW, grid_BHW2, padding_mode="border", align_corners=False)


def mirror(images_BCHW: Tensor, *, rng: torch.Generator, part: Part | None = None) -> Tensor:
    """Each image, with a chance of 1/2, with left and right swapped."""
    is_mirrored_B = (_rand(part or _all_of(images_BCHW), rng=rng) < 0.5).to(images_BCHW.device)
    return torch.where(is_mirrored_B[:, None, None, None], images_BCHW.flip(-1), images_BCHW)


def light(images_BCHW: Tensor, *, amount: float, rng: torch.Generator, part: Part | None = None) -> Tensor:
    """Each image, or clip as a whole, brighter or darker, with more or less contrast, and more or less colourful.

    Three factors an image, each from 1 - `amount` to 1 + `amount`, in this order and as torchvision's ColorJitter
    has them: on the pixels, on their distance from the image's mean grey, on the distance of the colours from grey.

    Args:
        images_BCHW: uint8, or float in 0..255; any number of axes between the first two and the last two.
        amount: largest change, as a share.
        rng: source of every draw.
        part: which images of a batch these are, where they are not all of it.

    Returns:
        float32 in 0..255.
    """
    size_B, channels, *axes = images_BCHW.shape
    part = part or _all_of(images_BCHW)
    drawn_3B = torch.rand(3, part.size, generator=rng, device=rng.device)[:, part.rows] * 2 - 1
    factors_3B = 1 + amount * drawn_3B.to(images_BCHW.device)
    brightness, contrast, saturation = factors_3B.view(3, size_B, 1, *(1 for _ in axes))
    weights = [0.2989, 0.587, 0.114] if channels == 3 else [1 / channels] * channels
    weights_C = torch.tensor(weights, device=images_BCHW.device).view(-1, *(1 for _ in axes))
    lit = images_BCHW.float() * brightness
    grey = (lit * weights_C).sum(1, keepdim=True)
    mean = grey.flatten(1).mean(1).view_as(brightness)
    lit = torch.lerp(mean, lit, contrast)
    grey = torch.lerp(mean, grey, contrast)
    return torch.lerp(grey, lit, saturation).clamp_(0, 255)


def cutout(images_BCHW: Tensor, *, side: float, rng: torch.Generator, part: Part | None = None) -> Tensor:
    """Each image with one square, `side` of its height and width, set to 0: the mean of normalised pixels.

    The centre lies anywhere, so the square may reach past the border and blank less (DeVries and Taylor 2017,
    https://arxiv.org/abs/1708.04552).
    """
    centre_B2 = _rand(part or _all_of(images_BCHW), 2, rng=rng).to(images_BCHW.device)
    extent_B = torch.full_like(centre_B2[:, 0], side)
    return images_BCHW.masked_fill(_box(images_BCHW, centre_B2=centre_B2, extent_B=extent_B), 0)


def mix(
    images_BCHW: Tensor, targets_BK: Tensor, *, how: Augment, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Images blended with a partner from the batch (mixup) or with a part of it pasted in (CutMix).

    A batch is touched with the chance `how.mix_share`; in a touched batch each image draws its own share, and
    where both ways are on, its own way (Zhang et al. 2018, https://arxiv.org/abs/1710.09412; Yun et al. 2019,
    https://arxiv.org/abs/1905.04899). Each target is mixed by the area that was really pasted.

    Args:
        images_BCHW: float; any number of axes between the first and the last two.
        targets_BK: float, one row an image, for instance one-hot.
        how: `mixup` and `cutmix` are the alphas of a Beta distribution.
        rng: source of every draw.
    """
    seed = int(torch.randint(2**62, (1,), generator=rng, device=rng.device))
    dice = np.random.default_rng(seed)  # torch's Beta takes no generator
    if not (how.mixup or how.cutmix) or dice.random() >= how.mix_share:
        return images_BCHW, targets_BK
    size_B, device = len(images_BCHW), images_BCHW.device
    folded_BCHW = images_BCHW.flatten(1, -3)
    is_cut_B = dice.random(size_B) < (0.5 if how.mixup else 1.0) * bool(how.cutmix)
    kept_B = np.where(
        is_cut_B,
        dice.beta(how.cutmix or 1, how.cutmix or 1, size_B),
        dice.beta(how.mixup or 1, how.mixup or 1, size_B),
    )
    kept_B11 = torch.from_numpy(kept_B).to(folded_BCHW)[:, None, None, None]
    centre_B2 = torch.from_numpy(dice.random((size_B, 2))).to(folded_BCHW)
    partner_B = torch.from_numpy(dice.permutation(size_B)).to(device)
    is_pasted_B1HW = _box(folded_BCHW, centre_B2=centre_B2, extent_B=(1 - kept_B11.flatten()).sqrt())
    is_cut_B111 = torch.from_numpy(is_cut_B).to(device)[:, None, None, None]
    weight_B1HW = torch.where(is_cut_B111, (~is_pasted_B1HW).to(folded_BCHW), kept_B11)
    mixed_BCHW = torch.lerp(folded_BCHW[partner_B], folded_BCHW, weight_B1HW)
    share_B1 = weight_B1HW.mean(dim=(1, 2, 3))[:, None].to(targets_BK)
    return _unfolded(mixed_BCHW, like=images_BCHW), torch.lerp(targets_BK[partner_B], targets_BK, share_B1)


def shifted(images_BCHW: Tensor, *, pixels: int) -> Iterator[Tensor]:
    """The nine views of a batch moved by -`pixels`, 0 and `pixels` each way, for averaging at test time.

    The views are windows into one padded batch; in the gap the outermost pixels go on.

    >>> [view.shape for view in shifted(torch.zeros(1, 1, 8, 8), pixels=1)] == [(1, 1, 8, 8)] * 9
    True
    """
    *_, height, width = images_BCHW.shape
    padded_BCHW = pad(images_BCHW.flatten(1, -3), [pixels] * 4, mode="replicate")
    padded_BCHW = padded_BCHW.view(*images_BCHW.shape[:-2], *padded_BCHW.shape[-2:])
    for top in range(0, 2 * pixels + 1, max(1, pixels)):
        for left in range(0, 2 * pixels + 1, max(1, pixels)):
            yield padded_BCHW[..., top : top + height, left : left + width]


def _unfolded(folded_BCHW: Tensor, *, like: Tensor) -> Tensor:
    """In the shape of `like`, and clips in its layout too."""
    images_BCHW = folded_BCHW.view_as(like)
    if like.ndim == 5 and like.is_contiguous(memory_format=torch.channels_last_3d):
        return images_BCHW.contiguous(memory_format=torch.channels_last_3d)
    return images_BCHW


def _all_of(images_BCHW: Tensor) -> Part:
    return Part(len(images_BCHW), slice(None))


def _rand(part: Part, *shape: int, rng: torch.Generator) -> Tensor:
    """Uniform numbers in 0..1, (B, *shape), on the generator's device: drawn for the whole batch, kept for the part."""
    return torch.rand(part.size, *shape, generator=rng, device=rng.device)[part.rows]


def _draw(part: Part, *shape: int, rng: torch.Generator) -> Tensor:
    """Uniform numbers in -1..1, as `_rand` draws them."""
    return _rand(part, *shape, rng=rng) * 2 - 1


def _inverse_affine(
    angle_B: Tensor, *, zoom_B2: Tensor, shear_B: Tensor, shift_B2: Tensor, aspect: float
) -> Tensor:
    """Maps from places in the result to places in the image, (B, 2, 3), both from -1 to 1.

    The image is zoomed, then sheared along x, then turned by `angle_B` radians; `aspect` is height / width,
    because a rotation is one in pixels and not in shares of an oblong.
    """
    cos_B, sin_B = angle_B.cos(), angle_B.sin()
    x_B2 = torch.stack([cos_B + shear_B * sin_B, (sin_B - shear_B * cos_B) * aspect], dim=1) / zoom_B2[:, :1]
    y_B2 = torch.stack([-sin_B / aspect, cos_B], dim=1) / zoom_B2[:, 1:]
    linear_B22 = torch.stack([x_B2, y_B2], dim=1)
    return torch.cat([linear_B22, -(linear_B22 @ (2 * shift_B2)[..., None])], dim=2)


def _affine_grid(theta_B23: Tensor, *, height: int, width: int) -> Tensor:
    """Where each pixel of the result looks, (B, H, W, 2): torch's `affine_grid`, by one matrix product for all."""
    x_W = (torch.arange(width, device=theta_B23.device) + 0.5) * (2 / width) - 1
    y_H = (torch.arange(height, device=theta_B23.device) + 0.5) * (2 / height) - 1
    ones_HW = torch.ones(height, width, device=theta_B23.device)
    place_3HW = torch.stack([x_W.expand(height, -1), y_H[:, None].expand(-1, width), ones_HW]).to(theta_B23)
    grid_B2HW = (theta_B23.flatten(0, 1) @ place_3HW.flatten(1)).view(-1, 2, height, width)
    return grid_B2HW.permute(0, 2, 3, 1)


def _box(images_BCHW: Tensor, *, centre_B2: Tensor, extent_B: Tensor) -> Tensor:
    """True inside each image's rectangle, (B, 1, H, W); centre and extent as shares of height and width."""
    height, width = images_BCHW.shape[-2:]
    y_H = (torch.arange(height, device=images_BCHW.device) + 0.5) / height
    x_W = (torch.arange(width, device=images_BCHW.device) + 0.5) / width
    half_B1 = extent_B[:, None] / 2
    is_row_BH = (y_H - centre_B2[:, :1]).abs() < half_B1
    is_column_BW = (x_W - centre_B2[:, 1:]).abs() < half_B1
    return (is_row_BH[:, :, None] & is_column_BW[:, None, :])[:, None]
