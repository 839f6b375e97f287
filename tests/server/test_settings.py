"""What the one who runs a server may decide."""

from pathlib import Path

import pytest

from fudemoji.errors import SettingsError
from fudemoji.server.settings import ServerSettings, server_settings
from fudemoji.serving.addresses import is_loopback


def test_what_is_given_wins_over_the_file_and_the_file_over_what_is_usual(tmp_path):
    file = tmp_path / "server.toml"
    file.write_text("port = 9000\ntrainings = 2\n[training_settings]\nepochs = 3\n")
    settings = server_settings(file, data=tmp_path, port=9001, host=None)
    assert (settings.port, settings.trainings, settings.host) == (9001, 2, "127.0.0.1")
    assert settings.training_settings == {"epochs": 3}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"port": 70000}, "port is 70000: input should be less than or equal to 65535"),
        ({"port": -1, "trainings": 0}, "port is -1: .*; trainings is 0: "),
        ({"prot": 1}, r"unknown setting 'prot' \(did you mean 'port'\?\)"),
        ({"requests_per_second": float("nan")}, "requests_per_second is nan: input should be"),
        ({"recipe": "quik"}, r"unknown recipe 'quik' \(did you mean 'quick'\?\)"),
        ({"training_settings": {"epoch": 1}}, r"unknown setting 'epoch' \(did you mean 'epochs'\?\)"),
    ],
)
def test_what_is_wrong_with_settings_is_told_all_together(tmp_path, given, message):
    with pytest.raises(SettingsError, match=message):
        server_settings(data=tmp_path, **given)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(SettingsError, match=r"the settings .*none.toml cannot be read: No such file"):
        server_settings(tmp_path / "none.toml", data=tmp_path)
    (tmp_path / "server.toml").write_bytes(b"port = \xff")
    with pytest.raises(SettingsError, match=r"the settings .*server.toml are no TOML: "):
        server_settings(tmp_path / "server.toml", data=tmp_path)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1"]
)
def test_this_machine_is_known_by_its_names(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", "127.0.0.1.nip.io"]
)
def test_other_machines_are_not_taken_for_this_one(host):
    assert not is_loopback(host)


def test_every_setting_is_in_the_documentation():
    page = (Path(__file__).parents[2] / "docs" / "server.md").read_text()
    assert [name for name in ServerSettings.model_fields if f"`{name}`" not in page] == []
