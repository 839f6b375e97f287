"""What a visitor's browser has chosen, and which server the pages belong to."""

from __future__ import annotations

from typing import Literal, cast

import nicegui
from fastapi import FastAPI
from starlette.requests import HTTPConnection

__all__ = ["LOOKS", "LOOK_COOKIE", "Look", "bind", "look_of", "main_app"]

Look = Literal["auto", "light", "dark"]
LOOKS: dict[Look, bool | None] = {"auto": None, "light": False, "dark": True}
LOOK_COOKIE = "fudemoji-look"


def look_of(connection: HTTPConnection) -> Look:
    """Dark, light, or as the visitor's system has it."""
    chosen = connection.cookies.get(LOOK_COOKIE)
    return chosen if chosen in LOOKS else "auto"


def bind(app: FastAPI) -> None:
    """Let the pages be those of this server; NiceGUI has one app for the whole process."""
    nicegui.app.state.fudemoji = app


def main_app() -> FastAPI:
    """The server that the pages belong to."""
    return cast(FastAPI, nicegui.app.state.fudemoji)
