"""Scripts that several elements share in the browser; they import them from `fudemoji-studio/`."""

from __future__ import annotations

from pathlib import Path

__all__ = ["MODULES"]

MODULES = {"fudemoji-studio": str(Path(__file__).parent / "modules")}
