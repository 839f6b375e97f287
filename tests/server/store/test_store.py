"""The folder of a server: its database and its images."""

import errno
import hashlib
import os
import sqlite3

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from fudemoji.errors import RunError, SettingsError
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Project, Tag
from fudemoji.serving.errors import ApiError


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store")
    yield store
    store.close()


def project(name="a"):
    return Project(name=name, kind="multiclass", domain_id="x")


def names(store):
    with store.session(reads_only=True) as session:
        return [one.name for one in session.scalars(select(Project).order_by(Project.id))]


def test_what_is_committed_is_there_when_the_store_is_opened_again(store, tmp_path):
    with store.session() as session:
        session.add(project())
    store.close()
    again = Store.open(tmp_path / "store")
    assert names(again) == ["a"]
    again.close()


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(IntegrityError), store.session() as session:
        session.add_all([project("a"), project("b"), project("a")])
    assert names(store) == []


def test_sqlite_writes_ahead_syncs_at_each_commit_and_holds_references(store, tmp_path):
    with store.session() as session:
        told = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_tags_go_with_their_project(store):
    with store.session() as session:
        session.add(one := project())
        session.flush()
        session.add(Tag(project_id=one.id, name="t"))
    with store.session() as session:
        session.delete(session.get_one(Project, one.id))
    with store.session() as session:
        assert session.scalars(select(Tag)).all() == []


def test_a_reader_does_not_wait_for_a_writer(store):
    with store.session() as writer:
        writer.add(project())
        writer.flush()
        assert names(store) == []
    assert names(store) == ["a"]


def test_rows_sort_in_the_order_in_which_they_were_made(store):
    made = [str(number) for number in range(500)]
    with store.session() as session:
        for name in made:
            session.add(project(name))
            session.flush()
    assert names(store) == made


def test_a_store_of_a_newer_fudemoji_is_refused(store, tmp_path):
    store.close()
    with sqlite3.connect(tmp_path / "store" / "fudemoji.db") as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    file.close()
    with pytest.raises(RunError, match=r"made by a newer fudemoji .*; update fudemoji, or start a new store"):
        Store.open(tmp_path / "store")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nothing", "nothing is no URL of a database"),
        ("mysql://me@host/x", "the store lies in SQLite or PostgreSQL"),
        ("postgresql://me:secret@127.0.0.1:1/x", r"postgresql://me:\*\*\*@127.0.0.1:1/x cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_had_is_told(tmp_path, url, message):
    with pytest.raises((SettingsError, RunError), match=message):
        Store.open(tmp_path, url=url)


def test_a_database_that_is_none_is_told(tmp_path):
    (tmp_path / "fudemoji.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(RunError, match="cannot be opened: file is not a database"):
        Store.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunError, match=r"the store .* cannot be written: Not a directory"):
        Store.open(tmp_path / "file" / "store")


def test_the_same_content_is_kept_once_under_its_sha256(store):
    first, second = store.blobs.put(b"abc"), store.blobs.put(b"abc")
    assert first == second == hashlib.sha256(b"abc").hexdigest()
    assert list(store.blobs.every()) == [first]
    assert store.blobs.read(first) == b"abc"


def test_content_that_is_deleted_is_gone(store):
    sha256 = store.blobs.put(b"abc")
    store.blobs.delete(sha256)
    store.blobs.delete(sha256)
    with pytest.raises(ApiError, match=f"image {sha256[:12]} has been deleted"):
        store.blobs.read(sha256)


def test_a_file_that_cannot_be_read_is_told(store):
    sha256 = store.blobs.put(b"abc")
    store.blobs.delete(sha256)
    store.blobs.path(sha256).mkdir()
    with pytest.raises(ApiError, match=f"the file of image {sha256[:12]} cannot be read"):
        store.blobs.read(sha256)


def test_a_full_disk_is_told_and_leaves_nothing(store, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ApiError, match="the image could not be kept: the disk is full") as caught:
        store.blobs.put(b"abc")
    assert caught.value.status == 507
    assert [path for path in store.blobs.folder.rglob("*") if path.is_file()] == []
