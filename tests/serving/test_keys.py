"""Files of keys."""

import hashlib

import pytest
from starlette.datastructures import Headers

from fudemoji.errors import SettingsError
from fudemoji.serving.keys import read_keys
from fudemoji.serving.start import keys_for


def test_a_key_is_taken_as_itself_or_by_its_hash(tmp_path):
    file = tmp_path / "keys"
    hashed = hashlib.sha256(b"another key of the server").hexdigest().upper()
    file.write_text(f"  the first key of all  # of the web shop\n\n# none\nsha256:{hashed}\n")
    keys = read_keys(file)
    assert len(keys) == 2
    for key in ("the first key of all", "another key of the server"):
        assert keys.opens(Headers({"prediction-key": key}))
        assert not keys.opens(Headers({"prediction-key": key.upper()}))
    assert not keys.opens(Headers({}))
    assert not keys.opens(Headers({"prediction-key": f"sha256:{hashed}"}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no key"),
        (b"# only a comment\n", "holds no key"),
        (b"long enough to be one\nshort\n", "line 2: a key has at least 16 characters"),
        (b"\xff" * 20, "no text in UTF-8"),
    ],
)
def test_a_file_without_good_keys_is_told(tmp_path, content, message):
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(SettingsError, match=message):
        read_keys(tmp_path / "keys")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_keys(tmp_path / "keys")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.2", "example.org"])
def test_a_server_that_others_can_reach_needs_keys(host):
    with pytest.raises(SettingsError, match="needs keys: give --key-file"):
        keys_for(host, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_a_server_of_this_machine_alone_needs_none(host):
    assert keys_for(host, None) is None
