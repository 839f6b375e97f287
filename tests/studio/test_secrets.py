"""The password, and what sessions are signed with."""

import json
import stat

import pytest

from fudemoji.errors import RunError, SettingsError
from fudemoji.studio.secrets import SecretsFile, read_secrets, set_password


def test_secrets_are_made_once_and_are_for_the_owners_eyes_only(tmp_path):
    made = read_secrets(tmp_path / "store")
    assert read_secrets(tmp_path / "store") == made
    assert not made.has_password
    assert not made.is_password("")
    assert stat.S_IMODE((tmp_path / "store" / "studio.json").stat().st_mode) == 0o600


def test_a_password_is_kept_as_a_salted_hash_only(tmp_path):
    hashes = []
    for name in ("one", "other"):
        set_password(tmp_path / name, "筆と墨と紙と硯、四つの宝")
        kept = (tmp_path / name / "studio.json").read_text()
        assert "筆" not in json.dumps(json.loads(kept), ensure_ascii=False)
        found = read_secrets(tmp_path / name)
        assert found.is_password("筆と墨と紙と硯、四つの宝")
        assert not found.is_password("筆と墨と紙と硯")
        assert not found.is_password("x" * 1_000_000)
        hashes.append(found.scrypt)
    assert hashes[0] != hashes[1]


@pytest.mark.parametrize("password", ["", "nine char", "x" * 1025])
def test_a_password_has_ten_characters_at_least(tmp_path, password):
    with pytest.raises(SettingsError, match=f"the password has {len(password)} characters; 10"):
        set_password(tmp_path, password)
    assert not (tmp_path / "studio.json").exists()


def test_a_password_that_is_set_meanwhile_is_noticed(tmp_path):
    kept = SecretsFile(tmp_path)
    before = kept.now()
    set_password(tmp_path, "correct horse")
    assert kept.now().is_password("correct horse")
    assert kept.now().signing != before.signing


@pytest.mark.parametrize("content", ["", "{", "[]", '{"signing": "a", "more": 1}', '"text"'])
def test_damage_is_told_and_does_not_close_a_studio_that_runs(tmp_path, content):
    kept = SecretsFile(tmp_path)
    before = kept.now()
    (tmp_path / "studio.json").write_text(content)
    assert kept.now() == before
    with pytest.raises(RunError, match=r"studio\.json is damaged; delete it, and set the password anew"):
        read_secrets(tmp_path)
    (tmp_path / "studio.json").unlink()
    assert kept.now().signing != before.signing


def test_a_store_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"studio\.json (cannot be written|is damaged)"):
        read_secrets(tmp_path / "file")
