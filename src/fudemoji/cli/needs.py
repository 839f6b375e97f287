"""What the verbs of a server need, and how to get it."""

from __future__ import annotations

import importlib.util

from fudemoji.errors import SettingsError

__all__ = ["check_server_packages"]

_PACKAGES = ("alembic", "fastapi", "prometheus_client", "python_multipart", "sqlalchemy", "uvicorn")


def check_server_packages() -> None:
    """Nothing, if what a server needs is installed.

    Raises:
        SettingsError: it is not.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(
            f"a server needs {' and '.join(missing)}; install it with `pip install 'fudemoji[server]'`"
        )
