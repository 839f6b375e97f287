import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fudemoji.data import CATALOG, is_ready, load
from fudemoji.data.cache.decoded import Decoding
from fudemoji.data.named.catalog import RemoteFile
from fudemoji.errors import DataError


def test_kana_comes_without_files_and_follows_the_seed(monkeypatch):
    first, second = load("kana"), load("kana", seed=1)
    assert first.synthetic
    assert (first.images.shape, second.images.shape) == ((18400, 1, 28, 28),) * 2
    assert first.fingerprint != second.fingerprint


def test_a_folder_is_loaded_by_its_path(shared_data):
    folder = shared_data("kmnist-8k")
    assert load(folder).fingerprint == load(str(folder)).fingerprint


def test_a_set_that_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(
        DataError,
        match=r"^kmnist is not in .*kmnist \(train-images-idx3-ubyte\.gz, .* "
        r"missing\); get it with "
        "`fudemoji data get kmnist`, put the files there, or give the folder that holds "
        "them$",
    ):
        load("kmnist", data_dir=tmp_path)
    with pytest.raises(DataError, match=r"kkanji is not in .* \(kkanji\.tar missing\)"):
        load("kkanji", data_dir=tmp_path)


def test_only_the_missing_files_are_named(shared_data):
    with pytest.raises(DataError, match=r"\((train-images-idx3-ubyte\.gz|kmnist-train-imgs\.npz) missing\)"):
        load("kmnist", data_dir=shared_data("kmnist"))


def test_a_misspelt_name_offers_the_nearest_and_a_folder():
    with pytest.raises(
        DataError,
        match=r"unknown set 'kmist' \(did you mean 'kmnist'\?\); known: .*; or "
        r"give a folder",
    ):
        load("kmist")
    with pytest.raises(DataError, match="unknown set ''"):
        load("")


def test_a_misspelt_folder_offers_the_nearest(tmp_path):
    (tmp_path / "letters").mkdir()
    with pytest.raises(
        DataError,
        match=r"no folder .*leters \(did you mean 'letters'\?\); give a folder, a \.csv, .*, or one of: "
        "kana, kmnist, k49, kkanji$",
    ):
        load(tmp_path / "leters")
    with pytest.raises(DataError, match="no folder no/such/folder; give"):
        load("no/such/folder")


def test_an_impossible_path_is_a_plain_error():
    with pytest.raises(DataError, match=r"cannot read x{200}: File name too long"):
        load("x" * 5000)
    with pytest.raises(DataError, match="unknown set"):
        load("a\0b")


def test_a_file_that_is_no_set_says_what_is(tmp_path):
    (tmp_path / "a.rar").touch()
    with pytest.raises(
        DataError,
        match=r"a\.rar is a file of another kind; give a folder, a \.csv, a \.parquet, an \.npz, an idx file, "
        r"a \.zip or a \.tar "
        r"\(\.tar\.gz, \.tar\.bz2, \.tar\.xz\), or the folder it lies in$",
    ):
        load(tmp_path / "a.rar")


def test_a_tar_is_loaded_by_its_path(tmp_path, write_tar, png_bytes):
    members = [(f"U+4E0{k}/{i}.png", png_bytes(50 * k + i)) for k in (0, 1) for i in range(5)]
    data = load(write_tar(tmp_path / "mine.tar", members), cache_dir=tmp_path / "cache")
    assert (data.name, len(data), data.kind, data.licence) == ("mine", 10, "characters", "")


def test_a_named_set_in_the_data_folder_is_loaded_under_its_name(tmp_path, write_tar, png_bytes):
    (tmp_path / "kkanji").mkdir()
    write_tar(tmp_path / "kkanji" / "kkanji.tar", [(f"U+4E00/{i}.png", png_bytes(i)) for i in range(5)])
    data = load("kkanji", data_dir=tmp_path)
    assert data.source.startswith("http://codh.rois.ac.jp/kmnist/dataset/kkanji (no official split: ")
    assert is_ready(CATALOG["kkanji"], tmp_path)
    assert not is_ready(CATALOG["k49"], tmp_path)
    assert is_ready(CATALOG["kana"], tmp_path)


def test_files_that_only_bear_the_names_of_a_set_are_not_taken_for_it(shared_data):
    folder = shared_data("kmnist-8k")
    with pytest.raises(
        DataError,
        match=r"train-images-idx3-ubyte\.gz: MD5 is [0-9a-f]{32}, expected "
        r"bdb82020",
    ):
        load("kmnist", data_dir=folder)
    assert len(load("kmnist", data_dir=folder, verify=False)) == 10000


def test_the_environment_says_where_named_sets_lie(shared_data, monkeypatch):
    monkeypatch.setenv("FUDEMOJI_DATA", str(shared_data("kmnist-8k")))
    assert load("kmnist", verify=False).name == "kmnist"


def test_download_fetches_what_is_missing_and_only_then(tmp_path, monkeypatch, write_idx_set):
    copy = write_idx_set(tmp_path / "copy", {"train": range(10), "test": range(10)})
    paths = sorted(copy.iterdir())
    files = tuple(RemoteFile(path.name, path.stat().st_size, None, "http://127.0.0.1:9/x") for path in paths)
    monkeypatch.setitem(CATALOG, "kmnist", replace(CATALOG["kmnist"], files=files))
    seen = []
    data = load(
        "kmnist", data_dir=tmp_path, download=True, mirror=str(copy), progress=lambda *args: seen.append(args)
    )
    assert np.array_equal(data.labels, np.tile(np.arange(10), 2))
    assert data.source == "http://127.0.0.1:9"
    num_seen = len(seen)
    load("kmnist", data_dir=tmp_path, download=True, mirror="nowhere")
    assert len(seen) == num_seen > 0


def test_fonts_for_a_set_of_ones_own_are_refused(write_idx_set, tmp_path):
    folder = write_idx_set(tmp_path / "set", {"train": [0, 1]})
    with pytest.raises(DataError, match=r"^fonts are for kana only; .*set is not drawn but read$"):
        load(folder, fonts=["a.ttf"])


def test_fonts_are_for_kana_only(tmp_path):
    with pytest.raises(DataError, match="fonts are for kana only; kmnist is not drawn but read"):
        load("kmnist", fonts=[Path("a.ttf")])


def test_the_catalogue_and_the_readers_do_not_import_torch():
    code = "import sys, fudemoji.data; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("source", ["kana", "folder"])
def test_a_size_for_a_set_that_is_not_decoded_is_refused(source, write_idx_set, tmp_path):
    if source == "folder":
        source = str(write_idx_set(tmp_path / "set", {"train": [0, 1]}))
    with pytest.raises(
        DataError,
        match=r"^size 32 would do nothing: that is for image and video files, and .* holds pixels, which are taken",
    ):
        load(source, decoding=Decoding(size=32))
