"""One filling from its source to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from sqlalchemy.orm import Session

from fudemoji.data.readers.layout import class_named
from fudemoji.data.sets import LabelClass
from fudemoji.errors import DataError, FudemojiError
from fudemoji.server.filling.contents import Contents, Piece
from fudemoji.server.filling.filling import Filling, Problem
from fudemoji.server.filling.sources import is_there, read_source
from fudemoji.server.store import Store, images, projects, tags
from fudemoji.server.store.tables import Project
from fudemoji.serving.errors import ApiError

__all__ = ["Bounds", "pour"]

_log = logging.getLogger(__name__)
_AT_ONCE = 64  # images in a transaction
_BYTES_AT_ONCE = 32 * 2**20

Tell = Callable[[Filling], bool]


@dataclass(frozen=True)
class Bounds:
    """What bounds a filling.

    Attributes:
        images: what an image may be, and how many a project may have.
        archive_bytes: of an archive that is sent.
    """

    images: images.Limits
    archive_bytes: int

    @property
    def unpacked_bytes(self) -> int:
        """That the tar in a compressed archive may have; images hardly shrink."""
        return 4 * self.archive_bytes


def pour(store: Store, filling: Filling, folder: Path, *, bounds: Bounds, tell: Tell) -> Filling:
    """Add the images of a source to a project, some at a time.

    Args:
        store: of the project.
        filling: what is to be done, or goes on.
        folder: of the filling.
        bounds: what may come in.
        tell: called with how far it is, after each transaction; whether it is to go on.

    Returns:
        How it ended; as it was told last where it is not to go on.
    """
    try:
        contents = read_source(filling.source, folder, most_unpacked=bounds.unpacked_bytes)
        _check_room(contents, bounds)
        problems = [Problem(one.name, one.detail) for one in contents.problems]
        filling = filling.begun(len(contents.pieces), problems)
        tag_ids = _tags_of(store, filling, contents)
        if not tell(filling):
            return filling
        for pieces in _some(contents.pieces[filling.num_done :], bounds):
            filling = _added(store, filling, pieces, tag_ids, bounds)
            if not tell(filling):
                return filling
    except (FudemojiError, OSError) as error:
        told = str(error).replace(f"{folder}/", "").replace(str(folder), "the store")
        is_ours = isinstance(error, ApiError) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return filling.failed(told, may_pass=is_ours or isinstance(error, OSError))
    except Exception:  # one that nobody foresaw must not end all fillings for good
        _log.exception("a filling failed")
        return filling.failed("the server failed; its log says why", may_pass=True)
    return filling.over("done")


def _check_room(contents: Contents, bounds: Bounds) -> None:
    num, most = len(contents.pieces), bounds.images.num_images
    if num > most:
        told = f"it holds {num:,} images; a project of this server holds at most {most:,}"
        raise ApiError(400, "BadRequestImageExceededCount", told)


def _tags_of(store: Store, filling: Filling, contents: Contents) -> dict[LabelClass, str]:
    """The ids of the tags of all classes; those that are missing are made."""
    if not filling.source.has_tags:
        return {}
    wanted = dict.fromkeys(label for piece in contents.pieces for label in piece.labels)
    with store.session() as session:
        project = projects.find(session, filling.project_id)
        if contents.has_several and project.kind == "multiclass" and not images.count(session, project):
            projects.update(session, project, kind="multilabel")
        known = {class_named(tag.name).id: tag.id for tag in tags.every(session, project)}
        return {label: known.get(label.id) or _tag_of(session, project, label, known) for label in wanted}


def _tag_of(session: Session, project: Project, label: LabelClass, known: dict[str, str]) -> str:
    """A tag called by the sign, by what a table calls the class, or by its id."""
    name = label.glyph or label.romanisation or label.id
    if found := known.get(class_named(name).id):
        return found
    told = f"{label.id} {label.romanisation}".strip() if label.glyph else ""
    known[class_named(name).id] = tag_id = tags.create(session, project, name=name, description=told).id
    return tag_id


def _some(pieces: Sequence[Piece], bounds: Bounds) -> Iterator[list[Piece]]:
    """As many as fit into a transaction and into the memory."""
    batch: list[Piece] = []
    num_bytes = 0
    for piece in pieces:
        most = bounds.images.num_bytes
        size = min(most, piece.num_bytes if piece.num_bytes is not None else most // 8)
        if batch and (len(batch) == _AT_ONCE or num_bytes + size > _BYTES_AT_ONCE):
            yield batch
            batch, num_bytes = [], 0
        batch.append(piece)
        num_bytes += size
    if batch:
        yield batch


def _added(
    store: Store, filling: Filling, pieces: Sequence[Piece], tag_ids: dict[LabelClass, str], bounds: Bounds
) -> Filling:
    """The filling when some more images were dealt with."""
    refused, entries = [], []
    for piece in pieces:
        try:
            given = [tag_ids[label] for label in piece.labels if label in tag_ids]
            entries.append(images.Entry(_content(piece, bounds), name=piece.name, tag_ids=given))
        except (FudemojiError, OSError) as error:
            if not is_there(filling.source):
                told = f"{filling.source.name} is not there any more; go on when it is back"
                raise DataError(told) from error
            refused.append(Problem(piece.name, str(error)))
    added = images.upload(store, filling.project_id, entries, limits=bounds.images)
    if full := next((one for one in added if one.status == "ErrorStorage"), None):
        raise ApiError(507, "ErrorUnknown", full.message)
    refused += [
        Problem(entry.name, one.message or one.status)
        for entry, one in zip(entries, added, strict=True)
        if not one.is_good
    ]
    statuses = [one.status for one in added]
    return replace(
        filling,
        num_done=filling.num_done + len(pieces),
        num_new=filling.num_new + statuses.count("OK"),
        num_known=filling.num_known + statuses.count("OKDuplicate"),
    ).without(refused)


def _content(piece: Piece, bounds: Bounds) -> bytes:
    most = bounds.images.num_bytes
    if piece.num_bytes is not None and piece.num_bytes > most:
        raise ApiError(
            413,
            "BadRequestImageSizeBytes",
            f"the file has {piece.num_bytes:,} bytes, at most {most:,} are taken",
        )
    return piece.read()
