"""Stores in both kinds of database."""

import os
import shutil

import psycopg
import pytest

from fudemoji.server.store import Store
from postgres import postgres_server
from stores import new_project


@pytest.fixture(scope="session")
def postgres():
    """The URL of a database, of FUDEMOJI_TEST_POSTGRES or of a server of our own."""
    if url := os.environ.get("FUDEMOJI_TEST_POSTGRES"):
        yield url
        return
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def new_store(tmp_path_factory):
    """A folder with an empty SQLite store; making one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("new") / "store"
    Store.open(folder).close()
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    if not url:
        shutil.copytree(request.getfixturevalue("new_store"), tmp_path / "store")
    store = Store.open(tmp_path / "store", url=url)
    yield store
    store.close()
    if url:
        with psycopg.connect(url) as connection:
            for table in ("projects", "keys", "identity"):  # the others go with them; TRUNCATE takes longer
                connection.execute(f"DELETE FROM {table}")


@pytest.fixture
def project(store):
    return new_project(store)[0]
