"""What a project holds at the moment in which a training is asked for, and the listing that the training reads."""

from __future__ import annotations

import csv
import errno
import io
import os
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.data.readers.layout import class_named
from fudemoji.runs import write_beside
from fudemoji.server.store import Store, images, tags
from fudemoji.server.store.tables import Image, Project, ProjectKind, Tag
from fudemoji.server.trainings.domains import Subject
from fudemoji.serving.errors import ApiError

__all__ = ["Snapshot", "listing_path", "missing_images", "take", "write_listing", "write_tables"]


@dataclass(frozen=True)
class Snapshot:
    """The tagged images of a project, oldest first, and the tags that at least one of them has, by id.

    In a multi-label project a negative tag is no class: its images have no label.

    Attributes:
        kind: of the project.
        images: by the SHA-256 of their files, with the ids of the tags that they are trained as.
        tags: by id.
        median_side: pixels of the shorter side of an image, half of them have more.
    """

    kind: ProjectKind
    images: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, Tag]
    median_side: int

    @cached_property
    def counts(self) -> Counter[str]:
        """Images of each tag."""
        return Counter(tag_id for tag_ids in self.images.values() for tag_id in tag_ids)

    @property
    def subject(self) -> Subject:
        """What a plan is made for."""
        return Subject(
            num_images=max(1, len(self.images)),
            median_side=self.median_side,
            is_characters=all(_glyph_of(tag.name) for tag in self.tags.values()),
        )


def take(session: Session, project: Project, *, tag_ids: Sequence[str] | None = None) -> Snapshot:
    """The tagged images of a project as they are now.

    Args:
        session: a transaction.
        project: of the images.
        tag_ids: the tags that count; images that have only others are left out. None: all tags.
    """
    known = {tag.id: tag for tag in tags.every(session, project) if tag_ids is None or tag.id in tag_ids}
    listing = [
        one for one in images.listing(session, project) if tag_ids is None or known.keys() & one.tag_ids
    ]
    if project.kind == "multilabel":
        known = {tag_id: tag for tag_id, tag in known.items() if tag.kind == "regular"}
    found = {
        listed.sha256: tuple(tag_id for tag_id in listed.tag_ids if tag_id in known) for listed in listing
    }
    used = {tag_id for tag_ids in found.values() for tag_id in tag_ids}
    sides = session.execute(select(Image.width, Image.height).where(Image.project_id == project.id))
    return Snapshot(
        project.kind,
        found,
        {tag_id: tag for tag_id, tag in known.items() if tag_id in used},
        int(statistics.median([min(side) for side in sides] or [0])),
    )


def listing_path(store: Store, iteration_id: str) -> Path:
    """The table that `fudemoji train` reads."""
    return store.sets / f"{iteration_id}.csv"


def write_listing(store: Store, iteration_id: str, snapshot: Snapshot) -> None:
    """Write the table of images and tag ids, and beside it the table of what the tags are called.

    Each line says `train`: the part that is held out is cut off by the training.

    Raises:
        ApiError: the disk is full, or cannot be written.
    """
    try:
        write_tables(listing_path(store, iteration_id), snapshot, blobs=store.blobs.folder)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if is_full else f"the list of images cannot be written: {error.strerror}"
        raise ApiError(507, "ErrorStorage", reason) from error


def write_tables(path: Path, snapshot: Snapshot, *, blobs: Path) -> None:
    """The same at any path.

    Args:
        path: of the table of images; `.classes.csv` lies beside it.
        snapshot: what to list.
        blobs: the folder of the images.

    Raises:
        OSError: it cannot be written.
    """
    label = "labels" if snapshot.kind == "multilabel" else "label"
    folder = os.path.relpath(blobs, path.parent)
    lines = [
        (f"{folder}/{sha256[:2]}/{sha256[2:]}", "|".join(tag_ids), "train")
        for sha256, tag_ids in snapshot.images.items()
    ]
    _write_table(path, ("path", label, "split"), lines)
    called = map(_named, snapshot.tags.values())
    _write_table(path.with_suffix(".classes.csv"), ("label", "glyph", "name"), called)


def _named(tag: Tag) -> tuple[str, str, str]:
    """How a tag is shown in a report: as a sign with its reading, or by its name."""
    glyph = _glyph_of(tag.name)
    return tag.id, glyph, class_named(tag.name).romanisation if glyph else tag.name


def _glyph_of(name: str) -> str:
    """The sign that a name is, or means (`U+304A`); empty for a word."""
    return class_named(name).glyph or (name if len(name) == 1 else "")


def _write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    with write_beside(path) as file:
        file.write(text.getvalue().encode())


def missing_images(listing: Path) -> list[str]:
    """The images of a listing whose files are gone, by the start of their SHA-256."""
    with listing.open(encoding="utf-8", newline="") as file:
        paths = [Path(row["path"]) for row in csv.DictReader(file)]
    return [f"{path.parent.name}{path.name}"[:12] for path in paths if not (listing.parent / path).is_file()]
