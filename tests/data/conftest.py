"""Sets in the official formats, written by hand so that the readers have an independent witness."""

import gzip
import io
import struct
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def _idx_bytes(array: np.ndarray) -> bytes:
    sizes = b"".join(struct.pack(">I", size) for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


@pytest.fixture(scope="session")
def idx_bytes() -> Callable[[np.ndarray], bytes]:
    return _idx_bytes


@pytest.fixture(scope="session")
def write_idx_set() -> Callable[..., Path]:
    """Write a KMNIST-like folder; labels per split, images random."""

    def write(
        folder: Path, splits: Mapping[str, Sequence[int]], *, zipped: bool = True, size: int = 5
    ) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(0)
        for split, labels in splits.items():
            start = {"train": "train", "test": "t10k"}[split]
            images = rng.integers(0, 256, (len(labels), size, size))
            arrays = {f"{start}-images-idx3-ubyte": images, f"{start}-labels-idx1-ubyte": np.array(labels)}
            for name, array in arrays.items():
                content = _idx_bytes(array)
                if zipped:
                    (folder / f"{name}.gz").write_bytes(gzip.compress(content))
                else:
                    (folder / name).write_bytes(content)
        return folder

    return write


@pytest.fixture(scope="session")
def png_bytes() -> Callable[..., bytes]:
    def encode(value: int, size: tuple[int, int] = (64, 64), mode: str = "L") -> bytes:
        file = io.BytesIO()
        Image.new(mode, size, value).save(file, "PNG")
        return file.getvalue()

    return encode


@pytest.fixture(scope="session")
def write_tar() -> Callable[..., Path]:
    """Write a tar with these members: bytes for files, None for folders, or a finished TarInfo."""

    def write(path: Path, members: Sequence[tuple[str, bytes | None] | tarfile.TarInfo]) -> Path:
        with tarfile.open(path, "w") as tar:
            for member in members:
                if isinstance(member, tarfile.TarInfo):
                    tar.addfile(member)
                    continue
                name, content = member
                info = tarfile.TarInfo(name)
                if content is None:
                    info.type = tarfile.DIRTYPE
                else:
                    info.size = len(content)
                tar.addfile(info, io.BytesIO(content or b""))
        return path

    return write
