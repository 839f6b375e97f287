import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

import fudemoji as fm
from builders import write_video
from fudemoji.data import load
from fudemoji.data.cache.decoded import Decoding
from fudemoji.errors import DataError

RNG = np.random.default_rng(0)


def picture(path, *, size=(40, 30), seed=None):
    """A photograph of sorts: large soft patches, another for each seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = RNG if seed is None else np.random.default_rng(seed)
    patches = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    patches.resize(size, Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Forty ants and twenty bees."""
    folder = tmp_path_factory.mktemp("sets") / "photos"
    for label, number in (("ants", 40), ("bees", 20)):
        for index in range(number):
            picture(folder / label / f"{index:02}.png")
    return folder


def sizes(data):
    return {name: len(part) for name, part in data.splits.items()}


def test_a_folder_becomes_a_set_with_names_kind_digest_and_notes(photos, tmp_path):
    data = load(photos)
    assert (data.name, data.kind, data.source, len(data.digest)) == ("photos", "photos", str(photos), 64)
    assert data.images.shape == (60, 3, 64, 64)
    assert data.names[:2] == ("ants/00.png", "ants/01.png")
    assert np.bincount(data.labels).tolist() == [40, 20]
    assert sizes(data) == {"train": 48, "valid": 6, "test": 6}
    assert data.notes == (
        "photos: 64x64, cropped (the shorter side fills it), RGB",
        "no splits given: cut train 48, valid 6, test 6, each class alike",
    )
    assert [path.name for path in photos.parent.iterdir()] == ["photos"], "nothing is written beside the set"


def test_the_same_set_comes_from_a_folder_a_zip_a_table_and_a_parquet_file(photos, tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for path in sorted(photos.rglob("*.png")):
            archive.write(path, path.relative_to(photos.parent))
    names = [path.relative_to(photos).as_posix() for path in sorted(photos.rglob("*.png"))]
    lines = [f"{photos}/{name},{name.partition('/')[0]}" for name in names]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *lines]), encoding="utf-8")
    pa = pytest.importorskip("pyarrow")
    content = [{"bytes": (photos / name).read_bytes(), "path": name} for name in names]
    table = pa.table({"image": content, "label": [name.partition("/")[0] for name in names]})
    pytest.importorskip("pyarrow.parquet").write_table(table, tmp_path / "set.parquet", row_group_size=7)
    shutil.make_archive(str(tmp_path / "set"), "gztar", photos)
    first = load(photos)
    for name in ("photos.zip", "labels.csv", "set.parquet", "set.tar.gz"):
        other = load(tmp_path / name)
        assert np.array_equal(first.images, other.images), name
        assert np.array_equal(first.labels, other.labels), name
        assert first.classes == other.classes
        assert sizes(first) == sizes(other)


def test_size_fit_share_and_seed_are_followed(photos):
    data = load(photos, decoding=Decoding(size=16, fit="letterbox", channels=1), valid=0.3, seed=5)
    assert data.images.shape == (60, 1, 16, 16)
    assert sizes(data) == {"train": 36, "valid": 18, "test": 6}
    other = load(photos, valid=0.3, seed=6)
    assert other.splits["test"].tolist() == data.splits["test"].tolist()
    assert other.splits["valid"].tolist() != data.splits["valid"].tolist()


def test_copies_and_near_copies_land_in_one_split(tmp_path):
    for label in ("ants", "bees"):
        for seed in range(20):
            path = picture(tmp_path / label / f"{seed:02}.png", seed=seed + 100 * (label == "bees"))
            Image.open(path).save(path.with_suffix(".jpg"), quality=80)
    data = load(tmp_path)
    for part in data.splits.values():
        stems = [data.names[place].rpartition(".")[0] for place in part]
        assert all(stems.count(stem) == 2 for stem in stems)
    assert data.notes[1].endswith("; copies and near-copies of one image stay together (40)")


def test_what_cannot_be_read_is_left_out_and_told(photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "ants/broken.jpg").write_bytes(b"no image")
    (folder / "ants/none.jpg").touch()
    (folder / "README.md").write_text("hello")
    (folder / "wasps").mkdir()
    (folder / "wasps/1.png").write_bytes((folder / "ants/00.png").read_bytes()[:100])
    data = load(folder)
    assert [c.id for c in data.classes] == ["ants", "bees"]
    assert len(data) == 60
    told = " / ".join((*data.notes, *data.warnings))
    assert "1 file passed over: README.md: is no image or video by its name" in told
    assert "3 files left out: ants/none.jpg: is an empty file, ants/broken.jpg: " in told
    assert "`fudemoji data check" in told
    assert "no image of wasps can be read: left out of the classes" in told


def test_given_splits_are_kept_and_validation_comes_from_train(photos, tmp_path):
    for split, start, stop in (("train", 0, 16), ("test", 16, 20)):
        for label in ("ants", "bees"):
            for index in range(start, stop):
                path = tmp_path / split / label / f"{index:02}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(photos / label / path.name, path)
    data = load(tmp_path)
    assert sizes(data) == {"train": 32, "test": 8}
    assert sizes(fm.data.cut_validation(data)) == {"train": 28, "valid": 4, "test": 8}
    (tmp_path / "test").rename(tmp_path / "val")
    assert sizes(load(tmp_path)) == {"train": 32, "valid": 8}


def test_a_class_without_training_images_is_told(photos, tmp_path):
    for name in ("train/ants/1.png", "train/bees/1.png", "test/ants/2.png", "test/wasps/2.png"):
        picture(tmp_path / name)
    told = " / ".join((*load(tmp_path).notes, *load(tmp_path).warnings))
    assert "1 of 3 classes without a training image: wasps" in told


def test_a_table_with_several_labels_makes_a_multi_label_set(photos, tmp_path):
    lines = [
        f"{photos}/ants/{i:02}.png,{'|'.join(['dark'] * (i % 2) + ['old'] * (i % 3 > 0))}" for i in range(40)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["path,labels", *lines]), encoding="utf-8")
    data = load(tmp_path / "t.csv")
    assert data.labels.dtype == np.bool_
    assert data.labels[:7].tolist() == [[bool(i % 2), i % 3 > 0] for i in range(7)]
    assert sum(sizes(data).values()) == 40


def test_characters_in_folders_are_characters(tmp_path):
    for sign in "あい":
        for index in range(4):
            picture(tmp_path / sign / f"{index}.png", size=(28, 28))
    data = load(tmp_path)
    assert (data.kind, data.image_size) == ("characters", (28, 28))
    assert [str(c) for c in data.classes] == ["あ a", "い i"]


def test_one_class_only_is_refused(photos, tmp_path):
    shutil.copytree(photos / "ants", tmp_path / "one/ants")
    with pytest.raises(DataError, match=r"one has one class only \(ants\); a classifier needs two or more$"):
        load(tmp_path / "one")
    (tmp_path / "one/bees").mkdir()
    (tmp_path / "one/bees/1.jpg").write_bytes(b"no image")
    with pytest.raises(
        DataError, match=r"one has one class only \(ants\) with images that can be read; a classifier"
    ):
        load(tmp_path / "one")


def test_clips_come_from_folders_of_videos_and_windows_of_one_stay_together(tmp_path):
    for label in ("left", "right"):
        for index in range(8):
            (tmp_path / "clips" / label).mkdir(parents=True, exist_ok=True)
            frames = RNG.integers(0, 256, (12, 24, 32, 3), dtype=np.uint8)
            write_video(tmp_path / "clips" / label / f"{index}.mkv", frames)
    data = load(tmp_path / "clips", decoding=Decoding(size=16, frames=4))
    assert (data.kind, data.images.shape) == ("clips", (16, 3, 4, 16, 16))
    windows = load(tmp_path / "clips", decoding=Decoding(size=16, frames=4, sampling="windows"))
    assert len(windows) == 48
    owners = [{windows.names[place] for place in part} for part in windows.splits.values()]
    assert sizes(windows) == {"train": 36, "valid": 6, "test": 6}
    assert not owners[0] & owners[1] | owners[0] & owners[2] | owners[1] & owners[2]


def test_a_run_on_a_folder_is_gone_on_with_from_anywhere(photos, tmp_path, monkeypatch):
    shutil.copytree(photos, tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    finished = fm.fit(
        "photos", model="mlp", epochs=2, batch_size=16, size=16, output="runs", trackers=(), seed=3
    )
    monkeypatch.chdir(tmp_path.parent)
    run = tmp_path / finished.run
    again = fm.evaluate(run)
    assert again.accuracy == finished.test_accuracy
    (tmp_path / "photos/ants/00.png").unlink()
    with pytest.raises(
        fm.RunError, match=r"photos is not the set that .* was started with: it has 59 images, ex"
    ):
        fm.evaluate(run)


def test_the_notes_of_a_set_are_told_when_it_is_trained_on(photos, tmp_path):
    from fudemoji.events import Note

    events = fm.fit_events(str(photos), model="mlp", epochs="2st", batch_size=16, output=tmp_path / "runs")
    told = [event.text for event in events if isinstance(event, Note)]
    assert set(load(photos).notes) <= set(told)


def test_the_hymenoptera_are_loaded(shared_data, tmp_path):
    data = load(shared_data("hymenoptera"), decoding=Decoding(size=16))
    assert sizes(data) == {"train": 245, "valid": 153}
    assert (data.kind, data.num_channels) == ("photos", 3)
