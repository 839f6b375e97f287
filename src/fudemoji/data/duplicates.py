"""Which images are copies of each other: the same pixels, or the same picture encoded, resized or shifted anew.

Near-duplicates are found on grey thumbnails of 32x32 pixels, brightness variations wider than a third of the picture
taken away. Two are the same picture when one, moved by up to a pixel and a half, softened a little and its contrast
changed a little, explains all but 3 % of the other (a correlation of 0.985). Re-encoded (JPEG from quality 40), resized
(half to double) and shifted photographs come out above 0.99, different photographs below 0.9; two writings of one
character on 28x28 pixels come near 0.975. The time grows with the square of the number of images: a second for 4,000.
"""

# N images, P pairs, S shifts, H x W pixels of a thumbnail (32 x 32), D numbers of a description

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fudemoji.data.cache.maps import release
from fudemoji.data.forest import Forest
from fudemoji.errors import DataError

__all__ = ["NearPairs", "duplicate_groups", "exact_groups", "near_pairs", "pixel_hashes", "thumbnails"]

VERSION = (
    1  # another number whenever the groups of the same thumbnails change: they are kept with decoded sets
)
THUMB = 32  # pixels of a thumbnail's side

_LEAST = 0.985  # correlation from which two pictures are the same
_FLAT = 1.5  # grey levels of deviation below which there is nothing to compare
_GAIN = 1.1  # contrast that copies may gain or lose
_APART = 0.05  # of the contrast, by which the means of copies may differ, beside two grey levels
_COARSE, _ALIGNED = 0.83, 0.93  # correlation of coarse descriptions, as they lie and after the best shift
_FINER = 0.92  # of descriptions of 256 numbers, after the best shift
_WIDE = 6.0  # deviation of the Gaussian that is taken away from a thumbnail
_FINE = 0.7  # of the one that smooths it, for detail as fine as its pixels bears no shift by a part of one
_SOFTER, _SOFT = 2.5, 1.0  # of those that make descriptions of 8 x 8 and of 16 x 16 numbers
_BLOCK, _CHUNK, _PART = 2048, 1024, 16384
_SHIFTS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))


@dataclass(frozen=True)
class NearPairs:
    """Pairs of images that show the same picture: enough to connect each with all its copies, not all there are.

    Attributes:
        first_P: int64, places of the one.
        second_P: int64, places of the other, larger.
        similarity_P: float32, correlation in 0..1 after the best shift.
    """

    first_P: NDArray[np.int64]
    second_P: NDArray[np.int64]
    similarity_P: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.first_P)


def duplicate_groups(hashes: Sequence[str], thumbs_NHW: NDArray[np.uint8]) -> NDArray[np.int64]:
    """For each image the place of the first that shows the same picture, int64 (N,).

    Args:
        hashes: equal for equal pixels.
        thumbs_NHW: uint8, grey thumbnails of 32x32.

    Raises:
        DataError: hashes and thumbnails differ in number, or thumbnails have another shape.
    """
    if len(hashes) != len(thumbs_NHW):
        raise DataError(f"{len(hashes)} hashes but {len(thumbs_NHW)} thumbnails; expected one each an image")
    groups = exact_groups(hashes)
    firsts = np.flatnonzero(groups == np.arange(len(groups)))
    pairs = near_pairs(thumbs_NHW[firsts])
    forest = Forest(len(firsts))
    for a, b in zip(pairs.first_P, pairs.second_P, strict=True):
        forest.join(int(a), int(b))
    place = np.searchsorted(firsts, groups)
    return firsts[forest.roots()[place]].astype(np.int64)


def exact_groups(hashes: Sequence[str]) -> NDArray[np.int64]:
    """For each image the place of the first with the same hash, int64 (N,).

    >>> exact_groups(["a", "b", "a"]).tolist()
    [0, 1, 0]
    """
    first: dict[str, int] = {}
    return np.array([first.setdefault(one, place) for place, one in enumerate(hashes)], dtype=np.int64)


def pixel_hashes(images: NDArray[np.uint8]) -> list[str]:
    """SHA-256 of the pixels of each image or clip of an array (N, ...), as 64 hexadecimal digits."""
    hashes = []
    for start in range(0, len(images), _CHUNK):
        part = np.ascontiguousarray(images[start : start + _CHUNK])
        hashes += [hashlib.sha256(image).hexdigest() for image in part]
        release(images)
    return hashes


def thumbnails(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey thumbnails of 32x32, uint8 (N, 32, 32), of images (N, C, H, W) or clips (N, C, T, H, W).

    A clip becomes four of its frames in a square, so that two with one still background differ where they move.
    """
    thumbs = np.empty((len(images), THUMB, THUMB), dtype=np.uint8)
    for place, image in enumerate(images):
        thumbs[place] = _thumbnail(image) if image.ndim == 3 else _clip_thumbnail(image)
        if place % _CHUNK == 0:
            release(images)
    return thumbs


def _thumbnail(image_CHW: NDArray[np.uint8], side: int = THUMB) -> NDArray[np.uint8]:
    grey = image_CHW[0] if len(image_CHW) != 3 else image_CHW
    picture = Image.fromarray(np.ascontiguousarray(grey if grey.ndim == 2 else grey.transpose(1, 2, 0)))
    return np.asarray(picture.convert("L").resize((side, side), Image.Resampling.BICUBIC))


def _clip_thumbnail(clip_CTHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
    last = clip_CTHW.shape[1] - 1
    a, b, c, d = (_thumbnail(clip_CTHW[:, round(last * part / 3)], THUMB // 2) for part in range(4))
    return np.block([[a, b], [c, d]])


def near_pairs(thumbs_NHW: NDArray[np.uint8], *, least: float = _LEAST) -> NearPairs:
    """The pairs of images that show the same picture.

    Images without contrast are in no pair.

    Args:
        thumbs_NHW: uint8, grey thumbnails of 32x32.
        least: correlation in 0..1 from which two are the same.

    Raises:
        DataError: thumbnails of another shape or type.
    """
    if thumbs_NHW.dtype != np.uint8 or thumbs_NHW.shape[1:] != (THUMB, THUMB):
        raise DataError(f"thumbnails are {thumbs_NHW.dtype} {thumbs_NHW.shape}, expected uint8 (N, 32, 32)")
    places = np.flatnonzero(_contrast(thumbs_NHW) >= _FLAT)
    thumbs = thumbs_NHW[places]
    coarse_ND, forest = _describe(thumbs), Forest(len(thumbs))
    found: list[tuple[int, int, float]] = []
    for start in range(0, len(thumbs), _BLOCK):
        i_P, j_P = _candidates(coarse_ND, thumbs, start=start)
        for begin in range(0, len(i_P), _CHUNK):
            one, other = i_P[begin : begin + _CHUNK], j_P[begin : begin + _CHUNK]
            apart = forest.are_apart(one, other)  # images that are known as copies need no further comparison
            one, other = one[apart], other[apart]
            similar = _similarity(thumbs[one], thumbs[other])
            alike = similar >= least
            trio = zip(one[alike].tolist(), other[alike].tolist(), similar[alike].tolist(), strict=True)
            found += [(a, b, likeness) for a, b, likeness in trio if forest.join(a, b)]
    ij = np.array([pair[:2] for pair in found], dtype=np.int64).reshape(-1, 2)
    return NearPairs(places[ij[:, 0]], places[ij[:, 1]], np.array([p[2] for p in found], dtype=np.float32))


def _candidates(
    coarse_ND: NDArray[np.float32], thumbs_NHW: NDArray[np.uint8], *, start: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a block of images and those behind, whose descriptions agree after some shift."""
    block = thumbs_NHW[start : start + _BLOCK]
    shifted, finer = (
        np.stack([_describe(block, side=side, dy=dy, dx=dx) for dy, dx in _SHIFTS]) for side in (8, 16)
    )
    ones, others = [], []
    for begin in range(start, len(coarse_ND), _BLOCK):
        likeness = coarse_ND[start : start + _BLOCK] @ coarse_ND[begin : begin + _BLOCK].T
        i, j = np.divmod(np.flatnonzero(likeness >= _COARSE), likeness.shape[1])
        behind = begin + j > start + i
        i, j = i[behind], j[behind] + begin
        for at in range(0, len(i), _PART):
            a, b = i[at : at + _PART], j[at : at + _PART]
            alike = _best_shift(shifted, a, coarse_ND[b]) >= _ALIGNED
            a, b = a[alike], b[alike]
            alike = _best_shift(finer, a, _describe(thumbs_NHW[b], side=16)) >= _FINER
            ones.append(a[alike] + start)
            others.append(b[alike])
    nothing = np.empty(0, dtype=np.int64)
    return np.concatenate([nothing, *ones]), np.concatenate([nothing, *others])


def _best_shift(
    shifted_SND: NDArray[np.float32], a_P: NDArray[np.int64], b_PD: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The largest correlation of descriptions under any shift of the one."""
    best: NDArray[np.float32] = np.max([np.einsum("pd,pd->p", of[a_P], b_PD) for of in shifted_SND], axis=0)
    return best


@functools.cache
def _gaussian(deviation: float) -> NDArray[np.float32]:
    """The matrix that blurs a column of a thumbnail, (H, H); beyond the border its value goes on."""
    reach = int(3 * deviation + 1)
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * deviation**2))
    matrix = np.zeros((THUMB, THUMB))
    for row in range(THUMB):
        np.add.at(matrix[row], np.clip(row + np.arange(-reach, reach + 1), 0, THUMB - 1), weights)
    matrix /= weights.sum()
    return matrix.astype(np.float32)


def _flattened(thumbs_NHW: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Thumbnails without their wide variations of brightness."""
    x: NDArray[np.float32] = thumbs_NHW.astype(np.float32)
    x -= _blurred(x, _WIDE)
    return x


def _blurred(x_PHW: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    blur = _gaussian(deviation)
    blurred: NDArray[np.float32] = (blur @ x_PHW @ blur.T).astype(np.float32, copy=False)
    return blurred


def _contrast(thumbs_NHW: NDArray[np.uint8]) -> NDArray[np.float32]:
    parts = [
        _flattened(thumbs_NHW[at : at + _BLOCK]).std(axis=(1, 2)) for at in range(0, len(thumbs_NHW), _BLOCK)
    ]
    return np.concatenate([np.empty(0, dtype=np.float32), *parts])


def _describe(
    thumbs_NHW: NDArray[np.uint8], *, side: int = 8, dy: int = 0, dx: int = 0
) -> NDArray[np.float32]:
    """Descriptions of unit length, float32 (N, side x side), of the thumbnails moved by `dy`, `dx` pixels."""
    step = THUMB // side
    pool = np.repeat(np.eye(side, dtype=np.float32), step, axis=1) / step
    narrow = pool @ _gaussian(_SOFTER if side == 8 else _SOFT)
    described = np.empty((len(thumbs_NHW), side**2), dtype=np.float32)
    for at in range(0, len(thumbs_NHW), _BLOCK):
        x = np.roll(_padded(_flattened(thumbs_NHW[at : at + _BLOCK])), (dy, dx), axis=(1, 2))[:, 1:-1, 1:-1]
        described[at : at + _BLOCK] = (narrow @ x @ narrow.T).reshape(len(x), side**2)
    described -= described.mean(axis=1, keepdims=True)
    described /= np.linalg.norm(described, axis=1, keepdims=True) + 1e-6
    return described


def _padded(x_PHW: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.pad(x_PHW, ((0, 0), (1, 1), (1, 1)), mode="edge")


def _similarity(one_PHW: NDArray[np.uint8], other_PHW: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How well one of each pair explains the other, as a correlation in 0..1, float32 (P,)."""
    means = [x.mean(axis=(1, 2), dtype=np.float32) for x in (one_PHW, other_PHW)]
    a, b = (_blurred(_flattened(x), _FINE) for x in (one_PHW, other_PHW))
    best = _explained(a, b)
    near = np.flatnonzero(best > 0.8)  # the other way round makes no friends of strangers
    best[near] = np.maximum(best[near], _explained(b[near], a[near]))
    contrast = np.minimum(a.std(axis=(1, 2)), b.std(axis=(1, 2)))
    best[np.abs(means[0] - means[1]) > 2 + _APART * contrast] = 0
    return best


def _explained(a_PHW: NDArray[np.float32], b_PHW: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation of `b` with `a` shifted by whole pixels and then, by its derivatives, by up to half and softened.

    The coefficients are those of least squares, kept in their bounds: a slope times d moves by d pixels, the
    Laplacian times s softens (the heat equation).
    """
    p = _padded(a_PHW)
    left, right, up, down = p[:, 1:-1, :-2], p[:, 1:-1, 2:], p[:, :-2, 1:-1], p[:, 2:, 1:-1]
    laplacian = left + right + up + down - 4 * a_PHW
    half = np.float32(0.5)
    parts = [a_PHW, half * (right - left), half * (down - up), laplacian]
    basis = np.stack([_inner(x, 0, 0) for x in parts], axis=1)  # (P, 4, 784)
    shifted = np.stack([_inner(b_PHW, dy, dx) for dy, dx in _SHIFTS], axis=1)  # (P, 9, 784)
    gram = basis @ basis.transpose(0, 2, 1) + 1e-3 * np.eye(4, dtype=np.float32)
    products = basis @ shifted.transpose(0, 2, 1)
    w = np.linalg.inv(gram) @ products
    gain = np.clip(w[:, :1], 1 / _GAIN, _GAIN)
    move, soften = np.clip(w[:, 1:3], -gain / 2, gain / 2), np.clip(w[:, 3:], 0, 0.6 * gain)
    w = np.concatenate([gain, move, soften], axis=1)
    length = np.einsum("psx,psx->ps", shifted, shifted)
    missed = length - 2 * (w * products).sum(axis=1) + (w * (gram @ w)).sum(axis=1)
    share = 1 - (missed / (length + 1e-6)).min(axis=1)
    best: NDArray[np.float32] = np.sqrt(np.clip(share, 0, 1))
    return best


def _inner(x_PHW: NDArray[np.float32], dy: int, dx: int) -> NDArray[np.float32]:
    """The 28x28 pixels in the middle, or `dy`, `dx` from there, in a row, (P, 784), their mean taken away."""
    inner = x_PHW[:, 2 + dy : THUMB - 2 + dy, 2 + dx : THUMB - 2 + dx].reshape(len(x_PHW), (THUMB - 4) ** 2)
    centred: NDArray[np.float32] = inner - inner.mean(axis=1, keepdims=True)
    return centred
