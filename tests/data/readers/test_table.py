import codecs

import pytest

from fudemoji.data.readers import list_table
from fudemoji.errors import DataError


@pytest.fixture
def table(tmp_path):
    """Write a CSV beside a.jpg, b.jpg, c.jpg, some/d.jpg and e.mp4."""
    for name in ("a.jpg", "b.jpg", "c.jpg", "some/d.jpg", "e.mp4", "犬.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty.jpg").touch()

    def write(text, encoding="utf-8"):
        path = tmp_path / "labels.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def rows(listing):
    return [(item.name, [listing.classes[k].id for k in item.labels], item.split) for item in listing.items]


def test_a_path_and_a_label_a_line(table, tmp_path):
    listing = list_table(table("path,label\na.jpg,cat\nsome/d.jpg, dog \n\n犬.jpg,犬\n"))
    assert rows(listing) == [("a.jpg", ["cat"], ""), ("some/d.jpg", ["dog"], ""), ("犬.jpg", ["U+72AC"], "")]
    assert (listing.name, listing.is_multi_label, listing.kind) == ("labels", False, "photos")
    assert listing.items[1].read() == b"x"
    assert listing.items[1].path == tmp_path / "some/d.jpg"


def test_several_labels_a_line_and_none(table):
    listing = list_table(table("path,labels\na.jpg,dog|cat\nb.jpg,\nc.jpg,cat\n"))
    assert rows(listing) == [("a.jpg", ["cat", "dog"], ""), ("b.jpg", [], ""), ("c.jpg", ["cat"], "")]
    assert listing.is_multi_label


def test_a_column_names_the_splits(table):
    listing = list_table(table("split,path,label\ntrain,a.jpg,x\nVal,b.jpg,y\ntesting,c.jpg,x\n"))
    assert [item.split for item in listing.items] == ["train", "valid", "test"]


def test_a_byte_order_mark_quotes_and_windows_line_ends_are_fine(table):
    listing = list_table(table(codecs.BOM_UTF8 + b'path,label\r\n"a.jpg","a, b"\r\nb.jpg,c\r\n'))
    assert rows(listing) == [("a.jpg", ["a, b"], ""), ("b.jpg", ["c"], "")]


def test_paths_may_lead_out_of_the_folder_of_the_table(table, tmp_path):
    (tmp_path / "inner").mkdir()
    inner = tmp_path / "inner/t.csv"
    table("")
    inner.write_text(f"path,label\n../a.jpg,x\n{tmp_path / 'b.jpg'},y\n", encoding="utf-8")
    assert [item.read() for item in list_table(inner).items] == [b"x", b"x"]


def test_an_empty_file_and_a_repeated_line_are_told(table):
    listing = list_table(table("path,label\na.jpg,x\nempty.jpg,x\n./a.jpg,x\nb.jpg,y\n"))
    assert [item.name for item in listing.items] == ["a.jpg", "b.jpg"]
    assert [(p.name, p.kind, p.detail) for p in listing.problems] == [
        ("./a.jpg (line 4)", "stray", "is in line 2 already"),
        ("empty.jpg", "empty", "is an empty file"),
    ]


def test_videos_make_clips(table):
    assert list_table(table("path,label\ne.mp4,x\n")).kind == "clips"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\na.jpg,x\nnone.jpg,y\n", r"^labels\.csv: line 3: no file none\.jpg \(No such file or directory\); "
         r"paths are relative to /"),
        ("path,label\nsome\\d.jpg,x\n", r"line 2: no file some\\d\.jpg \(No such .*\); write / between folders$"),
        ("path,label\nsome,x\n", r"line 2: no file some: it is a folder or a special file; write the path of an image"),
        ("path,lable\na.jpg,x\n", r"line 1 has an unknown column 'lable' \(did you mean 'label'\?\); expected path"),
        ("path;label\na.jpg;x\n", r"line 1 has an unknown column 'path;label'.*; expected path,label or path,labels"),
        ("path,split\na.jpg,train\n", r"line 1 is 'path,split'; expected path,label"),
        ("path,label,labels\na.jpg,x,x\n", r"line 1 is 'path,label,labels'; expected"),
        ("", r"line 1 is ''; expected path,label"),
        ("path,label\n", r"lists no images; expected path,label .*, and a line for each image$"),
        ("path,label\na.jpg,x\nb.jpg, \n", r"line 3 \(b\.jpg\) has an empty label; write one, or delete the line$"),
        ("path,label\n,x\n", r"line 2 has no path; write one, or delete the line$"),
        ("path,label\na\0.jpg,x\n", r"line 2 (has a null byte in its path; save the table again|is no CSV)"),
        ("path,labels\na.jpg,x||y\n", r"line 2 has the labels 'x\|\|y': one is empty or there twice; write them like"),
        ("path,labels\na.jpg,x|x\n", r"line 2 has the labels 'x\|x': one is empty or there twice"),
        ("path,labels\na.jpg,\n", r"no line has a file that is not empty, with a label; expected"),
        ("path,label\na.jpg,x,y\n", r"line 2 has 3 cells, expected 2 \(path,label\); put a cell with a comma between"),
        ("path,label\na.jpg\n", r"line 2 has 1 cells, expected 2"),
        ('path,label\na.jpg,"x\n', r"line 2 is no CSV \(unexpected end of data\); save the table again$"),
        ("path,label\na.jpg,x\na.jpg,y\n", r"line 3: a\.jpg is in line 2 already, with another label or split; keep"),
        ("path,label,split\na.jpg,x,train\na.jpg,x,test\n", r"line 3: a\.jpg is in line 2 already, with another label"),
        ("path,label,split\na.jpg,x,dev\n", r"line 2 has the split 'dev', expected train, valid or test$"),
        ("path,label,split\na.jpg,x,train\nb.jpg,y,\n", r"line 3 \(b\.jpg\) has no split, but others have; write"),
        ("path,label\na.jpg,x\ne.mp4,y\n", r"holds 1 images and 1 videos; a set is of one kind"),
        ("path,label\na.jpg,犬\n".encode("utf-16"), r"line 1 is in UTF-16, expected UTF-8; save it as UTF-8 \(in"),
        ("path,label\na.jpg,x\nb.jpg,犬\n".encode("cp932"), r"line 3 is not UTF-8 \(byte 0x8c\); save it as UTF-8"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_taken_names_the_line(table, text, message):
    with pytest.raises(DataError, match=message):
        list_table(table(text))


def test_a_table_that_is_not_there_or_too_long_is_named(tmp_path):
    with pytest.raises(DataError, match=r"t\.csv cannot be read: No such file or directory$"):
        list_table(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open("wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(DataError, match=r"t\.csv: is longer than 1 GiB; is it a table of files\?$"):
        list_table(tmp_path / "t.csv")


def test_a_second_table_says_what_labels_are_called(table, tmp_path):
    (tmp_path / "labels.classes.csv").write_text(
        "label,glyph,name\n7,き,ki\n3,お,o\n9,,unused\n", encoding="utf-8"
    )
    listing = list_table(table("path,label\na.jpg,7\nb.jpg,3\n"))
    assert [(known.id, str(known)) for known in listing.classes] == [("3", "お o"), ("7", "き ki")]
    assert listing.kind == "characters"
    several = list_table(table("path,labels\na.jpg,7|3\nb.jpg,other\n"))
    assert [(known.id, str(known)) for known in several.classes] == [
        ("3", "お o"),
        ("7", "き ki"),
        ("other", "other"),
    ]
    assert several.kind == "photos"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label,name\n7,seven\n", r"labels\.classes\.csv: line 1 is 'label,name', expected label,glyph,name"),
        ("label,glyph,name\n7,7\n", r"labels\.classes\.csv: line 2 is '7,7', expected a label, one sign or"),
        ("label,glyph,name\n7,七七,x\n", r"line 2 is '7,七七,x', expected a label, one sign or nothing"),
        ("label,glyph,name\n ,七,x\n", r"line 2 is ' ,七,x', expected a label"),
        ('label,glyph,name\n"7,七,x\n', r"labels\.classes\.csv: line 2 is no CSV"),
    ],
)
def test_a_second_table_that_cannot_be_taken_names_the_line(table, tmp_path, text, message):
    (tmp_path / "labels.classes.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        list_table(table("path,label\na.jpg,7\nb.jpg,3\n"))
