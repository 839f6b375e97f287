"""A tar of `U+XXXX/*.png` folders, the shape of Kuzushiji-Kanji, read without unpacking it to the disk."""

# N images, H x W pixels

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from fudemoji.data.named.catalog import CATALOG
from fudemoji.data.named.characters import character_class
from fudemoji.data.readers.classmap import CODEPOINT, glyph_of
from fudemoji.data.readers.members import DAMAGED_TAR, check_tar_member
from fudemoji.data.readers.png import read_grey
from fudemoji.data.sets import ImageSet
from fudemoji.data.split import TEST_SEED, stratified
from fudemoji.errors import DataError

__all__ = ["TEST_SHARE", "read_tar"]

TEST_SHARE = 0.2
_MAX_MEMBER_BYTES = 1 << 20


@dataclass(frozen=True)
class _Member:
    name: str
    codepoint: str
    content: bytes


def read_tar(
    path: Path, *, name: str | None = None, source: str | None = None, image_size: tuple[int, int] = (64, 64)
) -> ImageSet:
    """The images in a tar of `U+XXXX/*.png` folders; classes in the order of their code points.

    There is no official split: a fifth of each class is cut off for test, always the same; a class of one
    image goes to train only. `source` says both.

    Raises:
        DataError: no tar, a member that is a link or leaves the folder, a broken or wrongly sized image.
    """
    codepoints = [member.codepoint for member in _members(path, with_content=False)]
    if not codepoints:
        raise DataError(f"{path.name}: holds no U+XXXX/*.png images; expected the layout of kkanji.tar")
    ids = sorted(set(codepoints), key=lambda codepoint: int(codepoint[2:], 16))
    index_of = {codepoint: index for index, codepoint in enumerate(ids)}
    labels = np.array([index_of[codepoint] for codepoint in codepoints], dtype=np.int64)
    images_NHW = np.empty((len(labels), *image_size), dtype=np.uint8)
    for index, member in enumerate(_members(path, with_content=True)):
        where = f"{path.name}: {member.name}"
        images_NHW[index] = read_grey(member.content, name=where, image_size=image_size)
    splits, said = _cut_test(labels)
    return ImageSet(
        name=name or path.name.split(".")[0] or "tar",
        images=images_NHW[:, None],
        labels=labels,
        classes=tuple(character_class(glyph_of(codepoint) or "") for codepoint in ids),
        splits=splits,
        source=f"{source or path} ({said})",
        licence=CATALOG["kkanji"].licence if path.name == "kkanji.tar" else "",
        credit=CATALOG["kkanji"].credit if path.name == "kkanji.tar" else "",
        rare_classes=True,
    )


def _cut_test(labels: NDArray[np.int64]) -> tuple[dict[str, NDArray[np.int64]], str]:
    train, test = stratified(labels, np.arange(len(labels)), share=TEST_SHARE, seed=TEST_SEED)
    counts = np.bincount(labels)
    said = f"no official split: fudemoji cut {TEST_SHARE:.0%} of each class for test with seed {TEST_SEED}"
    if singles := int((counts == 1).sum()):
        said += f"; {singles} classes of one image are in train only"
    return {"train": train, "test": test} if len(test) else {"train": train}, said


def _members(path: Path, *, with_content: bool) -> Iterator[_Member]:
    try:
        with tarfile.open(path, "r:") as tar:
            while (info := tar.next()) is not None:
                # tarfile remembers every member, which for 140,000 of them is 100 MB
                tar.members.clear()  # type: ignore[attr-defined]  # public in practice, missing in typeshed
                codepoint = _check_member(info, path)
                if codepoint:
                    content = _read_member(tar, info, path) if with_content else b""
                    yield _Member(info.name, codepoint, content)
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except DAMAGED_TAR as error:
        raise DataError(f"{path.name}: is no whole, plain tar file ({error}); get it again") from error


def _read_member(tar: tarfile.TarFile, info: tarfile.TarInfo, path: Path) -> bytes:
    file = tar.extractfile(info)
    content = file.read() if file else b""
    if len(content) < info.size:
        raise DataError(f"{path.name}: ends inside '{info.name[:80]}'; the file is cut off, get it again")
    return content


def _check_member(info: tarfile.TarInfo, path: Path) -> str | None:
    """The code point of a member that is an image of a class; None for what may be passed over."""
    where = f"{path.name}: member '{info.name[:80]}'"
    if not check_tar_member(info, archive=path.name, expected="U+XXXX/*.png"):
        return None
    place = PurePosixPath(info.name)
    if place.name.startswith(".") or place.suffix.lower() != ".png":
        return None
    folder = place.parent.name
    if not CODEPOINT.fullmatch(folder) or glyph_of(folder) is None:
        raise DataError(f"{where} lies in '{folder}', which is no class; expected a folder like U+4E00")
    if info.size > _MAX_MEMBER_BYTES:
        raise DataError(f"{where} is {info.size} bytes long, expected {_MAX_MEMBER_BYTES} at most")
    return folder
