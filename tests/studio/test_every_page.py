"""What every page keeps to: readable for all, light, narrow enough for a phone, in Japanese, and never elsewhere."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from fudemoji.studio import pages
from servers import form, signs
from studios import tagged, train, trains_in_seconds

LIGHT_ENOUGH = 2_000_000  # bytes that cross the wire before the first paint
PHONE = {"width": 390, "height": 800}
FOLDER = Path(pages.__file__).parent
PATHS = sorted(
    found
    for module in FOLDER.rglob("*.py")
    for found in re.findall(r'^@page\("([^"]+)"', module.read_text("utf-8"), re.MULTILINE)
)
WEIGHT = """() => {
  const entries = performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"));
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return entries.filter((one) => one.startTime < painted).reduce((sum, one) => sum + one.transferSize, 0);
}"""

studio = trains_in_seconds()


@pytest.fixture(scope="module")
def project_id(client):
    """A project with all that there may be: images without tags, an iteration, a publication, a prediction."""
    address = tagged(client, "signs 記号")
    iteration = train(client, address)
    unknown = [content for contents in signs(4, seed=5).values() for content in contents]
    assert client.post(f"{address}/images", files=form(unknown)).status_code == 201
    wish = {"name": "signs", "iteration_id": iteration["id"]}
    assert client.post(f"{address}/publications", json=wish).status_code == 201
    asked = client.post(f"{address}/predictions?published=signs&keep=true", files=form(unknown[:1]))
    assert asked.status_code in (200, 201), asked.text
    return address.rpartition("/")[2]


def go(visitor, studio, project_id, path):
    """Open the page; where its path names a thing beside the project, the first that the page above it leads to."""
    above, brace, _ = path.replace("{project_id}", project_id).partition("{")
    visitor.goto(studio.url + (above.rstrip("/") or "/"))
    visitor.locator("h1").first.wait_for()
    if brace:
        visitor.locator(f'.content a[href^="{above}"]').first.click()
        visitor.wait_for_url(re.compile(re.escape(above) + "."))
        visitor.locator("h1").first.wait_for()
    visitor.wait_for_load_state("networkidle")


def gravest(visitor):
    """What axe-core finds to be serious or critical, each with where it is."""
    found = Axe().run(visitor, options={"preload": False}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[(node['html'][:200], node['failureSummary']) for node in one['nodes'][:5]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_open_to_all_and_light(chromium, studio, project_id, path):
    with studio.visitor(chromium) as visitor:
        go(visitor, studio, project_id, path)
        assert not gravest(visitor)
        assert visitor.evaluate(WEIGHT) < LIGHT_ENOUGH


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_a_phone_in_japanese_and_the_dark(chromium, studio, project_id, path):
    with studio.visitor(chromium, locale="ja-JP", color_scheme="dark") as visitor:
        visitor.set_viewport_size(PHONE)
        go(visitor, studio, project_id, path)
        expect(visitor.locator("html")).to_have_attribute("lang", "ja")
        visitor.locator("body.body--dark").wait_for()
        width = visitor.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} is {width} pixels wide"
        assert not gravest(visitor)
