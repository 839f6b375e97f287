"""Images of a service as a folder with a listing, which `fudemoji train` reads."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from fudemoji.data.decoding.picture import quiet_pillow
from fudemoji.data.readers.layout import class_named
from fudemoji.errors import SettingsError
from fudemoji.locks import folder_lock
from fudemoji.runs import write_beside
from fudemoji.server.importing.downloading import Fetched
from fudemoji.server.importing.source import ImportFailed, SourceProject, SourceTag

__all__ = ["FolderDestination"]

_LISTING, _RECORD = "labels.csv", "import.jsonl"
_SUFFIXES = {
    "JPEG": "jpg",
    "MPO": "jpg",
    "PNG": "png",
    "BMP": "bmp",
    "GIF": "gif",
    "WEBP": "webp",
    "TIFF": "tif",
}
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class FolderDestination:
    """A folder: `images/` with the files, `labels.csv` with their tags, and `import.jsonl`, which knows them by id.

    Attributes:
        place: the listing.
    """

    def __init__(self, folder: Path, *, endpoint: str) -> None:
        self.folder = folder
        self.place = str(folder / _LISTING)
        self._endpoint = endpoint
        self._files: dict[str, str] = {}
        self._tags: dict[str, SourceTag] = {}
        self._is_multi_label = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other imports out of the folder.

        Raises:
            SettingsError: another one is at work there.
        """
        with _told(self.folder):
            (self.folder / "images").mkdir(parents=True, exist_ok=True)
        refusal = SettingsError(f"another import into {self.folder} is under way; let it end")
        with folder_lock(self.folder, refusal=refusal):
            yield

    def begin(self, project: SourceProject, tags: Sequence[SourceTag]) -> set[str]:
        """Take the folder, or go on with it; the ids of the images that are there.

        Raises:
            SettingsError: it holds something else, or the names of tags cannot be told apart in a listing.
        """
        self._tags = {tag.id: tag for tag in tags}
        self._is_multi_label = project.kind == "multilabel"
        _check_names([tag.name for tag in tags], is_multi_label=self._is_multi_label)
        origin = {"endpoint": self._endpoint, "project": project.id, "name": project.name}
        with _told(self.folder):
            for leftover in (self.folder / "images").glob(".*.part"):  # of a call that was killed
                leftover.unlink()
            if (self.folder / _RECORD).exists():
                self._read_record(origin)
            else:
                self._start_record(origin)
        return set(self._files)

    def _start_record(self, origin: Mapping[str, str]) -> None:
        strangers = {path.name for path in self.folder.iterdir() if not path.name.startswith(".")} - {
            "images"
        }
        if strangers or any((self.folder / "images").iterdir()):
            raise SettingsError(
                f"{self.folder} holds other files already; choose an empty --folder, or one that does not exist yet"
            )
        with write_beside(self.folder / _RECORD) as file:
            file.write(_line(origin))

    def _read_record(self, origin: Mapping[str, str]) -> None:
        """The files that are there; a line that a kill has cut off is cut off for good."""
        path = self.folder / _RECORD
        whole = path.read_bytes().rpartition(b"\n")[0] + b"\n"
        try:
            first, *lines = (json.loads(line) for line in whole.splitlines())
            is_same = (first["endpoint"], first["project"]) == (origin["endpoint"], origin["project"])
            self._files = {
                line["image"]: line["file"] for line in lines if (self.folder / line["file"]).is_file()
            }
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f"{path} is damaged; choose another --folder") from error
        if not is_same:
            raise SettingsError(
                f"{self.folder} holds an import of '{first.get('name')}' from {first['endpoint']}; "
                "choose another --folder"
            )
        os.truncate(path, len(whole))

    def keep(self, group: Sequence[Fetched]) -> Mapping[str, str]:
        """Write the files, then their lines; why some are refused."""
        refused, lines = {}, []
        with _told(self.folder):
            for one in group:
                content = one.content or b""
                suffix = _suffix_of(content)
                if suffix is None:
                    refused[one.image.id] = "is no image in a known format"
                    continue
                file = f"images/{one.image.id}.{suffix}"
                with write_beside(self.folder / file) as opened:
                    opened.write(content)
                self._files[one.image.id] = file
                lines.append(_line({"image": one.image.id, "file": file}))
            with (self.folder / _RECORD).open("ab") as record:
                record.write(b"".join(lines))
                record.flush()
                os.fsync(record.fileno())
        return refused

    def settle(self, listed: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        """Write the listing of all images that have a tag."""
        held = {image: tags for image, tags in listed.items() if image in self._files}
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["path", "labels" if self._is_multi_label else "label"])
        for image, tag_ids in held.items():
            if tags := [self._tags[one] for one in tag_ids if one in self._tags]:
                rows.writerow([self._files[image], self._label(tags)])
        with _told(self.folder), write_beside(self.folder / _LISTING) as file:
            file.write(text.getvalue().encode())
        return held

    def _label(self, tags: Sequence[SourceTag]) -> str:
        if not self._is_multi_label:
            return tags[0].name
        return "|".join(tag.name for tag in tags if tag.kind == "regular")


def _check_names(names: Sequence[str], *, is_multi_label: bool) -> None:
    """Refuse names that a listing would read as others.

    Raises:
        SettingsError: there are such names.
    """
    classes = [class_named(name.strip()) for name in names]
    bad = [
        name
        for name, one in zip(names, classes, strict=True)
        if classes.count(one) > 1 or not name.strip() or (is_multi_label and "|" in name)
    ]
    if bad:
        raise SettingsError(
            f"the tags {', '.join(map(repr, bad[:5]))} cannot be told apart in a listing; rename them at the source, "
            "or import into a store (--data)"
        )


def _suffix_of(content: bytes) -> str | None:
    with warnings.catch_warnings():
        quiet_pillow()
        try:
            with Image.open(io.BytesIO(content)) as opened:
                return _SUFFIXES.get(opened.format or "")
        except Exception:  # Pillow raises what it likes on damaged files
            return None


def _line(content: Mapping[str, str]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What goes wrong on the disk, in a line.

    Raises:
        ImportFailed: with the reason.
    """
    try:
        yield
    except OSError as error:
        reason = "the disk is full" if error.errno in _NO_SPACE else error.strerror
        raise ImportFailed(
            f"{folder} cannot be written: {reason}; what has come is kept: give the same command again"
        ) from error
