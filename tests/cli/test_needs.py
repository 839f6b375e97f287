"""What the verbs of a server say where its packages are missing."""

import importlib.util

import pytest

from fudemoji.cli.needs import check_server_packages
from fudemoji.errors import SettingsError


def test_a_server_says_which_packages_it_needs_and_how_to_get_them(monkeypatch):
    there = importlib.util.find_spec
    missing = ("fastapi", "sqlalchemy")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else there(name))
    with pytest.raises(
        SettingsError, match=r"^a server needs fastapi and sqlalchemy; install it with `pip install"
    ):
        check_server_packages()


def test_with_its_packages_a_server_is_not_held_up():
    check_server_packages()
