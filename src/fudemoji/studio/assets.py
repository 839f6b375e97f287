"""Style sheets and the font that the browser gets, all of them from this machine."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from pathlib import Path

import nicegui
from fastapi import Response
from starlette.responses import FileResponse

from fudemoji.report.font import font_path, subset_base64
from fudemoji.serving.errors import ApiError
from fudemoji.studio.words import Words
from fudemoji.studio.words.japanese import JAPANESE

__all__ = ["ICON", "head", "install", "prepare", "style"]

_ADDRESS = "/studio-assets"
_FOLDER = Path(__file__).parent / "look"
ICON = _FOLDER / "brush.svg"
_SHEETS = (
    "base.css",
    "common.css",
    "frame.css",
    "elements/*.css",
    "pages/*.css",
)  # in this order, in one file
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
_KANA = range(0x3001, 0x3100)
_OF_ECHARTS = "国"  # by which it measures how wide characters are, on each page with a chart
_JAPANESE = "U+2E80-9FFF, U+F900-FAFF, U+FF00-FFEF, U+1B000-1B16F, U+20000-3FFFF"
_LOCAL = ("Hiragino Sans", "Yu Gothic", "Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic")
_FACE = """@font-face {{ font-family: "fudemoji Japanese"; font-display: swap; unicode-range: {range};
  src: {local}, url("{file}"); }}
"""


def head(say: Words) -> str:
    """What the head of each page links to; the address changes with the content, so that browsers may keep it."""
    base = f"{_ADDRESS}/{_digest()}"
    words = {
        "lost": say("The connection to the studio was lost, and this page was loaded again."),
        "typed": say("What you were typing:"),
        "close": say("Close"),
    }
    told = html.escape(json.dumps(words))
    style = f'<link rel="stylesheet" href="{base}/studio.css">'
    return f'{style}<script src="{base}/studio.js" data-words="{told}"></script>'


def install() -> None:
    """Serve them."""
    app = nicegui.app
    app.colors(primary="var(--accent)", negative="var(--bad)", positive="var(--good)", warning="var(--warn)")
    app.add_api_route(f"{_ADDRESS}/{{digest}}/{{name}}", _serve, include_in_schema=False)


def prepare() -> None:
    """Make ahead what takes long to make, 0.4 s; for a thread."""
    _few()


def _serve(digest: str, name: str) -> Response:  # noqa: ARG001 - it only keeps old contents apart
    if name == "studio.css":
        return Response(style(), media_type="text/css", headers=_KEPT)
    if name == "studio.js":
        return Response(_script(), media_type="text/javascript", headers=_KEPT)
    if name == "few.woff":
        return Response(_few(), media_type="font/woff", headers=_KEPT)
    if name == "all.ttf":
        return FileResponse(font_path(), media_type="font/ttf", headers=_KEPT)
    raise ApiError(404, "NotFound", "there is no such file")


@cache
def _digest() -> str:
    font = (
        f"{_characters()} of {font_path().stat().st_size} bytes"  # cutting it takes too long for a first page
    )
    return hashlib.sha256(style().encode() + _script() + font.encode()).hexdigest()[:12]


@cache
def style() -> str:
    """All sheets of the folder as one."""
    sheets = [sheet for pattern in _SHEETS for sheet in sorted(_FOLDER.glob(pattern))]
    return _faces() + "".join(sheet.read_text("utf-8") for sheet in sheets)


@cache
def _script() -> bytes:
    return (_FOLDER / "studio.js").read_bytes()


def _characters() -> str:
    """The Japanese characters that the pages themselves need."""
    return "".join(sorted({*map(chr, _KANA), *"".join(JAPANESE.values()), *"筆文字日本語", _OF_ECHARTS}))


@cache
def _few() -> bytes:
    return base64.b64decode(subset_base64(_characters()))


def _faces() -> str:
    """A font for machines without a Japanese one; browsers fetch of it what a page shows and they lack."""
    local = ", ".join(f'local("{name}")' for name in _LOCAL)
    few = ", ".join(f"U+{ord(char):X}" for char in _characters() if ord(char) >= _KANA.start)
    faces = ((_JAPANESE, "all.ttf"), (few, "few.woff"))  # the later one wins where both could serve
    return "".join(_FACE.format(range=part, local=local, file=file) for part, file in faces)
