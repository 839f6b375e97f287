"""`fudemoji import-custom-vision` as it is typed."""

import pytest

from cloud import KEY, Cloud, picture, serving


@pytest.fixture
def cloud():
    made = Cloud()
    made.image(picture(0), made.tag("ants"))
    made.image(picture(1, "JPEG"), made.tag("bees"))
    with serving(made):
        yield made


@pytest.fixture
def wanted(cloud, tmp_path):
    """Where from, and into which folder."""
    return ("--endpoint", cloud.endpoint, "--project", "insects", "--folder", tmp_path / "insects")


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("CUSTOM_VISION_TRAINING_KEY", raising=False)


def test_it_shows_what_there_was_and_what_is_here(cli, wanted, monkeypatch):
    monkeypatch.setenv("CUSTOM_VISION_TRAINING_KEY", KEY)
    answer = cli("import-custom-vision", *wanted)
    assert answer.exit_code == 0, answer
    assert [line.split() for line in answer.out.splitlines()[-4:-1]] == [
        ["ants", "1", "1"], ["bees", "1", "1"], ["all", "images", "2", "2"],
    ]  # fmt: skip
    assert answer.out.endswith("labels.csv: 2 new\n")
    assert KEY not in answer.out + answer.err


def test_what_is_missing_is_named_and_ends_with_exit_code_1(cli, wanted, cloud, monkeypatch):
    monkeypatch.setenv("CUSTOM_VISION_TRAINING_KEY", KEY)
    lost = next(iter(cloud.images))
    cloud.lost.add(lost)
    answer = cli("import-custom-vision", *wanted, "--json")
    assert answer.exit_code == 1
    assert answer.json["missing"] == {lost: "HTTP 404"}
    assert answer.json["tags"][0] == {"name": "ants", "at_source": 1, "here": 0}
    answer = cli("import-custom-vision", *wanted)
    assert f"missing: {lost}: HTTP 404\n" in answer.err
    assert "the same command fetches what is missing" in answer.err


def test_the_key_may_come_from_a_file(cli, wanted, tmp_path):
    (tmp_path / "key.txt").write_text(f"{KEY}\n")
    assert cli("import-custom-vision", *wanted, "--key-file", tmp_path / "key.txt").exit_code == 0


def test_without_a_key_and_a_terminal_it_is_told_where_to_put_it(refused, wanted):
    assert refused("import-custom-vision", *wanted) == (
        "no training key; set CUSTOM_VISION_TRAINING_KEY, or give a --key-file "
        "(a fudemoji server without keys takes any)"
    )


def test_a_key_file_that_is_not_there_or_no_text_is_told(refused, wanted, tmp_path):
    assert "cannot be read: No such file" in refused(
        "import-custom-vision", *wanted, "--key-file", "none.txt"
    )
    (tmp_path / "key.bin").write_bytes(b"\xff\xfe\x00")
    told = refused("import-custom-vision", *wanted, "--key-file", tmp_path / "key.bin")
    assert told.endswith("key.bin is no text; write the key into it, and nothing else")


def test_a_store_or_a_folder_and_not_both(refused, wanted, tmp_path):
    told = refused("import-custom-vision", *wanted, "--data", tmp_path)
    assert told == "give either --data, the folder of a server, or --folder for images and a listing"
    assert "--name and --database are for a store" in refused(
        "import-custom-vision", *wanted, "--name", "new"
    )


def test_a_key_is_no_argument(refused, wanted):
    assert "No such option" in refused("import-custom-vision", *wanted, "--key", KEY)
