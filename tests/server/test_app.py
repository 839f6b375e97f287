"""The server as a whole."""

import pytest

from fudemoji.errors import RunError
from fudemoji.server.app import open_store
from fudemoji.server.settings import server_settings


def test_a_second_server_on_a_store_is_refused(tmp_path):
    settings = server_settings(data=tmp_path / "store")
    with (
        open_store(settings),
        pytest.raises(
            RunError, match=r"a server runs on the store .*store already; stop it, or give another"
        ),
    ):
        open_store(settings).__enter__()
    with open_store(settings) as store:
        assert store.folder == tmp_path / "store"


def test_a_store_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    settings = server_settings(data=tmp_path / "file" / "store")
    with pytest.raises(RunError, match=r"the store .* cannot be written: Not a directory"):
        open_store(settings).__enter__()
