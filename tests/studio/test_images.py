"""The page of a project's images."""

import base64
import io
import re
import uuid

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from servers import form, noise


@pytest.fixture
def project(client):
    """The address of a project of its own in the API."""
    made = client.post("/api/v1/projects", json={"name": uuid.uuid4().hex}).json()
    return f"/api/v1/projects/{made['id']}"


@pytest.fixture
def go(visit, studio):
    """Opens the page of a project, and gives it when its images are there."""

    def open_page(project, *, tiles=True, query=""):
        visit.goto(f"{studio.url}{project.removeprefix('/api/v1')}/images{query}")
        if tiles:
            visit.locator(".tile img").first.wait_for()
        return visit

    return open_page


def fill(client, project, num, *, tags=("あ", "い", "う")):
    """So many images, and tags that none of them has; their ids."""
    ids = [client.post(f"{project}/tags", json={"name": name}).json()["id"] for name in tags]
    for start in range(0, num, 50):
        contents = [noise(number) for number in range(start, min(num, start + 50))]
        assert client.post(f"{project}/images", files=form(contents)).status_code == 201
    return ids


def tags_of(client, project):
    """The names of the tags of all images, the newest first; None where one has none."""
    images = client.get(f"{project}/images", params={"take": 256}).json()["images"]
    return [",".join(tag["name"] for tag in image["tags"]) or None for image in images]


def jpeg(seed):
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def test_a_folder_is_uploaded_its_folders_are_tags_and_what_is_wrong_is_told(client, project, go, tmp_path):
    for name in ("ants", "bees"):
        (tmp_path / "insects" / name).mkdir(parents=True)
        for number in range(4):
            content = jpeg(10 * len(name) + number + (name == "bees") * 100)
            (tmp_path / "insects" / name / f"{number}.jpg").write_bytes(content)
    folder = tmp_path / "insects" / "ants"
    (folder / "again.jpg").write_bytes((folder / "0.jpg").read_bytes())
    (folder / "cut.jpg").write_bytes((folder / "1.jpg").read_bytes()[:1000])
    (folder / "notes.txt").write_text("of the field")
    (folder / "huge.png").write_bytes(b"\x89PNG" + bytes(5 * 2**20))
    (folder / ".DS_Store").write_bytes(b"of the system")
    page = go(project, tiles=False)
    page.get_by_text("Drop images, folders or archives").wait_for()
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "insects")
    page.get_by_text("Are the 2 folders, ants, bees, tags of the images in them?").wait_for()
    page.get_by_role("button", name="Folders are tags").click()
    page.get_by_text("12 files looked at · 8 new · 1 here already · 3 refused").wait_for()
    told = page.locator(".uploads li")
    expect(told).to_have_count(4)
    assert sorted(one.replace("insects/ants/", "") for one in told.all_inner_texts()) == [
        "again.jpg is here already",
        "cut.jpg is no image, or damaged",
        "huge.png is larger than 4 MiB",
        "notes.txt is no image, or damaged",
    ]
    page.get_by_text("8 images").first.wait_for()
    assert sorted(tags_of(client, project)) == ["ants"] * 4 + ["bees"] * 4
    page.get_by_role("button", name="Choose the 8 new images").click()
    page.get_by_text("8 chosen").wait_for()


def test_files_are_dropped_anywhere_on_the_page(client, project, go):
    page = go(project, tiles=False)
    page.get_by_text("Drop images, folders or archives").wait_for()
    page.evaluate(
        """async (contents) => {
            const transfer = new DataTransfer();
            contents.forEach((text, number) => {
                const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
                transfer.items.add(new File([bytes], `${number}.png`, { type: "image/png" }));
            });
            const told = { dataTransfer: transfer, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent("dragenter", told));
            document.body.dispatchEvent(new DragEvent("drop", told));
        }""",
        [base64.b64encode(noise(number)).decode() for number in range(3)],
    )
    page.get_by_text("3 files looked at · 3 new").wait_for()
    page.locator(".tile").nth(2).wait_for()
    assert client.get(f"{project}/images").json()["total"] == 3


def test_an_empty_project_invites_to_fill_it_until_there_are_images_wherever_they_come_from(
    client, project, go
):
    page = go(project, tiles=False)
    page.get_by_text("Drop images, folders or archives").wait_for()
    fill(client, project, 2, tags=())
    page.locator(".tile img").nth(1).wait_for()
    page.get_by_text("Drop images, folders or archives").wait_for(state="detached")
    ids = client.get(f"{project}/images/ids").json()["ids"]
    client.delete(f"{project}/images", params={"image_ids": ids})
    page.get_by_text("Drop images, folders or archives").wait_for()


def test_images_are_chosen_tagged_and_taken_back_by_keyboard_alone(client, project, go):
    fill(client, project, 30, tags=("あ", "い", "kuzu"))
    page = go(project)
    page.locator(".gallery-list").focus()
    page.keyboard.press("2")  # one image: the next has its turn
    page.keyboard.press("1")
    page.get_by_text("あ: given to one image").wait_for()
    assert tags_of(client, project)[:3] == ["い", "あ", None]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.get_by_text(re.compile(r"^\d+ chosen · 30 images$")).wait_for()
    num = page.locator(".tile[aria-selected=true]").count()
    page.get_by_text(f"{num} chosen · 30 images", exact=True).wait_for()
    page.keyboard.press("k")
    page.get_by_role("combobox", name="Tag").wait_for()
    page.keyboard.type("uzu")
    page.keyboard.press("Enter")
    page.get_by_text(f"kuzu: given to {num} images").wait_for()
    assert tags_of(client, project).count("kuzu") == num
    page.keyboard.press("Control+z")
    page.get_by_text("Undone.").wait_for()
    assert "kuzu" not in tags_of(client, project)
    page.keyboard.press("Control+a")
    page.get_by_text("30 chosen").wait_for()
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Tag").fill("kana")
    page.get_by_role("option", name="New tag “kana”").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("kana: given to 30 images").wait_for()
    assert tags_of(client, project) == ["kana"] * 30
    page.keyboard.press("Delete")
    page.get_by_role("heading", name="Delete 30 images?").wait_for()
    page.get_by_role("button", name="Cancel").last.click()
    assert client.get(f"{project}/images").json()["total"] == 30


def test_tags_are_made_given_by_click_renamed_and_deleted(client, project, go):
    fill(client, project, 6, tags=("あ",))
    page = go(project)
    page.locator(".tile").first.click()
    page.locator(".tile").nth(2).click(modifiers=["Shift"])
    page.get_by_text("A click gives the tag to 3 images.").wait_for()
    page.locator(".tag", has_text="あ").click()
    page.get_by_text("あ: given to 3 images").wait_for()
    page.locator(".tag[aria-pressed=true]", has_text="3").wait_for()
    page.get_by_role("button", name="Choose none").click()
    page.get_by_role("button", name="Change あ").click()
    page.get_by_label("Name", exact=True).fill("安")
    page.get_by_role("button", name="Save").click()
    page.locator(".tile", has_text="安").nth(2).wait_for()
    page.get_by_text("A click shows the images of a tag.").wait_for()
    page.locator(".tag", has_text="安").click()
    page.wait_for_url("**?tag=*")
    page.reload()
    page.get_by_text("3 images", exact=True).wait_for()
    page.get_by_role("button", name="Change 安").click()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_text("It is taken from 3 images, which stay.").wait_for()
    page.get_by_role("button", name="Delete", exact=True).last.click()
    page.get_by_text("6 images").wait_for()
    assert tags_of(client, project) == [None] * 6


def test_an_image_is_looked_at_large_and_the_next_ones_by_key(client, project, go):
    fill(client, project, 3)
    page = go(project)
    page.locator(".tile").first.dblclick()
    page.get_by_role("heading", name="2.png").wait_for()
    expect(page.locator(".viewer")).to_contain_text("12 × 12")
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="1.png").wait_for()
    page.keyboard.press("3")
    page.get_by_role("heading", name="0.png").wait_for()
    page.keyboard.press("ArrowLeft")
    page.locator(".viewer-tags", has_text="う").wait_for()
    page.get_by_role("button", name="Take the tag う away").click()
    page.get_by_text("no tag").wait_for()
    page.keyboard.press("Escape")
    page.locator(".viewer-sheet").wait_for(state="detached")
    assert tags_of(client, project) == [None] * 3


def test_what_somebody_else_does_appears_and_bulk_changes_pass_over_what_is_gone(client, project, go):
    (tag, *_) = fill(client, project, 8)
    page = go(project)
    page.get_by_role("button", name="Choose all").click()
    page.get_by_text("A click gives the tag to 8 images.").wait_for()
    ids = client.get(f"{project}/images/ids").json()["ids"]
    client.delete(f"{project}/images", params={"image_ids": ids[:2]})
    page.keyboard.press("Tab")
    page.locator(".tag", has_text="い").click()
    page.get_by_text("い: given to 6 images").wait_for()
    assert tags_of(client, project) == ["い"] * 6
    client.post(f"{project}/images/tags", json={"image_ids": ids[2:3], "tag_ids": [tag], "replace": True})
    page.locator(".tile", has_text="あ").wait_for()


def test_thousands_of_images_are_tiles_only_where_one_looks(client, project, go):
    fill(client, project, 600, tags=())
    page = go(project)
    assert page.locator(".tile").count() < 200
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = page.locator(".tile[aria-posinset='600'] img")
    expect(last).to_have_js_property("naturalWidth", 12)
    page.locator(".gallery-list").focus()
    page.keyboard.press("Home")
    page.locator(".tile.current[aria-posinset='1'] img").wait_for()
