"""The password, what sessions are signed with, and what is kept of those that were signed out."""

import asyncio
import json
import stat
import time

import pytest

from fudemoji.errors import RunError, SettingsError
from fudemoji.studio.secrets import SecretsFile, read_secrets, set_password
from fudemoji.studio.sessions import SESSION_SECONDS, Sessions


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


def kept(folder):
    return json.loads((folder / "studio-signed-out.json").read_text())


def test_what_is_kept_of_a_session_that_was_signed_out_goes_when_it_would_have_expired(tmp_path, monkeypatch):
    sessions = Sessions(tmp_path)
    first, second = sessions.begin(), sessions.begin()
    asyncio.run(sessions.sign_out(first))
    assert not sessions.is_one(first)
    assert list(kept(tmp_path)) == [first.split(".")[0]]
    assert stat.S_IMODE((tmp_path / "studio-signed-out.json").stat().st_mode) == 0o600
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + SESSION_SECONDS + 1)
    later = sessions.begin()
    asyncio.run(sessions.sign_out(later))
    assert list(kept(tmp_path)) == [later.split(".")[0]]
    assert not any(map(sessions.is_one, (first, second, later)))


def test_where_too_many_sessions_were_signed_out_all_end_rather_than_one_that_counts_again(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("fudemoji.studio.sessions._MOST", 2)
    set_password(tmp_path, "correct horse")
    sessions = Sessions(tmp_path)
    begun = [sessions.begin() for _ in range(4)]
    for one in begun[:3]:
        asyncio.run(sessions.sign_out(one))
    assert not any(map(sessions.is_one, begun))
    assert kept(tmp_path) == {}
    assert sessions.secrets.is_password("correct horse")
    assert sessions.is_one(sessions.begin())


@pytest.mark.parametrize("content", ["", "[]", '{"a": "b"}', '{"a": null}'])
def test_where_what_was_signed_out_is_damaged_all_sessions_end(tmp_path, content):
    begun = Sessions(tmp_path).begin()
    assert Sessions(tmp_path).is_one(begun)
    (tmp_path / "studio-signed-out.json").write_text(content)
    sessions = Sessions(tmp_path)
    assert not sessions.is_one(begun)
    assert Sessions(tmp_path).is_one(sessions.begin())


def test_a_session_ends_although_it_cannot_be_written_down(tmp_path, caplog):
    sessions = Sessions(tmp_path)
    begun = sessions.begin()
    (tmp_path / "studio-signed-out.json").mkdir()
    asyncio.run(sessions.sign_out(begun))
    assert not sessions.is_one(begun)
    assert "will count again after a restart" in caplog.text
