"""The studio in a real browser: a gallery of 10,000 images, from drawing to bars, and the weight of its pages.

Needs Chromium and `pip install -e '.[dev]'`. The studio is a process of its own on loopback; the browser has an empty
cache each time. The images are the embedded kana, drawn anew.
"""

import argparse
import contextlib
import io
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import common
from fudemoji.data.named.kana import draw_kana

sys.path.append(str(common.ROOT / "tests"))
from servers import form, wait_for
from studios import Studio, browser

SIZE = {"width": 1200, "height": 900}
STEP = 0.8  # of the window's height
SHOWN = """() => {
  const seen = [...document.querySelectorAll(".tile")].filter((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  return seen.length > 0 && seen.every((one) => one.querySelector("img")?.naturalWidth > 0);
}"""
WATCH = f"""() => new Promise((resolve) => {{
  const shown = {SHOWN};
  const look = () => (shown() ? resolve(performance.now()) : requestAnimationFrame(look));
  look();
}})"""
SCROLL = f"""async (step) => {{
  const shown = {SHOWN}, waits = [], frames = [];
  const frame = () => new Promise(requestAnimationFrame);
  let before = await frame();
  for (let top = 0; top < document.documentElement.scrollHeight - innerHeight; top += step * innerHeight) {{
    scrollTo(0, top);
    const start = performance.now();
    do {{
      const now = await frame();
      frames.push(now - before);
      before = now;
    }} while (!shown());
    waits.push(performance.now() - start);
  }}
  return {{ waits, frames }};
}}"""
WEIGHT = """() => {
  const entries = performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"));
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const sum = (some) => some.reduce((bytes, one) => bytes + one.transferSize, 0);
  return { before: sum(entries.filter((one) => one.startTime < painted)), all: sum(entries), painted };
}"""


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5, help="openings of the gallery and of each page")
    parser.add_argument("--strokes", type=int, default=30)
    options = parser.parse_args()
    result = common.Result("The studio in a browser", options)
    with (
        tempfile.TemporaryDirectory() as folder,
        Studio(Path(folder) / "store") as studio,
        browser() as chromium,
    ):
        client = studio.client()
        with contextlib.closing(client):
            gallery, trained = fill(client, options.images), train(client)
        result.add(
            opened(chromium, studio, gallery, options), title=f"A gallery of {options.images:,} images"
        )
        result.add(drawn(chromium, studio, trained, options), title="From the end of a stroke to the bars")
        result.add(weighed(chromium, studio, trained, options), title="Pages")
        with contextlib.closing(studio.client()) as client:
            told = judged(client, options)
        result.add(told, title=f"Filters as an iteration sees {options.images:,} tagged images")
    result.note(
        "Waits of scrolling: after a jump by four fifths of the window, until every tile in it shows its image. "
        "Weight: bytes over the wire of all that was asked for before the first paint, with an empty cache."
    )
    result.write()


def fill(client: Any, num: int) -> str:
    """A project of so many images; its address."""
    project = f"/projects/{client.post('/api/v1/projects', json={'name': 'gallery'}).json()['id']}"
    data = draw_kana(num_train=-(-num // 92), num_test=1)
    for start in range(0, num, 64):
        contents = [png(data.images[number, 0]) for number in range(start, min(start + 64, num))]
        assert client.post(f"/api/v1{project}/images", files=form(contents)).status_code in (201, 207)
        if start % 3200 == 0:
            common.say(f"{start:,} images")
    return project


def train(client: Any) -> str:
    """A project with a trained fude-s; its address."""
    project = f"/projects/{client.post('/api/v1/projects', json={'name': 'kana'}).json()['id']}"
    data = draw_kana(num_train=20, num_test=1)
    for label in range(10):
        tag = client.post(f"/api/v1{project}/tags", json={"name": data.classes[label].id}).json()["id"]
        contents = [png(data.images[number, 0]) for number in np.flatnonzero(data.labels == label)[:20]]
        client.post(f"/api/v1{project}/images", files=form(contents), params={"tag_ids": [tag]})
    wish = {"settings": {"model": "fude-s", "epochs": 2}}
    made = client.post(f"/api/v1{project}/iterations", json=wish).json()["id"]
    iteration = f"/api/v1{project}/iterations/{made}"
    wait_for(lambda: client.get(iteration).json()["status"] == "completed", seconds=600)
    client.post(f"/api/v1{project}/publications", json={"name": "kana", "iteration_id": made})
    return project


def png(pixels_HW: np.ndarray) -> bytes:
    """An image as a file."""
    file = io.BytesIO()
    Image.fromarray(pixels_HW).save(file, "PNG")
    return file.getvalue()


def opened(chromium: Any, studio: Studio, project: str, options: argparse.Namespace) -> list[common.Record]:
    """How long the first thumbnails take, and scrolling through all of them; the first time none is made yet."""
    rows = []
    for number in range(options.rounds):
        with page_of(chromium, studio) as page:
            page.goto(f"{studio.url}{project}/images", wait_until="commit")
            first = page.evaluate(
                WATCH
            )  # looks at each frame; what waits for elements looks up to 500 ms apart
            told = page.evaluate(SCROLL, STEP)
        waits, frames = sorted(told["waits"]), sorted(told["frames"])
        rows.append(
            {
                "time": "first" if number == 0 else str(number + 1),
                "to the first thumbnails, ms": f"{first:.0f}",
                "jumps": len(waits),
                "wait after a jump, ms: median, 99 %, longest": three(waits),
                "frames, ms: median, 99 %, longest": three(frames),
            }
        )
    return rows


def three(values: list[float]) -> str:
    """Median, 99th percentile and maximum of sorted values."""
    return ", ".join(
        f"{one:.0f}" for one in (statistics.median(values), np.quantile(values, 0.99), values[-1])
    )


def drawn(chromium: Any, studio: Studio, project: str, options: argparse.Namespace) -> list[common.Record]:
    """Strokes on the sheet of the quick test, and what the page itself measured."""
    with page_of(chromium, studio) as page:
        page.goto(f"{studio.url}{project}/test")
        page.locator("canvas").wait_for()
        box = page.locator("canvas").bounding_box()
        for number in range(options.strokes + 1):
            y = box["y"] + box["height"] * (0.1 + 0.8 * (number % 10) / 10)
            page.mouse.move(box["x"] + 0.1 * box["width"], y)
            page.mouse.down()
            page.mouse.move(box["x"] + 0.9 * box["width"], y + 10, steps=10)
            page.mouse.up()
            page.wait_for_function(
                "(num) => performance.getEntriesByName('drawing to bars').length > num", arg=number
            )
        took = page.evaluate("performance.getEntriesByName('drawing to bars').map((one) => one.duration)")[1:]
    return [
        {
            "n": len(took),
            "ms: median, 99 %, longest": three(sorted(took)),
            "under 150 ms": sum(t < 150 for t in took),
        }
    ]


def weighed(chromium: Any, studio: Studio, project: str, options: argparse.Namespace) -> list[common.Record]:
    """What each page costs a browser that has nothing yet."""
    rows = []
    parts = ("images", "train", "performance", "test", "publish", "predictions")
    for path in ("/", *(f"{project}/{part}" for part in parts), "/runs", "/sets"):
        found = []
        for _ in range(options.rounds):
            with page_of(chromium, studio) as page:
                page.goto(f"{studio.url}{path}")
                page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
                found.append(page.evaluate(WEIGHT))
        rows.append(
            {
                "page": path.replace(project, "…"),
                "first paint, ms": common.summary([one["painted"] for one in found], 0),
                "kB before it": f"{statistics.median(one['before'] for one in found) / 1000:.0f}",
                "kB in all": f"{statistics.median(one['all'] for one in found) / 1000:.0f}",
            }
        )
    return rows


def judged(client: Any, options: argparse.Namespace) -> list[common.Record]:
    """How long the ids of images take that an iteration sees so or so; all of them are tagged and it has looked."""
    project = f"/api/v1/projects/{client.post('/api/v1/projects', json={'name': 'judged'}).json()['id']}"
    data = draw_kana(num_train=-(-options.images // 92), num_test=1)
    for label in range(len(data.classes)):
        tag = client.post(f"{project}/tags", json={"name": data.classes[label].id}).json()["id"]
        places = np.flatnonzero(data.labels == label)[: -(-options.images // 92)]
        for start in range(0, len(places), 64):
            contents = [png(data.images[place, 0]) for place in places[start : start + 64]]
            client.post(f"{project}/images", files=form(contents), params={"tag_ids": [tag]})
    wish = {"settings": {"model": "mlp", "epochs": 1, "valid": 0.3}}
    iteration = client.post(f"{project}/iterations", json=wish).json()["id"]
    address = f"{project}/iterations/{iteration}"
    wait_for(lambda: client.get(address).json()["status"] == "completed", seconds=600)
    first, *_ = client.get(address).json()["tag_ids"]
    views: dict[str, dict[str, Any]] = {
        "taken for something else": {"verdict": "wrong"},
        "uncertain, below 80 %": {"verdict": "uncertain"},
        "uncertain, below 100 %": {"verdict": "uncertain", "sure": 1},
        "a tag that is missed": {"missed": first},
        "held out": {"split": "valid"},
        "learned from": {"split": "train"},
    }
    return [
        {"view": view, **timed(client, project, iteration, asked, options)} for view, asked in views.items()
    ]


def timed(
    client: Any, project: str, iteration: str, asked: dict[str, Any], options: argparse.Namespace
) -> common.Record:
    """How long an answer takes, the first one apart: it may have to read what the run has written."""
    took = []
    for _ in range(options.rounds + 1):
        start = time.perf_counter()
        told = client.get(f"{project}/images/ids", params={"iteration_id": iteration, **asked}).json()
        took.append(1000 * (time.perf_counter() - start))
    return {
        "images": len(told["ids"]),
        "first answer, ms": f"{took[0]:.0f}",
        "then, ms": common.summary(took[1:], 0),
    }


@contextlib.contextmanager
def page_of(chromium: Any, studio: Studio) -> Any:
    """A page of somebody who is signed in, and whose browser has nothing in its cache."""
    context = chromium.new_context(viewport=SIZE)
    context.request.get(studio.way_in, max_redirects=0)
    yield context.new_page()
    context.close()


if __name__ == "__main__":
    main()
