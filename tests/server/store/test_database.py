"""A database that cannot be written, or not be reached."""

import sqlite3
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from fudemoji.server.store import Store, database, projects, tags
from fudemoji.server.store.tables import Base
from fudemoji.serving.errors import ApiError
from stores import new_project


@pytest.fixture
def impatient(tmp_path, monkeypatch):
    """A store that does not wait for other writers."""
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.05)
    store = Store.open(tmp_path / "store")
    yield store
    store.close()


def test_a_writer_in_another_process_is_waited_for_and_then_told(impatient):
    new_project(impatient)
    other = sqlite3.connect(impatient.folder / "fudemoji.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ApiError, match="others are writing; try again") as caught:
        new_project(impatient, "b")
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (
        503,
        "ServiceUnavailable",
        2,
    )
    with impatient.session(reads_only=True) as session:
        assert len(projects.every(session)) == 1
    other.execute("ROLLBACK")
    other.close()
    new_project(impatient, "b")


def test_a_writer_in_another_thread_is_waited_for_and_then_told(impatient):
    told = []

    def write():
        try:
            new_project(impatient, "b")
        except ApiError as error:
            told.append((error.status, str(error)))

    with impatient.session() as session:
        projects.create(session, name="a", domain_id="x")
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert told == [(503, "others are writing; try again")]
    write()
    assert len(told) == 1


def test_many_writers_at_once_all_get_their_turn(store, project):
    def write(number):
        for count in range(5):
            with store.session() as session:
                tags.create(session, projects.find(session, project.id), name=f"{number}-{count}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.session(reads_only=True) as session:
        assert len(tags.every(session, project)) == 120


def test_a_full_disk_is_told_and_nothing_of_the_transaction_stays(tmp_path):
    store = Store.open(tmp_path / "store")
    with store.session() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(ApiError, match="the disk is full") as caught:
        fill(store)
    assert (caught.value.status, caught.value.code) == (507, "ErrorStorage")
    with store.session(reads_only=True) as session:
        assert projects.every(session) == []
    store.close()


def fill(store):
    with store.session() as session:
        for number in range(100):
            projects.create(session, name=str(number), domain_id="x", description="x" * 1000)


def test_a_database_that_cannot_be_reached_is_told_without_its_password(tmp_path, caplog):
    engine = create_engine("postgresql+psycopg://me:secret@127.0.0.1:1/x")
    store = Store(tmp_path, engine)
    with pytest.raises(ApiError, match="the database cannot be reached; try again") as caught:
        new_project(store)
    assert (caught.value.status, caught.value.retry_after) == (503, 2)
    assert "the database failed: connection failed" in caplog.text
    assert "secret" not in caplog.text + str(caught.value)
    store.close()


def test_the_migrations_make_the_tables_that_the_code_knows_in_both_kinds_of_database(store):
    with store.session(reads_only=True) as session:
        connection = session.connection()
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
