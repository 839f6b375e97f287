"""A folder and a database that belong together."""

import psycopg
import pytest

from fudemoji.errors import RunError
from fudemoji.server.store import Store, images, leftovers
from stores import entries, new_project

REFUSAL = "was used with another database; give that one, or start a store in a new folder"


def test_a_store_is_opened_again_also_from_another_place(tmp_path):
    Store.open(tmp_path / "a").close()
    (tmp_path / "a").rename(tmp_path / "b")
    Store.open(tmp_path / "b").close()


def test_images_without_their_database_are_not_taken_for_needless(tmp_path):
    store = Store.open(tmp_path / "a")
    images.upload(store, new_project(store)[0].id, entries(1))
    store.close()
    (tmp_path / "a" / "fudemoji.db").unlink()
    with pytest.raises(RunError, match=REFUSAL):
        Store.open(tmp_path / "a")
    (tmp_path / "a" / "store.id").unlink()
    with pytest.raises(RunError, match=REFUSAL):
        Store.open(tmp_path / "a")


def test_a_database_without_its_images_is_refused(tmp_path):
    Store.open(tmp_path / "a").close()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "fudemoji.db").rename(tmp_path / "b" / "fudemoji.db")
    with pytest.raises(RunError, match=REFUSAL):
        Store.open(tmp_path / "b")


def test_a_kill_while_a_store_is_made_leaves_a_new_one(tmp_path):
    Store.open(tmp_path / "a").close()
    (tmp_path / "a" / "fudemoji.db").unlink()
    store = Store.open(tmp_path / "a")
    assert leftovers.tidy(store) == 0
    store.close()


def test_two_folders_do_not_share_a_database(tmp_path, postgres):
    Store.open(tmp_path / "a", url=postgres).close()
    with pytest.raises(RunError, match=REFUSAL):
        Store.open(tmp_path / "b", url=postgres)
    Store.open(tmp_path / "a", url=postgres).close()
    with psycopg.connect(postgres) as connection:
        connection.execute("TRUNCATE identity")
