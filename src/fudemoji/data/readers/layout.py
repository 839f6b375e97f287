"""Class folders, with splits around them or not, read out of the paths of a folder's or an archive's files."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from fudemoji.data.listing import IMAGE_SUFFIXES, VIDEO_SUFFIXES, Item, Listing, Problem
from fudemoji.data.named.characters import character_class
from fudemoji.data.readers.classmap import glyph_of
from fudemoji.data.sets import Kind, LabelClass
from fudemoji.errors import DataError

__all__ = [
    "EXPECTED",
    "Entry",
    "arrange",
    "class_named",
    "in_order",
    "is_passed_over",
    "kind_of",
    "media_kind",
    "split_named",
]

EXPECTED = "expected CLASS/IMAGE, or train/CLASS/IMAGE with valid/ and test/ beside train/"
MAX_IMAGE_BYTES = 256 << 20
MAX_VIDEO_BYTES = 8 << 30
_SPLITS = {
    "train": "train", "training": "train",
    "val": "valid", "valid": "valid", "validation": "valid",
    "test": "test", "testing": "test",
}  # fmt: skip
_ORDER = {"train": 0, "valid": 1, "test": 2, "": 3}
_JUNK = frozenset(("__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN"))
_MEDIA = dict.fromkeys(IMAGE_SUFFIXES, "image") | dict.fromkeys(VIDEO_SUFFIXES, "video")
_SCRIPTS = (
    "HIRAGANA",
    "KATAKANA",
    "CJK UNIFIED",
    "CJK COMPATIBILITY IDEOGRAPH",
    "VERTICAL KANA",
    "IDEOGRAPHIC",
)


class Entry(NamedTuple):
    """A file that was found: where it lies, how long it is, and how to read it.

    Attributes:
        parts: folders and file name below the source.
        num_bytes: its length.
        read: its bytes.
        stamp: what changes when the content may have.
        path: the file on the disk, where it is one of its own.
    """

    parts: tuple[str, ...]
    num_bytes: int
    read: Callable[[], bytes]
    stamp: tuple[int | str, ...] = ()
    path: Path | None = None

    @property
    def name(self) -> str:
        """The parts with `/` between them; what is no Unicode in a file's name is written as an escape."""
        return printable("/".join(self.parts))


def printable(name: str) -> str:
    """The name with an escape for each byte that is no UTF-8."""
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode("utf-8")


def split_named(name: str) -> str:
    """`train`, `valid` or `test` where a folder or a cell names a split, else an empty string.

    >>> [split_named(name) for name in ("Validation", "TRAIN", "cats")]
    ['valid', 'train', '']
    """
    return _SPLITS.get(name.casefold(), "")


def class_named(name: str) -> LabelClass:
    """The class of a folder or a cell: of a character for `U+304A` or a single kana or kanji, else called so.

    >>> class_named("U+304A").glyph, class_named("お").id, class_named("ants")
    ('お', 'U+304A', LabelClass(id='ants', glyph='', romanisation=''))
    """
    glyph = glyph_of(name) or (name if len(name) == 1 and _is_kana_or_kanji(name) else "")
    return character_class(glyph) if glyph else LabelClass(name)


def _is_kana_or_kanji(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith(_SCRIPTS)


def in_order(classes: Iterable[LabelClass]) -> tuple[LabelClass, ...]:
    """Each class once: characters by code point, numbers by value, else by name.

    >>> [c.id for c in in_order(map(LabelClass, ["10", "9", "10"]))]
    ['9', '10']
    """
    different = set(classes)
    if different and all(c.glyph for c in different):
        return tuple(sorted(different, key=lambda c: ord(c.glyph)))
    if all(c.id.isascii() and c.id.isdigit() for c in different):
        return tuple(sorted(different, key=lambda c: (int(c.id), c.id)))
    return tuple(sorted(different, key=lambda c: c.id))


def media_kind(name: str) -> str:
    """`image`, `video` or nothing, by the ending of a file's name."""
    return _MEDIA.get(name[name.rfind(".") :].lower(), "")


def kind_of(classes: Sequence[LabelClass], *, num_videos: int, num_images: int, source: str) -> Kind:
    """What a set shows: clips where there are videos, characters where each class is one sign, else photos.

    Raises:
        DataError: both images and videos.
    """
    if num_videos and num_images:
        raise DataError(
            f"{source} holds {num_images:,} images and {num_videos:,} videos; a set is of one kind: move either away"
        )
    if num_videos:
        return "clips"
    return "characters" if all(c.glyph or len(c.id) == 1 for c in classes) else "photos"


def is_passed_over(name: str) -> bool:
    """Whether a file or folder is hidden, or made by the system."""
    return name[:1] == "." or name in _JUNK


def size_problem(name: str, num_bytes: int) -> Problem | None:
    """What is wrong with a file of this length, if anything."""
    if not num_bytes:
        return Problem(name, "empty", "is an empty file")
    most = MAX_VIDEO_BYTES if media_kind(name) == "video" else MAX_IMAGE_BYTES
    if num_bytes > most:
        return Problem(name, "huge", f"is {num_bytes:,} bytes long; {most:,} at most are read")
    return None


def arrange(
    entries: Iterable[Entry],
    *,
    name: str,
    source: str,
    problems: Iterable[Problem] = (),
    unwrap: bool = False,
) -> Listing:
    """The listing of files in class folders.

    Args:
        entries: all files below the source.
        name: of the set.
        source: what errors call it.
        problems: what was passed over already.
        unwrap: whether a single folder around everything is passed over, as archives have it.

    Raises:
        DataError: no images, no class folders, folders nested deeper, two folders for one split.
    """
    found = list(problems)
    media = []
    for entry in _without_hidden(entries, found):
        if media_kind(entry.parts[-1]):
            media.append(entry)
        else:
            found.append(Problem(entry.name, "stray", "is no image or video by its name"))
    depth = _wrapping(media) if unwrap else 0
    places = _places(media, depth, source, found)
    items = []
    class_of = {folder: class_named(printable(folder)) for folder in {folder for _, _, folder in places}}
    labelled = [(entry, split, class_of[folder]) for entry, split, folder in places]
    usable = [row for row in labelled if not _has_wrong_size(row[0], found)]
    classes = in_order({label_class for _, _, label_class in usable})
    if not classes:
        raise DataError(f"{source}: every image in it is empty or too large ({found[-1]})")
    _tell_empty_classes(labelled, classes, found)
    place_of = {label_class: place for place, label_class in enumerate(classes)}
    usable.sort(key=lambda row: (_ORDER[row[1]], place_of[row[2]], row[0].parts))
    for entry, split, label_class in usable:
        items.append(Item(entry.name, (place_of[label_class],), entry.read, split, entry.stamp, entry.path))
    num_videos = sum(media_kind(item.name) == "video" for item in items)
    kind = kind_of(classes, num_videos=num_videos, num_images=len(items) - num_videos, source=source)
    return Listing(name, source, kind, classes, tuple(items), tuple(found))


def _without_hidden(entries: Iterable[Entry], found: list[Problem]) -> Iterable[Entry]:
    """The entries but for hidden files and those of the system; a hidden folder is told once."""
    told = set()
    for entry in entries:
        hidden = next((i for i, part in enumerate(entry.parts) if is_passed_over(part)), None)
        if hidden is None:
            yield entry
            continue
        place = printable("/".join(entry.parts[: hidden + 1]))
        if place not in told:
            told.add(place)
            found.append(Problem(place, "stray", "is hidden, or made by the system"))


def _wrapping(media: Sequence[Entry]) -> int:
    """How many folders lie around everything that do not mean anything: `photos/` in photos/ants/1.jpg."""
    depth = 0
    while media and all(len(entry.parts) > depth + 2 for entry in media):
        tops = {entry.parts[depth] for entry in media}
        if len(tops) > 1 or split_named(next(iter(tops))):
            break
        depth += 1
    return depth


def _places(
    media: Sequence[Entry], depth: int, source: str, found: list[Problem]
) -> list[tuple[Entry, str, str]]:
    """Of each file in a class folder: the file, its split or an empty string, and the folder's name."""
    if not media:
        raise DataError(f"{source} holds no image or video; {EXPECTED}")
    deeper = {entry.parts[depth] for entry in media if len(entry.parts) > depth + 2}
    splits = {top: split_named(top) for top in deeper}
    has_splits = "train" in splits.values() or (bool(deeper) and all(splits.values()))
    least = depth + (3 if has_splits else 2)
    _check_splits({top: split for top, split in splits.items() if split} if has_splits else {}, source)
    places = []
    for entry in media:
        parts = entry.parts
        if has_splits and len(parts) > 1 + depth and not split_named(parts[depth]):
            found.append(Problem(entry.name, "stray", "lies beside the folders of the splits"))
        elif len(parts) < least:
            found.append(Problem(entry.name, "stray", "lies beside the class folders, not in one"))
        elif len(parts) > least:
            raise DataError(_nested(entry, depth, source))
        else:
            places.append((entry, split_named(parts[depth]) if has_splits else "", parts[-2]))
    if not places:
        raise DataError(f"{source} holds {len(media):,} images or videos but no class folders; {EXPECTED}")
    return places


def _check_splits(splits: dict[str, str], source: str) -> None:
    for split in set(splits.values()):
        tops = sorted(top for top in splits if splits[top] == split)
        if len(tops) > 1:
            raise DataError(f"{source} has {' and '.join(tops)} for the {split} split; keep one of them")


def _nested(entry: Entry, depth: int, source: str) -> str:
    top = printable("/".join(entry.parts[: depth + 1]))
    return f"{source}: {entry.name} lies too deep; {EXPECTED}; or give the folder {top} in it"


def _has_wrong_size(entry: Entry, found: list[Problem]) -> bool:
    if 0 < entry.num_bytes <= MAX_IMAGE_BYTES:
        return False
    problem = size_problem(entry.name, entry.num_bytes)
    if problem:
        found.append(problem)
    return problem is not None


def _tell_empty_classes(
    labelled: Sequence[tuple[Entry, str, LabelClass]], classes: Sequence[LabelClass], found: list[Problem]
) -> None:
    found.extend(
        Problem(label_class.id, "empty", "has no image that is not empty; the class is left out")
        for label_class in in_order({row[2] for row in labelled})
        if label_class not in classes
    )
