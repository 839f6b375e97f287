"""The README's two pictures of the studio, taken of a real one: `python docs/pictures.py`.

Needs Chromium and `pip install -e '.[dev]'`. Characters of the embedded kana set are drawn, tagged and trained on in a
store that is thrown away; then a sign is written with the mouse.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fudemoji.data.named.kana import draw_kana

DOCS = Path(__file__).resolve().parent
sys.path.append(str(DOCS.parent / "tests"))
from servers import form, wait_for  # noqa: E402 - the tests' folder is on the path only now
from studios import Studio, browser  # noqa: E402

SIGNS = "あいうえおかきくけこさしすせそ"
NUM_OF_SIGN, NUM_UNTAGGED = 40, 12
SETTINGS = {"model": "fude-s", "epochs": 6}
STROKES = (  # of い, in shares of the sheet
    ((0.24, 0.22), (0.22, 0.40), (0.26, 0.60), (0.34, 0.74), (0.42, 0.62)),
    ((0.68, 0.28), (0.76, 0.42), (0.78, 0.58)),
)


def main() -> None:
    """Take both."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Studio(Path(folder) / "store") as studio,
        browser() as chromium,
    ):
        with contextlib.closing(studio.client()) as client:
            project = trained(client)
        context = chromium.new_context(viewport={"width": 1200, "height": 760})
        page = context.new_page()
        page.goto(studio.way_in)
        page.goto(f"{studio.url}{project}/images")
        page.wait_for_function("document.querySelectorAll('.tile img').length > 20")
        page.wait_for_function("[...document.querySelectorAll('.tile img')].every((one) => one.naturalWidth)")
        keep(page, "studio-images")
        page.goto(f"{studio.url}{project}/test")
        write(page)
        keep(page, "studio-test")
        context.close()


def trained(client: Any) -> str:
    """A project of signs with a trained iteration; its address."""
    project = f"/projects/{client.post('/api/v1/projects', json={'name': '仮名 Kana'}).json()['id']}"
    data = draw_kana(num_train=NUM_OF_SIGN + 1, num_test=1)
    glyphs, rest = [one.glyph for one in data.classes], []
    for sign in SIGNS:
        tag = client.post(f"/api/v1{project}/tags", json={"name": sign}).json()["id"]
        chosen = np.flatnonzero(data.labels == glyphs.index(sign))
        contents = [png(255 - data.images[number, 0]) for number in chosen]
        client.post(f"/api/v1{project}/images", files=form(contents[:NUM_OF_SIGN]), params={"tag_ids": [tag]})
        rest.append(contents[NUM_OF_SIGN])
    client.post(f"/api/v1{project}/images", files=form(rest[:NUM_UNTAGGED]))
    iteration = client.post(f"/api/v1{project}/iterations", json={"settings": SETTINGS}).json()["id"]
    address = f"/api/v1{project}/iterations/{iteration}"
    wait_for(lambda: client.get(address).json()["status"] == "completed", seconds=600)
    return project


def png(pixels_HW: np.ndarray) -> bytes:
    """An image as a file."""
    file = io.BytesIO()
    Image.fromarray(pixels_HW).save(file, "PNG")
    return file.getvalue()


def write(page: Any) -> None:
    """Write the sign on the sheet, and wait for the answer."""
    page.locator("canvas").wait_for()
    box = page.locator("canvas").bounding_box()
    for stroke in STROKES:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=12)
        page.mouse.up()
    page.wait_for_function("document.querySelector('[data-testid=time]')?.innerText")
    page.mouse.move(5, 5)


def keep(page: Any, name: str) -> None:
    """Take a picture."""
    taken = Image.open(io.BytesIO(page.screenshot()))
    path = DOCS / "pictures" / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    taken.convert("RGB").save(path, optimize=True)
    print(f"{path.relative_to(DOCS.parent)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
