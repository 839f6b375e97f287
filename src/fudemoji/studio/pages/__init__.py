"""The pages, a module each."""

from __future__ import annotations

import importlib
import pkgutil

__all__ = ["register"]


def register() -> None:
    """Import every module here, which registers its pages."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
