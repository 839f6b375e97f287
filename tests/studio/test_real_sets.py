"""Kuzushiji-Kanji and Kuzushiji-49 in the files that they come in, in a browser."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from archives import tarred
from servers import png
from studios import Studio

NUM_CLASSES, SIDE = 200, 64
FIRST = 0x4E00


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio on whose machine kkanji lies, as one tar of folders of PNGs."""
    folder, rng = tmp_path_factory.mktemp("sets"), np.random.default_rng(0)
    (folder / "kkanji").mkdir()
    pixels = [rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8) for _ in range(3)]
    files = {
        f"kkanji2/U+{FIRST + k:04X}/{number:016x}.png": png(np.roll(pixels[number], k))
        for k in range(NUM_CLASSES)
        for number in range(1 + k % 3)
    }
    (folder / "kkanji" / "kkanji.tar").write_bytes(tarred(files))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUDEMOJI_DATA", str(folder))
        with Studio(tmp_path_factory.mktemp("studio") / "store") as running:
            yield running


def test_kkanji_is_looked_at_from_its_balance_to_forms_and_neighbours(visit, studio):
    visit.goto(f"{studio.url}/sets")
    visit.get_by_role("link", name=re.compile("^漢字 kkanji|kkanji")).first.click()
    visit.get_by_text(f"{NUM_CLASSES} classes · 399 images").wait_for()
    expect(visit.locator(".class-row")).to_have_count(60)
    visit.get_by_role("searchbox").fill("丁万")
    visit.get_by_role("button", name="Find", exact=True).click()
    visit.get_by_text("2 classes are called so").wait_for()
    rows = visit.locator(".class-row")
    rows.nth(1).wait_for()
    assert [row.split("\n")[:2] for row in rows.all_inner_texts()] == [["丁", "U+4E01"], ["万", "U+4E07"]]
    visit.get_by_role("link", name="Most images first").click()
    visit.wait_for_url("**order=most**")
    visit.get_by_text("2 classes are called so").wait_for()
    visit.get_by_role("link", name="All classes").click()
    visit.locator(".class-row").nth(59).wait_for()
    visit.get_by_role("searchbox").fill("4e05")
    visit.keyboard.press("Enter")
    visit.get_by_text("one class is called so").wait_for()
    visit.locator(".class-row a.kind").click()
    visit.get_by_role("heading", name="Form 1").wait_for()
    visit.locator(".pictures img").first.click()
    visit.wait_for_url("**image=*")
    visit.locator(".pictures img").nth(35).wait_for()


def test_kkanji_fills_a_project_with_so_many_of_each(visit, studio, client):
    visit.goto(f"{studio.url}/new")
    visit.get_by_text("From a named set", exact=True).click()
    visit.get_by_text("kkanji", exact=True).click()
    expect(visit.get_by_label("Name", exact=True)).to_have_value("kkanji")
    visit.get_by_label("Name", exact=True).fill("kanji")
    visit.get_by_text("140,424 images at most").wait_for()
    visit.get_by_role("button", name="Create").click()
    visit.get_by_text("than a project of this server holds; take fewer of each character").wait_for()
    visit.get_by_label("Images", exact=True).click()
    visit.get_by_role("option", name="10 of each character").click()
    visit.get_by_text("38,320 images at most").wait_for()
    visit.get_by_role("button", name="Create").click()
    visit.wait_for_url("**/images")
    visit.get_by_text(re.compile("kkanji: .* images added")).wait_for()
    visit.locator(".tile img").first.wait_for()
    found = next(one for one in client.get("/api/v1/projects").json() if one["name"] == "kanji")
    told = client.get(f"/api/v1/projects/{found['id']}/tags").json()
    assert len(told) == NUM_CLASSES


def test_a_folder_in_the_format_of_kuzushiji_49_fills_a_project(visit, studio, client, tmp_path):
    rng = np.random.default_rng(1)
    for split, num in (("train", 98), ("test", 49)):
        labels = np.arange(num, dtype=np.uint8) % 49
        images = rng.integers(0, 256, (num, 28, 28), dtype=np.uint8)
        np.savez_compressed(tmp_path / f"k49-{split}-imgs.npz", images)
        np.savez_compressed(tmp_path / f"k49-{split}-labels.npz", labels)
    visit.goto(f"{studio.url}/new?start=files")
    visit.get_by_label("Or a path on this machine").fill(str(tmp_path))
    visit.get_by_label("Name", exact=True).fill("forty-nine")
    visit.get_by_role("button", name="Create").click()
    visit.get_by_text(re.compile("images added")).wait_for()
    found = next(one for one in client.get("/api/v1/projects").json() if one["name"] == "forty-nine")
    told = client.get(f"/api/v1/projects/{found['id']}/tags").json()
    assert len(told) == 49
    assert {tag["num_images"] for tag in told} == {3}
