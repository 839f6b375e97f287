"""What the verbs of a server need, and how to get it."""

from __future__ import annotations

import importlib.util

from fudemoji.errors import SettingsError

__all__ = ["check_server_packages", "check_studio_packages"]

_OF_SERVER = ("alembic", "fastapi", "prometheus_client", "python_multipart", "sqlalchemy", "uvicorn")


def check_server_packages() -> None:
    """Nothing, if what a server needs is installed.

    Raises:
        SettingsError: it is not.
    """
    _check(_OF_SERVER, what="a server", extra="server")


def check_studio_packages() -> None:
    """Nothing, if what the studio needs is installed.

    Raises:
        SettingsError: it is not.
    """
    _check((*_OF_SERVER, "itsdangerous", "nicegui"), what="the studio", extra="studio")


def _check(packages: tuple[str, ...], *, what: str, extra: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        named = " and ".join(", ".join(missing).rsplit(", ", 1))
        it = "it" if len(missing) == 1 else "them"
        raise SettingsError(f"{what} needs {named}; install {it} with `pip install 'fudemoji[{extra}]'`")
