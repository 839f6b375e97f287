import os
from pathlib import Path

import pytest

from fudemoji.data.readers import list_folders
from fudemoji.errors import DataError


def plant(folder: Path, *names: str, content: bytes = b"x") -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def rows(listing):
    return [(item.name, listing.classes[item.labels[0]].id, item.split) for item in listing.items]


def problems(listing):
    return {problem.name: problem.kind for problem in listing.problems}


def test_each_folder_is_a_class_and_nothing_is_read(tmp_path):
    listing = list_folders(plant(tmp_path / "photos", "bees/b.jpg", "ants/2.PNG", "ants/1.jpeg"))
    assert rows(listing) == [
        ("ants/1.jpeg", "ants", ""),
        ("ants/2.PNG", "ants", ""),
        ("bees/b.jpg", "bees", ""),
    ]
    assert (listing.name, listing.kind, listing.problems) == ("photos", "photos", ())
    item = listing.items[0]
    assert item.read() == b"x"
    assert item.path == tmp_path / "photos/ants/1.jpeg"
    assert item.stamp == (1, item.path.stat().st_mtime_ns)


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "VALIDATION", "testing"), ("train", "valid")]
)
def test_folders_of_splits_around_the_classes_are_told_by_their_names(tmp_path, names):
    plant(tmp_path, *(f"{name}/{label}/1.jpg" for name in names for label in ("ants", "bees")))
    listing = list_folders(tmp_path)
    splits = ["train", "valid", "test"][: len(names)]
    assert rows(listing) == [
        (f"{name}/{label}/1.jpg", label, split)
        for name, split in zip(names, splits, strict=True)
        for label in ("ants", "bees")
    ]


def test_a_class_may_be_called_train_or_test_where_images_lie_in_it(tmp_path):
    listing = list_folders(plant(tmp_path, "train/1.jpg", "plane/1.jpg", "test/1.jpg"))
    assert [c.id for c in listing.classes] == ["plane", "test", "train"]
    assert {item.split for item in listing.items} == {""}


def test_numbers_sort_by_value_and_characters_by_code_point(tmp_path):
    numbers = list_folders(plant(tmp_path / "a", "10/1.png", "9/1.png", "1/1.png"))
    assert [c.id for c in numbers.classes] == ["1", "9", "10"]
    signs = list_folders(plant(tmp_path / "b", "U+304B/1.png", "お/1.png", "一/1.png"))
    assert [(c.id, c.glyph, c.romanisation) for c in signs.classes] == [
        ("U+304A", "お", "o"),
        ("U+304B", "か", "ka"),
        ("U+4E00", "一", ""),
    ]
    assert signs.kind == "characters"
    assert list_folders(plant(tmp_path / "c", "3/1.png", "8/1.png")).kind == "characters"


def test_japanese_names_stay_as_they_are_written(tmp_path):
    composed, decomposed = "\u304c", "\u304b\u3099"  # both are shown as が
    listing = list_folders(plant(tmp_path, f"{composed}/犬 の.jpg", f"{decomposed}/1.jpg"))
    assert {c.id for c in listing.classes} == {"U+304C", decomposed}
    assert f"{composed}/犬 の.jpg" in [item.name for item in listing.items]


def test_a_name_that_is_no_unicode_is_shown_with_escapes_and_can_be_read(tmp_path):
    plant(tmp_path, "a/1.jpg", "b/1.jpg")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a/\xff.jpg")).write_bytes(b"y")
    item = next(item for item in list_folders(tmp_path).items if "dcff" in item.name)
    assert item.name == r"a/\udcff.jpg"
    assert item.read() == b"y"


def test_what_is_no_image_is_passed_over_and_told(tmp_path):
    plant(tmp_path, "ants/1.jpg", "bees/1.jpg", "README.md", "cover.jpg", "ants/notes.txt", "bees/noending")
    plant(tmp_path, ".git/x", ".git/y", "ants/.DS_Store", "__MACOSX/ants/1.jpg", "ants/Thumbs.db")
    plant(tmp_path, "bees/2.jpg", content=b"")
    (tmp_path / "wasps").mkdir()
    os.mkfifo(tmp_path / "ants/pipe.jpg")
    listing = list_folders(tmp_path)
    assert [item.name for item in listing.items] == ["ants/1.jpg", "bees/1.jpg"]
    assert problems(listing) == {
        **dict.fromkeys(["README.md", "cover.jpg", "ants/notes.txt", "bees/noending"], "stray"),
        **dict.fromkeys([".git", "ants/.DS_Store", "__MACOSX", "ants/Thumbs.db", "ants/pipe.jpg"], "stray"),
        "bees/2.jpg": "empty",
        "wasps": "empty",
    }


def test_a_class_of_empty_files_is_left_out_and_told(tmp_path):
    plant(tmp_path, "ants/1.jpg", "bees/1.jpg")
    plant(tmp_path, "wasps/1.jpg", content=b"")
    listing = list_folders(tmp_path)
    assert [c.id for c in listing.classes] == ["ants", "bees"]
    assert problems(listing) == {"wasps/1.jpg": "empty", "wasps": "empty"}


def test_a_huge_file_is_left_out_without_being_read(tmp_path):
    plant(tmp_path, "ants/1.jpg", "bees/1.jpg")
    with (tmp_path / "ants/huge.jpg").open("wb") as file:
        file.truncate((256 << 20) + 1)
    assert problems(list_folders(tmp_path)) == {"ants/huge.jpg": "huge"}


def test_links_are_followed_but_not_round_in_circles(tmp_path):
    plant(tmp_path / "elsewhere", "1.jpg")
    root = plant(tmp_path / "set", "ants/1.jpg")
    (root / "bees").symlink_to(tmp_path / "elsewhere")
    (root / "ants/2.jpg").symlink_to(tmp_path / "elsewhere/1.jpg")
    (root / "ants/gone.jpg").symlink_to(tmp_path / "nowhere")
    (root / "ants/up").symlink_to(root)
    (root / "self").symlink_to(root)
    listing = list_folders(root)
    assert [item.name for item in listing.items] == ["ants/1.jpg", "ants/2.jpg", "bees/1.jpg"]
    assert problems(listing) == {"ants/gone.jpg": "missing", "ants/up": "stray", "self": "stray"}


def test_videos_make_clips(tmp_path):
    listing = list_folders(plant(tmp_path, "walk/1.mp4", "run/2.AVI"))
    assert listing.kind == "clips"
    with pytest.raises(
        DataError, match=r"holds 1 images and 2 videos; a set is of one kind: move either away$"
    ):
        list_folders(plant(tmp_path, "walk/poster.jpg"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), r"is empty; expected CLASS/IMAGE, or train/CLASS/IMAGE with valid/ and test/ beside train/$"),
        (("a.txt", "b/c.txt"), r"holds no image or video; expected CLASS/IMAGE"),
        (("1.jpg", "2.jpg"), r"holds 2 images or videos but no class folders; expected CLASS/IMAGE"),
        (
            ("photos/train/ants/1.jpg", "photos/train/bees/1.jpg"),
            r"photos/train/ants/1\.jpg lies too deep; expected .*; or give the folder photos in it$",
        ),
        (("train/ants/more/1.jpg", "train/bees/1.jpg"), r"train/ants/more/1\.jpg lies too deep"),
        (("ants/red/1.jpg", "bees/1.jpg"), r"ants/red/1\.jpg lies too deep"),
        (
            ("train/ants/1.jpg", "val/ants/1.jpg", "valid/ants/1.jpg"),
            r"has val and valid for the valid split; keep one",
        ),
    ],
)
def test_what_is_no_set_of_class_folders_is_told_in_one_line(tmp_path, names, message):
    with pytest.raises(DataError, match=message):
        list_folders(plant(tmp_path, *names))


def test_a_set_of_empty_files_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"every image in it is empty or too large \(ants/1\.jpg: is an empty file\)"
    ):
        list_folders(plant(tmp_path, "ants/1.jpg", content=b""))


def test_images_beside_the_splits_are_passed_over(tmp_path):
    plant(
        tmp_path,
        "train/ants/1.jpg",
        "train/bees/1.jpg",
        "train/loose.jpg",
        "test/unlabelled.jpg",
        "extra/a/1.jpg",
    )
    listing = list_folders(tmp_path)
    assert [item.name for item in listing.items] == ["train/ants/1.jpg", "train/bees/1.jpg"]
    assert problems(listing) == dict.fromkeys(
        ["train/loose.jpg", "test/unlabelled.jpg", "extra/a/1.jpg"], "stray"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_a_folder_that_cannot_be_read_is_named(tmp_path):
    plant(tmp_path, "ants/1.jpg", "bees/1.jpg")
    (tmp_path / "bees").chmod(0)
    with pytest.raises(
        DataError, match=r"bees cannot be read: Permission denied; make it readable or move it away"
    ):
        list_folders(tmp_path)


def test_the_hymenoptera_are_listed_with_their_placeholder(shared_data):
    listing = list_folders(shared_data("hymenoptera"))
    assert [c.id for c in listing.classes] == ["ants", "bees"]
    assert "train/ants/imageNotFound.gif" in [item.name for item in listing.items]
    counts = [sum(item.split == split for item in listing.items) for split in ("train", "valid")]
    assert counts == [245, 153]
    assert listing.items[0].read()[:2] == b"\xff\xd8"
