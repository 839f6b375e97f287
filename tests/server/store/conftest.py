"""Stores in both kinds of database."""

import os

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


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    store = Store.open(tmp_path / "store", url=url)
    yield store
    store.close()
    if url:
        with psycopg.connect(url) as connection:
            connection.execute("TRUNCATE identity, projects, keys CASCADE")


@pytest.fixture
def project(store):
    return new_project(store)[0]
