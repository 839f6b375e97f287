import csv
from pathlib import Path

import pytest

from fudemoji.data.named.catalog import CATALOG, data_root, find_folder, named_set
from fudemoji.data.named.characters import K49, KANA, KMNIST
from fudemoji.errors import DataError


def test_the_tables_say_what_the_official_lists_say(shared_data):
    with (shared_data("kmnist").parent / "kuzushiji-files.csv").open() as file:
        official = {
            (row["dataset"], row["file"], int(row["bytes"] or 0), row["md5"], row["address"])
            for row in csv.DictReader(file)
        }
    ours = {
        (named.name, file.name, file.num_bytes or 0, file.md5 or "", file.address)
        for named in CATALOG.values()
        for file in (*named.files, *named.other_files)
    }
    assert ours == official


@pytest.mark.parametrize(("name", "classes"), [("kmnist", KMNIST), ("k49", K49)])
def test_the_built_in_class_maps_are_the_official_ones(shared_data, name, classes):
    with (shared_data("kmnist") / f"{name}_classmap.csv").open(encoding="utf-8") as file:
        official = [(row["codepoint"], row["char"]) for row in csv.DictReader(file)]
    assert [(c.id, c.glyph) for c in classes] == official


def test_kmnist_has_the_romanisations_of_its_paper():
    assert [c.romanisation for c in KMNIST] == ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


def test_kana_is_46_hiragana_and_46_katakana_with_equal_sounds():
    assert len(KANA) == 92
    assert [str(KANA[i]) for i in (0, 11, 45, 46, 57, 91)] == [
        "あ a",
        "し shi",
        "ん n",
        "ア a",
        "シ shi",
        "ン n",
    ]
    assert [c.romanisation for c in KANA[:46]] == [c.romanisation for c in KANA[46:]]


def test_every_class_id_is_the_code_point_of_its_glyph():
    for c in (*KANA, *K49):
        assert c.id == f"U+{ord(c.glyph):04X}"
        assert c.romanisation


def test_every_named_set_adds_up_and_gives_credit():
    for named in CATALOG.values():
        assert named.num_classes == len(named.classes) or named.name == "kkanji"
        assert named.num_images == named.num_train + named.num_test or named.name == "kkanji"
        assert named.licence
        assert named.credit
    assert "doi:10.20676/00000341" in CATALOG["kmnist"].credit
    assert CATALOG["kmnist"].num_bytes == 18165135 + 29497 + 3041136 + 5120 + 151
    assert CATALOG["kkanji"].num_bytes is None


def test_a_misspelt_set_is_answered_with_the_nearest_name():
    with pytest.raises(
        DataError,
        match=r"unknown set 'kminst' \(did you mean 'kmnist'\?\); known: kana, "
        r"kmnist, k49, "
        r"kkanji; or give a folder, a CSV or an archive of your own$",
    ):
        named_set("kminst")


def test_the_data_folder_is_the_argument_then_the_variable_then_the_cache(monkeypatch, tmp_path):
    assert data_root() == tmp_path / "cache" / "fudemoji"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/invalid")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_root() == tmp_path / ".cache" / "fudemoji"
    monkeypatch.setenv("FUDEMOJI_DATA", "elsewhere")
    assert data_root() == Path("elsewhere")
    assert data_root("here") == Path("here")


def test_files_are_found_in_a_folder_of_the_sets_name_or_in_the_data_folder_itself(tmp_path):
    named = CATALOG["kmnist"]
    assert find_folder(named, tmp_path) == tmp_path / "kmnist"
    (tmp_path / "kmnist_classmap.csv").touch()
    assert find_folder(named, tmp_path) == tmp_path / "kmnist"
    (tmp_path / "train-images-idx3-ubyte.gz").touch()
    assert find_folder(named, tmp_path) == tmp_path
    (tmp_path / "kmnist").mkdir()
    assert find_folder(named, tmp_path) == tmp_path / "kmnist"
