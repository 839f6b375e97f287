"""`fudemoji data cache`."""

import os

import pytest

from fudemoji.data.cache.decoded import Decoding, decode
from pictures import list_files, write_photos


@pytest.fixture
def root(tmp_path):
    """A cache of two sets, the second used last."""
    for number, name in enumerate(("cats", "犬")):
        decode(
            list_files(write_photos(tmp_path / name, 3 + number)), Decoding(size=16), root=tmp_path / "cache"
        )
    for number, entry in enumerate(sorted((tmp_path / "cache").glob("*-*"), key=lambda e: e.stat().st_mtime)):
        os.utime(entry / "in-use", (number, number))
    return tmp_path / "cache"


def test_the_cache_is_listed_the_set_used_last_first(cli, root, tmp_path):
    answer = cli("data", "cache", "--cache-dir", root)
    lines = answer.out.splitlines()
    assert lines[0].split() == ["set", "images", "pixels", "colour", "size", "last", "used", "source"]
    assert lines[1].split()[:4] == ["犬", "4", "16x16", "RGB"]
    assert lines[1].split()[-1] == str(tmp_path / "犬")
    assert lines[2].split()[:2] == ["cats", "3"]
    assert lines[3].startswith(f"{root}: 2 decoded sets, 0.0 MB")


def test_the_cache_as_json_names_every_entry(cli, root, tmp_path):
    told = cli("data", "cache", "--cache-dir", root, "--json").json
    assert told["folder"] == str(root)
    assert told["removed"] == []
    last = told["entries"][0]
    assert (last["name"], last["shape"], last["source"]) == ("犬", [4, 3, 16, 16], str(tmp_path / "犬"))
    assert last["settings"]["size"] == 16
    assert last["bytes"] > 4 * 3 * 16 * 16


def test_sets_are_cleared_by_name_or_all(cli, root):
    answer = cli("data", "cache", "cats", "--clear", "--cache-dir", root)
    assert answer.out.splitlines()[0].startswith("removed: cats, 0.0 MB")
    assert [
        entry["name"] for entry in cli("data", "cache", "--cache-dir", root, "--json").json["entries"]
    ] == ["犬"]
    told = cli("data", "cache", "--clear", "--cache-dir", root, "--json").json
    assert [entry["name"] for entry in told["removed"]] == ["犬"]
    assert told["entries"] == []
    assert cli("data", "cache", "--cache-dir", root).out == f"{root}: 0 decoded sets, 0.0 MB\n"


def test_the_cache_lies_beside_the_named_sets(cli, tmp_path):
    assert cli("data", "cache", "--data-dir", tmp_path).out.startswith(
        f"{tmp_path / 'decoded'}: 0 decoded sets"
    )


def test_a_name_that_is_not_in_the_cache_is_refused(refused, root):
    line = refused("data", "cache", "dogs", "--clear", "--cache-dir", root)
    assert line.startswith("no decoded set 'dogs'")
    assert line.endswith(f"; {root} holds: cats, 犬")
