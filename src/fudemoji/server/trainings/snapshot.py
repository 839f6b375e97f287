"""What a project holds at the moment in which a training is asked for, and the listing that the training reads."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.data.readers.layout import class_named
from fudemoji.runs import write_beside
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Image, ImageTag, Project, ProjectKind, Tag
from fudemoji.server.trainings.domains import Subject

__all__ = ["Entry", "Snapshot", "listing_path", "missing_images", "take", "write_listing"]


@dataclass(frozen=True)
class Entry:
    """A tagged image.

    Attributes:
        sha256: of its file.
        side: pixels of its shorter side.
        tag_ids: what it is trained as; empty for an image that is none of the tags of a multi-label project.
    """

    sha256: str
    side: int
    tag_ids: tuple[str, ...]


@dataclass(frozen=True)
class Snapshot:
    """The tagged images of a project, oldest first, and the tags that at least one of them has, by id.

    In a multi-label project a negative tag is no class: its images have no label.
    """

    kind: ProjectKind
    entries: Sequence[Entry]
    tags: Mapping[str, Tag]

    @cached_property
    def counts(self) -> Counter[str]:
        """Images of each tag."""
        return Counter(tag_id for entry in self.entries for tag_id in entry.tag_ids)

    @property
    def subject(self) -> Subject:
        """What a plan is made for."""
        return Subject(
            num_images=len(self.entries),
            median_side=int(statistics.median(entry.side for entry in self.entries)),
            is_characters=all(
                len(tag.name) == 1 or class_named(tag.name).glyph for tag in self.tags.values()
            ),
        )

    def fingerprint(self, **asked: Any) -> str:
        """SHA-256 over images and tags, whatever these are called, and over what else is given."""
        digest = hashlib.sha256(json.dumps([self.kind, asked], sort_keys=True).encode())
        for entry in sorted(self.entries, key=lambda entry: entry.sha256):
            digest.update(f"{entry.sha256} {' '.join(sorted(entry.tag_ids))}\n".encode())
        return digest.hexdigest()


def take(session: Session, project: Project) -> Snapshot:
    """The tagged images of a project as they are now."""
    tags = {tag.id: tag for tag in session.scalars(select(Tag).where(Tag.project_id == project.id))}
    found = session.execute(
        select(Image.sha256, Image.width, Image.height, ImageTag.tag_id)
        .join(ImageTag, ImageTag.image_id == Image.id)
        .where(Image.project_id == project.id)
        .order_by(Image.id, ImageTag.created, ImageTag.tag_id)
    )
    sides: dict[str, int] = {}
    tag_ids: dict[str, list[str]] = {}
    for sha256, width, height, tag_id in found:
        sides[sha256] = min(width, height)
        tag_ids.setdefault(sha256, []).append(tag_id)
    entries = [
        Entry(sha256, sides[sha256], _classes(of_image, tags, kind=project.kind))
        for sha256, of_image in tag_ids.items()
    ]
    used = {tag_id for entry in entries for tag_id in entry.tag_ids}
    return Snapshot(project.kind, entries, {tag_id: tags[tag_id] for tag_id in sorted(used)})


def _classes(tag_ids: Sequence[str], tags: Mapping[str, Tag], *, kind: ProjectKind) -> tuple[str, ...]:
    if kind == "multiclass":
        return (tag_ids[0],)
    return tuple(tag_id for tag_id in tag_ids if tags[tag_id].kind == "regular")


def listing_path(store: Store, iteration_id: str) -> Path:
    """The table that `fudemoji train` reads."""
    return store.folder / "sets" / f"{iteration_id}.csv"


def write_listing(store: Store, iteration_id: str, snapshot: Snapshot) -> None:
    """Write the table of images and tag ids, and beside it the table of what the tags are called.

    Each line says `train`: the part that is held out is cut off by the training.
    """
    path = listing_path(store, iteration_id)
    several = snapshot.kind == "multilabel"
    images = os.path.relpath(store.blobs.folder, path.parent)
    _write_table(
        path,
        ("path", "labels" if several else "label", "split"),
        [
            (f"{images}/{entry.sha256[:2]}/{entry.sha256[2:]}", "|".join(entry.tag_ids), "train")
            for entry in snapshot.entries
        ],
    )
    _write_table(
        path.with_suffix(".classes.csv"), ("label", "glyph", "name"), map(_named, snapshot.tags.values())
    )


def _named(tag: Tag) -> tuple[str, str, str]:
    """How a tag is shown in a report: as a sign with its reading, or by its name."""
    known = class_named(tag.name)
    if known.glyph:
        return tag.id, known.glyph, known.romanisation
    return (tag.id, tag.name, "") if len(tag.name) == 1 else (tag.id, "", tag.name)


def _write_table(path: Path, header: Sequence[str], rows: Any) -> None:
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
