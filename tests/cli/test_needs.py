"""What the verbs of a server and of the studio say where their packages are missing."""

import importlib.util

import pytest

from fudemoji.cli.needs import check_server_packages, check_studio_packages
from fudemoji.errors import SettingsError


@pytest.mark.parametrize(
    ("check", "missing", "told"),
    [
        (check_server_packages, ["fastapi"], r"^a server needs fastapi; install it with `pip install"),
        (
            check_server_packages,
            ["alembic", "fastapi", "sqlalchemy"],
            r"^a server needs alembic, fastapi and sqlalchemy; install them with `pip install 'fudemoji\[server\]'`$",
        ),
        (
            check_studio_packages,
            ["nicegui"],
            r"^the studio needs nicegui; install it with .*'fudemoji\[studio\]'`$",
        ),
    ],
)
def test_what_is_missing_is_named_with_how_to_get_it(monkeypatch, check, missing, told):
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else there(name))
    with pytest.raises(SettingsError, match=told):
        check()


def test_with_its_packages_neither_is_held_up():
    check_server_packages()
    check_studio_packages()
