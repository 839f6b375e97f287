"""Files of a project, by a path of their own: images, stored predictions, thumbnails of both, exported models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from fudemoji.data.decoding.picture import ImageError
from fudemoji.server.customvision.links import ARTIFACTS
from fudemoji.server.store import Store, images, predictions
from fudemoji.server.store.tables import Project
from fudemoji.server.trainings import exporting
from fudemoji.serving.errors import ApiError

__all__ = ["Artifact", "find", "relative"]

_SIDES = {"resized": 512, "thumbnail": 128}  # pixels of the longer side
_TYPES = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"BM": "image/bmp", b"GI": "image/gif"}


@dataclass(frozen=True)
class Artifact:
    """What is handed out.

    Attributes:
        content: itself, or the file that it lies in.
        media_type: what it is.
        name: that it is to have where it is saved; empty: it is to be shown.
    """

    content: bytes | Path
    media_type: str
    name: str = ""


def relative(project_id: str, uri: str) -> str:
    """The path of an artifact out of a link of this server, or as it is.

    >>> relative("ab", "https://host/customvision/artifacts/ab/images/cd/original?until=1&signature=2")
    'images/cd/original'
    """
    return uri.partition("?")[0].rpartition(f"{ARTIFACTS}/{project_id}/")[2]


def find(session: Session, store: Store, project: Project, path: str) -> Artifact:
    """The artifact at `images/ID/SIZE`, `predictions/ID/SIZE` or `exports/ID`.

    Args:
        session: the transaction.
        store: where the files are.
        project: whose artifact it is.
        path: the sizes are `original`, `resized` and `thumbnail`.

    Raises:
        ApiError: there is none.
    """
    kind, _, rest = path.partition("/")
    name, _, size = rest.partition("/")
    if kind == "exports" and not size:
        return _export(session, store, project, name)
    if kind not in ("images", "predictions") or size not in ("original", *_SIDES):
        raise ApiError(
            400, "BadRequestInvalidArtifactUri", "this is no path of an image or of an exported model"
        )
    if kind == "images":
        sha256 = images.find(session, project, name).sha256
    else:
        sha256 = predictions.find_all(session, project, [name])[0].sha256
    return _original(store, sha256) if size == "original" else _small(store, sha256, size=_SIDES[size])


def _original(store: Store, sha256: str) -> Artifact:
    content = store.blobs.read(sha256)
    return Artifact(content, _TYPES.get(content[:2], "application/octet-stream"))


def _small(store: Store, sha256: str, *, size: int) -> Artifact:
    try:
        drawn = store.thumbnails.of(sha256, size=size)
    except ImageError as error:
        raise ApiError(500, "ErrorUnknown", "the file of the image is damaged") from error
    return Artifact(drawn.content, drawn.media_type)


def _export(session: Session, store: Store, project: Project, export_id: str) -> Artifact:
    path = exporting.packed(session, store, project, export_id)
    return Artifact(path, "application/zip", path.name)
