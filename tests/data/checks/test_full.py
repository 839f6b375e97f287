import json
import shutil

import numpy as np
import pytest
from PIL import Image

from builders import classes, glyphs
from fudemoji.data import load
from fudemoji.data.checks.full import check, check_subject
from fudemoji.data.checks.quick import warnings_of
from fudemoji.data.checks.subject import open_subject
from fudemoji.data.sets import ImageSet
from fudemoji.errors import DataError


def scene(seed, size=(96, 72)):
    """A picture like no other: blurred blots with sharp strokes."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    pixels = np.array(coarse)
    for _ in range(6):
        top, left = rng.integers(0, size[1] - 12), rng.integers(0, size[0] - 12)
        pixels[top : top + rng.integers(4, 12), left : left + rng.integers(4, 12)] = rng.integers(0, 256, 3)
    return Image.fromarray(pixels)


def jpeg(path, picture, quality=95):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=quality)


@pytest.fixture
def tidy(tmp_path):
    """Twelve different pictures of two classes in two splits."""
    folder = tmp_path / "tidy"
    for seed in range(12):
        split, name = ("train", "valid")[seed >= 8], ("cat", "dog")[seed % 2]
        jpeg(folder / split / name / f"{seed}.jpg", scene(seed))
    return folder


def found(folder, tmp_path):
    return check_subject(open_subject(folder, cache_dir=tmp_path / "cache"))


def kinds(findings):
    return [finding.kind for finding in findings.findings]


def test_a_tidy_folder_has_no_findings(tidy, tmp_path):
    findings = found(tidy, tmp_path)
    assert kinds(findings) == []
    assert (findings.num_images, findings.splits) == (12, {"train": 8, "valid": 4})
    assert [(c.id, c.num_images, c.splits) for c in findings.classes] == [
        ("cat", 6, {"train": 4, "valid": 2}),
        ("dog", 6, {"train": 4, "valid": 2}),
    ]
    assert findings.effective_classes == pytest.approx(2)


def test_broken_truncated_empty_and_stray_files_are_named(tidy, tmp_path):
    whole = (tidy / "train" / "cat" / "0.jpg").read_bytes()
    (tidy / "train" / "cat" / "broken.jpg").write_bytes(b"no picture at all")
    (tidy / "train" / "cat" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tidy / "train" / "dog" / "empty.png").write_bytes(b"")
    (tidy / "train" / "notes.txt").write_text("hello")
    findings = found(tidy, tmp_path)
    assert findings.of_kind("broken").files == ("train/cat/broken.jpg",)
    assert findings.of_kind("truncated").files == ("train/cat/cut.jpg",)
    assert findings.of_kind("empty").files == ("train/dog/empty.png",)
    assert findings.of_kind("stray").files == ("train/notes.txt",)
    assert [f.severity for f in findings.findings] == ["error", "error", "error", "note"]
    assert findings.num_images == 12


def test_an_exact_copy_in_another_split_is_a_leak(tidy, tmp_path):
    shutil.copyfile(tidy / "train" / "cat" / "0.jpg", tidy / "valid" / "cat" / "写し.jpg")
    findings = found(tidy, tmp_path)
    pair = ("train/cat/0.jpg", "valid/cat/写し.jpg")
    assert kinds(findings) == ["leak", "duplicate"]
    assert findings.of_kind("leak").groups == findings.of_kind("duplicate").groups == (pair,)
    assert findings.of_kind("leak").files == pair


def test_a_re_encoded_copy_is_a_near_duplicate_and_leaks_too(tidy, tmp_path):
    jpeg(tidy / "valid" / "dog" / "again.jpg", Image.open(tidy / "train" / "dog" / "1.jpg"), quality=50)
    findings = found(tidy, tmp_path)
    assert kinds(findings) == ["leak", "near-duplicate"]
    assert findings.of_kind("near-duplicate").groups == (("train/dog/1.jpg", "valid/dog/again.jpg"),)


def test_the_same_pixels_in_another_format_are_an_exact_copy(tidy, tmp_path):
    Image.open(tidy / "train" / "cat" / "2.jpg").save(tidy / "train" / "cat" / "2.png")
    findings = found(tidy, tmp_path)
    assert kinds(findings) == ["duplicate"]
    assert findings.of_kind("duplicate").groups == (("train/cat/2.jpg", "train/cat/2.png"),)


def test_the_same_picture_under_two_labels_is_an_error(tidy, tmp_path):
    with Image.open(tidy / "train" / "cat" / "4.jpg") as picture:
        picture.resize((192, 144)).save(tidy / "train" / "dog" / "large.png")
    findings = found(tidy, tmp_path)
    assert kinds(findings) == ["two-labels", "near-duplicate"]
    assert findings.of_kind("two-labels").groups == (("train/cat/4.jpg", "train/dog/large.png"),)


def test_blank_images_are_told_as_such_and_not_as_copies(tidy, tmp_path):
    for split, name in (("train", "cat"), ("valid", "dog")):
        Image.new("RGB", (50, 40), (251, 250, 250)).save(tidy / split / name / "white.png")
    findings = found(tidy, tmp_path)
    assert kinds(findings) == ["blank"]
    assert findings.of_kind("blank").files == ("train/cat/white.png", "valid/dog/white.png")


def test_small_single_and_unseen_classes_are_told(tidy, tmp_path):
    jpeg(tidy / "train" / "bird" / "a.jpg", scene(50))
    jpeg(tidy / "valid" / "fish" / "b.jpg", scene(51))
    findings = found(tidy, tmp_path)
    assert findings.of_kind("unseen-class").classes == ("fish",)
    assert findings.of_kind("unseen-class").files == ("valid/fish/b.jpg",)
    assert findings.of_kind("single-image").classes == ("bird",)


def test_a_class_of_two_images_is_too_small_where_three_splits_must_be_cut(tmp_path):
    for seed in range(10):
        jpeg(tmp_path / "plain" / ("a" if seed < 8 else "b") / f"{seed}.jpg", scene(seed))
    findings = found(tmp_path / "plain", tmp_path)
    assert kinds(findings) == ["small-class", "imbalance"]
    assert findings.splits == {}
    assert findings.of_kind("small-class").files == ("b/8.jpg", "b/9.jpg")
    assert findings.largest_over_smallest == 4
    witness = np.exp(-(0.8 * np.log(0.8) + 0.2 * np.log(0.2)))
    assert findings.effective_classes == pytest.approx(witness)


def test_a_folder_of_one_class_is_told_so(tmp_path):
    for seed in range(4):
        jpeg(tmp_path / "plain" / "a" / f"{seed}.jpg", scene(seed))
    assert kinds(found(tmp_path / "plain", tmp_path)) == ["one-class"]


def test_far_longer_and_far_smaller_images_are_noted(tidy, tmp_path):
    jpeg(tidy / "train" / "cat" / "long.jpg", scene(60, (400, 60)))
    Image.fromarray(np.asarray(scene(61))[:16, :18]).save(tidy / "train" / "dog" / "tiny.png")
    finding = found(tidy, tmp_path).of_kind("unusual-size")
    assert finding.files == ("train/cat/long.jpg", "train/dog/tiny.png")
    assert finding.details == ("400 x 60 pixels", "18 x 16 pixels")
    assert finding.severity == "note"


def arrays(*, copies=(), num_train=12, num_test=6):
    rng = np.random.default_rng(3)
    images = (
        rng.integers(0, 256, (num_train + num_test, 1, 7, 7), dtype=np.uint8)
        .repeat(4, axis=2)
        .repeat(4, axis=3)
    )
    for place, of in copies:
        images[place] = images[of]
    labels = (np.arange(len(images)) % 2).astype(np.int64)
    splits = {"train": np.arange(num_train), "test": np.arange(num_train, num_train + num_test)}
    return ImageSet("arrays", images, labels, classes("一丨"), splits)


def test_images_of_an_array_go_by_split_and_number():
    findings = check(arrays(copies=[(14, 4), (7, 2)]))
    assert kinds(findings) == ["leak", "two-labels", "duplicate"]
    assert findings.of_kind("leak").groups == (("train/4", "test/2"),)
    assert findings.of_kind("two-labels").groups == (("train/2", "train/7"),)
    assert findings.of_kind("duplicate").files == ("train/2", "train/7", "train/4", "test/2")


def test_windows_of_one_clip_are_no_copies_of_each_other():
    clips = (
        np.random.default_rng(0).integers(0, 256, (4, 1, 4, 8, 8), dtype=np.uint8).repeat(4, 3).repeat(4, 4)
    )
    clips[1] = clips[0]
    clips[3] = clips[2]
    data = ImageSet(
        "clips", clips, np.array([0, 0, 1, 1]), classes("一丨"), {"train": np.arange(4)}, kind="clips",
        names=("a.mp4", "a.mp4", "b.mp4", "c.mp4"),
    )  # fmt: skip
    findings = check(data)
    assert findings.num_images == 3
    assert findings.of_kind("duplicate").groups == (("b.mp4", "c.mp4"),)


def test_several_labels_contradict_each_other_only_where_they_differ():
    images = arrays(copies=[(1, 0), (3, 2)]).images
    labels = np.zeros((len(images), 2), dtype=bool)
    labels[:, 0] = True
    labels[::3, 1] = True
    labels[0] = labels[1] = (True, True)
    data = ImageSet(
        "many", images, labels, classes("一丨"), {"train": np.arange(12), "test": np.arange(12, 18)}
    )
    assert check(data).of_kind("two-labels").groups == (("train/2", "train/3"),)


def test_findings_turn_into_json(tidy, tmp_path):
    (tidy / "train" / "cat" / "broken.jpg").write_bytes(b"x" * 100)
    told = json.loads(json.dumps(found(tidy, tmp_path).to_dict()))
    assert told["findings"][0]["files"] == ["train/cat/broken.jpg"]
    assert set(told) == {
        "name", "source", "num_images", "image_size", "splits", "classes", "largest_over_smallest",
        "effective_classes", "findings",
    }  # fmt: skip


def test_a_source_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"^no folder .*/nowhere"):
        open_subject(tmp_path / "nowhere")


def test_a_file_that_vanishes_after_decoding_does_no_harm(tidy, tmp_path):
    shutil.copyfile(tidy / "train" / "cat" / "0.jpg", tidy / "train" / "cat" / "copy.jpg")
    subject = open_subject(tidy, cache_dir=tmp_path / "cache")
    (tidy / "train" / "cat" / "copy.jpg").unlink()
    findings = check_subject(subject)
    assert findings.of_kind("near-duplicate").groups == (("train/cat/0.jpg", "train/cat/copy.jpg"),)
    place = subject.names.index("train/cat/copy.jpg")
    assert subject.picture(place, side=100).shape == (3, 64, 64)


def test_a_training_is_warned_of_copies_across_splits_and_labels_and_of_imbalance():
    assert warnings_of(arrays()) == []
    data = arrays(copies=[(14, 4), (7, 2)])
    assert warnings_of(data) == [
        "1 picture with the same pixels in test and train; see `fudemoji data check`",
        "1 picture with the same pixels under two labels; see `fudemoji data check`",
    ]
    uneven = glyphs(44, 0)
    keep = np.flatnonzero((uneven.labels != 0) | (np.arange(44) == 0))
    [told] = warnings_of(uneven.with_splits({"train": keep}))
    assert told.startswith("imbalanced: the largest class has 11 training images, the smallest 1")


def test_kmnist_has_nothing_to_tell(shared_data):
    from fudemoji.data import load

    assert warnings_of(load(shared_data("kmnist-8k"))) == []


def test_the_placeholder_among_the_ants_is_found_and_nothing_else(shared_data, tmp_path):
    findings = found(shared_data("hymenoptera"), tmp_path)
    assert kinds(findings) == ["unusual-format"]
    assert findings.findings[0].files == ("train/ants/imageNotFound.gif",)
    assert findings.num_images == 398


def test_a_table_with_several_labels_an_image_is_checked(tidy, tmp_path):
    shutil.copyfile(tidy / "train" / "cat" / "0.jpg", tidy / "copy.jpg")
    lines = [
        "path,labels,split",
        "train/cat/0.jpg,cat|tame,train",
        "copy.jpg,cat,test",
        "train/dog/1.jpg,dog|tame,train",
    ]
    (tidy / "labels.csv").write_text("\n".join([*lines, "valid/dog/9.jpg,dog,test", ""]), encoding="utf-8")
    findings = found(tidy / "labels.csv", tmp_path)
    assert findings.of_kind("two-labels").files == ("train/cat/0.jpg", "copy.jpg")
    assert findings.of_kind("leak").files == ("train/cat/0.jpg", "copy.jpg")
    assert [(c.id, c.num_images) for c in findings.classes] == [("cat", 2), ("dog", 2), ("tame", 2)]


def test_the_one_file_of_another_format_is_told_of_and_warned_of(tmp_path):
    folder = tmp_path / "photos"
    for number in range(99):
        jpeg(
            folder / ("cat", "dog")[number % 2] / f"{number}.{('jpg', 'JPEG')[number % 3 == 0]}",
            scene(number),
        )
    scene(99).convert("P").save(folder / "dog" / "not-found.gif")
    finding = found(folder, tmp_path).of_kind("unusual-format")
    assert finding.files == ("dog/not-found.gif",)
    assert finding.severity == "note"
    data = load(folder, cache_dir=tmp_path / "cache")
    assert "1 file of another format than the others, such as dog/not-found.gif" in warnings_of(data)
