"""The whole way of a person, in a real browser, from an empty store to a model that was improved and rolled back.

`FUDEMOJI_PICTURES` names a folder that gets a picture of each station.
"""

import itertools
import os
import re
from contextlib import closing
from pathlib import Path

import httpx2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from fudemoji.data.named.kana import draw_kana
from servers import wait_for
from studios import stroke, trains_in_seconds

NUM_OF_CLASS = 20
PROJECT, SIGN = "Insects and a sign", "お"
PATIENCE_MS = 180_000
SIDE = 96  # of the photographs here: what is learned in seconds need not be large

studio = trains_in_seconds(model="cnn", epochs=50, size=28)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, shared_data):
    """60 images of three classes: ants and bees as they were photographed, and a sign."""
    place, photos = tmp_path_factory.mktemp("images"), shared_data("hymenoptera") / "train"
    for name in ("ants", "bees"):
        (place / name).mkdir()
        for path in sorted((photos / name).glob("*.jpg"))[:NUM_OF_CLASS]:
            with Image.open(path) as photo:
                photo.convert("RGB").resize((SIDE, SIDE)).save(place / name / path.name)
    (place / SIGN).mkdir()
    for number, pixels in enumerate(images_of(SIGN, NUM_OF_CLASS)):
        Image.fromarray(pixels).save(place / SIGN / f"{number}.png")
    return place


def images_of(glyph, num):
    data = draw_kana(num_train=num, num_test=1)
    place = [one.glyph for one in data.classes].index(glyph)
    return [255 - data.images[number, 0] for number in np.flatnonzero(data.labels == place)[:num]]


@pytest.fixture
def station(visit):
    """Takes a picture where pictures are wanted."""
    folder = os.environ.get("FUDEMOJI_PICTURES")

    def take(name):
        if folder:
            visit.screenshot(path=Path(folder) / f"{name}.png")

    return take


def go(page, title, part):
    """To another page of the project."""
    page.get_by_role("navigation", name=PROJECT).get_by_role("link", name=title, exact=True).click()
    page.wait_for_url(f"**/{part}**")


def train(page, name):
    go(page, "Train", "train")
    page.get_by_role("button", name="Train", exact=True).click()
    done = page.locator("li.iteration", has=page.get_by_role("heading", name=name, exact=True))
    done.get_by_text(re.compile(r"\d\s% of \d+ held-out images right")).wait_for(timeout=PATIENCE_MS)


def publish(page, iteration):
    go(page, "Publish", "publish")
    page.get_by_label("Name for programs").fill("reader")
    page.get_by_role("button", name="Publish", exact=True).click()
    again = page.locator(".ask").get_by_role("button", name="Publish")
    answers = page.get_by_text(f"{iteration} answers since")
    again.or_(answers).first.wait_for()
    if again.count():
        again.click()
    answers.wait_for()


def draw(page):
    """Three strokes on the sheet, as a hand does; as fast on any machine, because the brush follows the speed."""
    for corners in (
        [(0.2, 0.3), (0.8, 0.3)],
        [(0.5, 0.1), (0.5, 0.5), (0.45, 0.9), (0.3, 0.8), (0.8, 0.6)],
        [(0.75, 0.15), (0.9, 0.3)],
    ):
        parts = [np.linspace(*pair, num=9) for pair in itertools.pairwise(corners)]
        stroke(page, *np.concatenate(parts).tolist(), ms=60)


def test_from_an_empty_store_to_a_model_that_was_improved_and_rolled_back(visit, studio, folder, station):
    page = visit
    page.get_by_text("New project", exact=True).first.click()
    page.get_by_label("Name", exact=True).fill(PROJECT)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/images")
    address = re.search(r"/projects/[^/]+", page.url)[0]
    api = f"/api/v1{address}"

    page.get_by_text("Drop images, folders or archives").wait_for()
    page.locator("input[webkitdirectory]").set_input_files(folder)
    page.get_by_role("button", name="Folders are tags").click()
    page.get_by_text(re.compile("60 files looked at · 60 new")).wait_for(timeout=PATIENCE_MS)
    page.wait_for_function("document.querySelectorAll('.tile img').length > 20")
    for name in ("ants", "bees", SIGN):
        page.locator("button.tag", has_text=name).get_by_text(str(NUM_OF_CLASS), exact=True).wait_for()
    station("images")

    train(page, "Iteration 1")
    station("train")

    go(page, "Performance", "performance")
    slider = page.get_by_label("Probability threshold")
    slider.wait_for()
    recall = page.locator("[data-figure=recall] strong")
    slider.fill("0")
    at_none = recall.inner_text()
    slider.fill("1")
    expect(recall).not_to_have_text(at_none)
    slider.fill("0.5")
    station("performance")

    go(page, "Quick test", "test")
    page.locator("canvas").wait_for()
    draw(page)
    page.locator(".answer .bars li").nth(2).wait_for()
    page.get_by_test_id("time").wait_for()
    expect(page.locator(".answer .bars li").first.locator(".sign")).to_have_text(SIGN)  # and no insect
    station("quick-test")

    publish(page, "Iteration 1")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name, by which you know it again").fill("the reading room")
    page.locator(".ask").get_by_role("button", name="Make it", exact=True).click()
    secret = page.locator(".ask pre").first.inner_text().strip()
    page.get_by_role("button", name="I have it").click()
    page.locator(".ask").wait_for(state="detached")
    station("publish")
    photo = sorted((folder / "bees").glob("*.jpg"))[0].read_bytes()
    told = asked(studio, api, secret, photo + b"\0")  # not the very file that was learned from
    assert {one["tag"] for one in told} == {"ants", "bees", SIGN}
    assert sum(one["probability"] for one in told) == pytest.approx(1, abs=1e-4)

    go(page, "Predictions", "predictions")
    review = page.get_by_role("group", name="Predictions")
    review.get_by_text("one left").wait_for()
    station("predictions")
    review.press("1")
    page.get_by_text(re.compile("one decided|No predictions|1 decided")).first.wait_for()
    with closing(studio.client()) as client:
        wait_for(lambda: client.get(f"{api}/images").json()["total"] == 3 * NUM_OF_CLASS + 1)

        train(page, "Iteration 2")
        publish(page, "Iteration 2")
        page.get_by_role("button", name="Roll back to Iteration 1").click()
        page.get_by_text("Iteration 1 answers since").wait_for()
        (now,) = client.get(f"{api}/publications").json()
        first = client.get(f"{api}/iterations").json()[0]
        assert (first["name"], now["iteration_id"]) == ("Iteration 1", first["id"])
    assert asked(studio, api, secret, photo)
    page.get_by_role("link", name="Projects").click()
    card = page.locator(".card", has_text=PROJECT)
    card.get_by_text("61 images · 3 tags").wait_for()
    card.locator("img").first.wait_for()
    station("projects")


def asked(studio, api, secret, content):
    """What the published model answers a program that has the key."""
    headers = {"Prediction-Key": secret, "Content-Type": "application/octet-stream"}
    url = f"{studio.url}{api}/predictions?published=reader&keep=true"
    answer = httpx2.post(url, content=content, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["images"][0]["prediction"]["probabilities"]
