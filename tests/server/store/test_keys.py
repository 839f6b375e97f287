"""Keys in the store."""

import hashlib

import pytest

from fudemoji.server.store import keys, projects
from fudemoji.serving.errors import ApiError


def make(store, **how):
    with store.session() as session:
        return keys.create(session, name="k", **how)


def test_only_the_hash_and_a_hint_of_a_secret_are_kept(store, tmp_path):
    key, secret = make(store)
    assert len(secret) == 43, "256 bits in base64"
    assert key.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.endswith(key.hint)
    assert len(key.hint) == 4
    store.close()
    for path in (tmp_path / "store").glob("fudemoji.db*"):
        assert secret.encode() not in path.read_bytes()


def test_a_secret_is_known_until_its_key_is_revoked(store):
    key, secret = make(store, kind="prediction")
    with store.session(reads_only=True) as session:
        assert keys.known(session, secret).id == key.id
        for other in ("", "x", secret[:-1], secret.swapcase(), "\ud800", "\0"):
            assert keys.known(session, other) is None
    with store.session() as session:
        revoked = keys.revoke(session, keys.find(session, key.id))
        when = revoked.revoked_at
        assert keys.revoke(session, revoked).revoked_at == when
    with store.session(reads_only=True) as session:
        assert keys.known(session, secret) is None


def test_keys_are_listed_in_the_order_in_which_they_were_made(store, project):
    with store.session(reads_only=True) as session:
        assert not keys.exist(session)
    made = [make(store)[0], make(store, kind="prediction", project=project)[0]]
    with store.session() as session:
        keys.revoke(session, session.merge(made[0]))
    with store.session(reads_only=True) as session:
        assert keys.exist(session)
        told = keys.every(session)
    assert [(one.id, one.kind, one.project_id) for one in told] == [
        (made[0].id, "training", None),
        (made[1].id, "prediction", project.id),
    ]


def test_the_keys_of_a_deleted_project_open_nothing_and_are_still_known_to_have_been(store, project):
    _, secret = make(store, project=project)
    with store.session() as session:
        projects.delete(session, projects.find(session, project.id))
    with store.session(reads_only=True) as session:
        assert keys.known(session, secret) is None
        assert keys.exist(session), "or the server would be open to everybody on its machine again"
        [left] = keys.every(session)
    assert left.revoked_at is not None
    assert left.project_id is None


def test_secrets_differ(store):
    assert len({make(store)[1] for _ in range(20)}) == 20


def test_a_key_that_is_not_there_or_has_no_name_is_told(store):
    for wanted in ("00000000-0000-0000-0000-000000000000", "x"):
        with pytest.raises(ApiError, match="there is no such key"), store.session() as session:
            keys.find(session, wanted)
    with pytest.raises(ApiError, match="the name of the key is blank"), store.session() as session:
        keys.create(session, name="")
