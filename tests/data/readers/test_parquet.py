import builtins
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from fudemoji.data.readers import list_parquet, parquet_files
from fudemoji.errors import DataError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write(path, columns, *, names=None, label="label", row_group_size=2, marked="ClassLabel"):
    """A parquet file as `datasets` writes it: a struct of bytes and path, and class names in the metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    if names:
        features = {label: {"_type": marked, "names": names}, "image": {"_type": "Image"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, path, row_group_size=row_group_size)
    return path


def images(*contents):
    return pa.array([{"bytes": content, "path": "x.png"} for content in contents])


def rows(listing):
    return [(item.read(), [listing.classes[k].id for k in item.labels], item.split) for item in listing.items]


def test_a_folder_of_the_hub_has_its_splits_in_the_names_of_its_files(tmp_path):
    for split, contents, labels in (("train", [b"a", b"b", b"c"], [0, 1, 1]), ("test", [b"d"], [0]),
                                    ("validation", [b"e"], [1])):  # fmt: skip
        write(tmp_path / f"set/data/{split}-00000-of-00001.parquet", {"image": images(*contents), "label": labels},
              names=["犬", "cat"])  # fmt: skip
    listing = list_parquet(tmp_path / "set")
    assert rows(listing) == [
        (b"d", ["U+72AC"], "test"),
        (b"a", ["U+72AC"], "train"),
        (b"b", ["cat"], "train"),
        (b"c", ["cat"], "train"),
        (b"e", ["cat"], "valid"),
    ]
    assert [c.id for c in listing.classes] == ["U+72AC", "cat"], "in the order of the metadata"
    assert listing.items[2].name == "train-00000-of-00001.parquet/000001"
    assert (listing.name, listing.problems) == ("set", ())


def test_folders_may_name_the_splits(tmp_path):
    for split in ("train", "test"):
        write(tmp_path / split / "0000.parquet", {"image": images(b"a", b"b"), "label": ["x", "y"]})
    assert len(parquet_files(tmp_path)) == 2
    assert [item.split for item in list_parquet(tmp_path).items] == ["test", "test", "train", "train"]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([10, 9, 10], ["9", "10"]),
        (["dog", "cat", "dog"], ["cat", "dog"]),
        (pa.array(["dog", "cat", "dog"]).dictionary_encode(), ["cat", "dog"]),
    ],
)
def test_labels_without_metadata_are_numbers_or_words(tmp_path, labels, classes):
    listing = list_parquet(write(tmp_path / "set.parquet", {"image": [b"a", b"b", b"c"], "label": labels}))
    assert [c.id for c in listing.classes] == classes
    assert [listing.classes[item.labels[0]].id for item in listing.items] == [
        classes[1],
        classes[0],
        classes[1],
    ]
    assert [item.read() for item in listing.items] == [b"a", b"b", b"c"]


def test_lists_of_labels_make_a_multi_label_set(tmp_path):
    path = write(tmp_path / "set.parquet", {"image": [b"a", b"b"], "labels": [["x", "y"], []]})
    listing = list_parquet(path)
    assert listing.is_multi_label
    assert [item.labels for item in listing.items] == [(0, 1), ()]


def test_rows_without_a_label_are_left_out_and_told(tmp_path):
    path = write(
        tmp_path / "set.parquet", {"image": [b"a", b"b", b"c"], "label": [0, -1, None]}, names=["x", "y"]
    )
    listing = list_parquet(path)
    assert [item.read() for item in listing.items] == [b"a"]
    assert [c.id for c in listing.classes] == ["x"]
    assert str(listing.problems[0]) == "set.parquet: 2 rows have no label (empty, or -1)"


def test_the_column_that_the_metadata_marks_holds_the_labels(tmp_path):
    columns = {"img": images(b"a", b"b"), "fine": [0, 1], "coarse": [0, 0]}
    path = write(tmp_path / "set.parquet", columns, names=["x", "y"], label="fine")
    assert [c.id for c in list_parquet(path).classes] == ["x", "y"]


def test_many_threads_read_and_few_row_groups_stay_in_memory(tmp_path):
    contents = [bytes([n]) * 100 for n in range(200)]
    path = write(tmp_path / "set.parquet", {"image": images(*contents), "label": [n % 2 for n in range(200)]},
                 row_group_size=10)  # fmt: skip
    items = list_parquet(path).items
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda item: item.read(), items)) == contents
    groups = items[0].read.func.__self__
    assert len(groups._kept) == 2


def test_a_row_without_bytes_is_told_when_it_is_read(tmp_path):
    column = pa.array([{"bytes": None, "path": "a.png"}, {"bytes": b"b", "path": None}])
    path = write(tmp_path / "set.parquet", {"image": column, "label": [0, 1]})
    with pytest.raises(
        DataError, match=r"set\.parquet: row 0 of row group 0 has no bytes; is it a path only\?$"
    ):
        list_parquet(path).items[0].read()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": [0], "x": [1]}, r"which column holds the images\? It has label \(int64\), x \(int64\); expected a "
         r"column 'image' of encoded images and a column 'label'$"),
        ({"image": [b"a"], "x": [1]}, r"which column holds the labels\? It has image \(binary\), x \(int64\); exp"),
        ({"image": [b"a"], "label": [1.5]}, r"column 'label' holds double, expected whole numbers, text, or lists"),
        ({"image": [b"a"], "label": [None]}, r"column 'label' holds null, expected whole numbers"),
        ({"image": [b"a"], "label": [-1]}, r"has no row with a label; expected a column 'image'"),
    ],
)  # fmt: skip
def test_columns_that_do_not_fit_are_named(tmp_path, columns, message):
    with pytest.raises(DataError, match=message):
        list_parquet(write(tmp_path / "set.parquet", columns))


def test_a_label_beyond_the_names_is_told(tmp_path):
    path = write(tmp_path / "set.parquet", {"image": [b"a"], "label": [2]}, names=["x", "y"])
    with pytest.raises(DataError, match=r"set\.parquet/000000: the label is 2, expected 0 to 1$"):
        list_parquet(path)


def test_files_that_do_not_belong_together_are_told(tmp_path):
    write(tmp_path / "a/train-0.parquet", {"image": [b"a"], "label": [0]})
    write(tmp_path / "a/other.parquet", {"image": [b"a"], "label": [0]})
    with pytest.raises(
        DataError, match=r"other\.parquet names no split, but other files do; call it train-\.\.\., or"
    ):
        list_parquet(tmp_path / "a")
    write(tmp_path / "b/train-0.parquet", {"image": [b"a"], "label": [0]})
    write(tmp_path / "b/train-1.parquet", {"image": [b"a"], "label": ["x"]}, names=["x"])
    with pytest.raises(
        DataError, match=r"train-1\.parquet has other columns or classes than train-0\.parquet; keep"
    ):
        list_parquet(tmp_path / "b")


def test_a_damaged_file_is_told(tmp_path):
    path = write(tmp_path / "set.parquet", {"image": [b"a" * 1000], "label": [0]})
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(DataError, match=r"set\.parquet: is no whole parquet file \(.*\); get it again$"):
        list_parquet(path)
    path.write_bytes(whole)
    item = list_parquet(path).items[0]
    path.write_bytes(whole[:4] + bytes(200) + whole[204:])
    with pytest.raises(DataError, match=r"set\.parquet: row group 0 cannot be read \(.*\); get it again$"):
        item.read()


def test_a_row_group_that_does_not_fit_into_memory_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "set.parquet", {"image": [b"a" * 1000], "label": [0]})
    monkeypatch.setattr("fudemoji.data.readers.parquet._MAX_GROUP_BYTES", 10)
    with pytest.raises(
        DataError, match=r"row group 0 holds [\d,]+ bytes, more than the 10 that are read at once; write"
    ):
        list_parquet(path).items[0].read()


def test_without_pyarrow_the_error_says_what_to_install(tmp_path, monkeypatch):
    path = write(tmp_path / "set.parquet", {"image": [b"a"], "label": [0]})
    imported = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=r"which is not installed: pip install 'fudemoji\[parquet\]'$"):
        list_parquet(path)
