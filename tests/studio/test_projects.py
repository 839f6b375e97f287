"""The first page, new projects, and what fills them."""

import re

import pytest
from playwright.sync_api import expect

from archives import zipped
from servers import noise, wait_for


@pytest.fixture
def project(client, request):
    """A project with two tags and three images, by its name."""
    name = request.node.name
    made = client.post("/api/v1/projects", json={"name": name}).json()["id"]
    files = {f"{tag}.png": noise(number) for number, tag in enumerate(("ants/1", "ants/2", "bees/1"))}
    client.post(f"/api/v1/projects/{made}/fillings", content=zipped(files), params={"name": "a.zip"})
    wait_for(lambda: count(client, made) == 3)
    return made


def count(client, project_id):
    return client.get(f"/api/v1/projects/{project_id}/images").json()["total"]


def counts_of(client, name):
    """How many images have each tag of the project of a name."""
    found = next(one for one in client.get("/api/v1/projects").json() if one["name"] == name)
    return {
        tag["name"]: tag["num_images"] for tag in client.get(f"/api/v1/projects/{found['id']}/tags").json()
    }


def begin(visit, studio, start):
    visit.goto(studio.url)
    visit.get_by_role("link", name="New project").click()
    visit.get_by_text(start, exact=True).click()


def test_a_card_tells_of_a_project_while_others_change_it(visit, studio, client, project, request):
    visit.goto(studio.url)
    card = visit.locator(".card", has_text=request.node.name)
    card.get_by_text("3 images · 2 tags").wait_for()
    card.get_by_text("Not trained yet").wait_for()
    expect(card.locator("img")).to_have_count(3)
    client.post(f"/api/v1/projects/{project}/images", files=[("images", ("4.png", noise(4)))])
    card.get_by_text("4 images · 2 tags").wait_for()
    client.post("/api/v1/projects", json={"name": "one more"})
    visit.locator(".card", has_text="one more").wait_for()


def test_a_folder_becomes_a_project_with_a_tag_for_each_folder_in_it(visit, studio, client, tmp_path):
    folder = tmp_path / "old books"
    names = [f"U+304A/{'long' * 30}.png", "ants/1.png", "ants/2.png", "3.png", "ants/read me.txt"]
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(noise(number))
    begin(visit, studio, "From a folder or an archive")
    visit.locator("input[webkitdirectory]").set_input_files(folder)
    visit.get_by_text(re.compile("4 files · .* kB · one other file is left out")).wait_for()
    expect(visit.get_by_label("Name", exact=True)).to_have_value("old books")
    visit.get_by_role("button", name="Create").click()
    visit.wait_for_url("**/images")
    visit.get_by_text("old books.tar: 4 images added").wait_for()
    expect(visit.locator(".tile img")).to_have_count(4)
    assert counts_of(client, "old books") == {"ants": 2, "お": 1}


def test_an_archive_that_is_refused_says_why_and_what_was_typed_stays(chromium, studio, client):
    told_by_the_browser = pytest.raises(AssertionError, match="the server responded with a status of 400")
    with told_by_the_browser, studio.visitor(chromium) as visit:
        begin(visit, studio, "From a folder or an archive")
        visit.get_by_label("Name", exact=True).fill("seals")
        visit.get_by_role("button", name="Create").click()
        visit.get_by_text("choose a folder or an archive, or begin with an empty project").wait_for()
        archive = visit.locator("input[type=file]").first
        for content in (b"no zip", zipped({"ants/1.png": noise(1)})):
            archive.set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": content})
            visit.get_by_role("button", name="Create").click()
            if content == b"no zip":
                visit.get_by_text("this is no zip and no tar").wait_for()
                expect(visit.get_by_label("Name", exact=True)).to_have_value("seals")
        visit.get_by_text("a.zip: one image added").wait_for()
    assert counts_of(client, "seals") == {"ants": 1}


def test_a_set_goes_on_filling_a_project_that_nobody_looks_at(visit, studio, client):
    begin(visit, studio, "From a named set")
    expect(visit.get_by_label("Name", exact=True)).to_have_value("kana")
    visit.get_by_text("4,600 images at most").wait_for()
    visit.get_by_label("Images", exact=True).click()
    visit.get_by_role("option", name="10 of each character").click()
    visit.get_by_role("button", name="Create").click()
    visit.wait_for_url("**/images")
    visit.get_by_role("link", name="Projects").click()
    visit.locator(".card", has_text="kana").get_by_text("920 images · 92 tags").wait_for()
    visit.get_by_role("link", name="kana", exact=True).click()
    visit.get_by_text("kana: 920 images added").wait_for()
    visit.get_by_role("button", name="Close").click()
    visit.get_by_text("kana: 920 images added").wait_for(state="hidden")
    assert set(counts_of(client, "kana").values()) == {10}


def test_a_folder_on_this_machine_fills_a_project_and_tells_what_was_refused(visit, studio, tmp_path):
    (tmp_path / "stamps" / "ants").mkdir(parents=True)
    (tmp_path / "stamps" / "ants" / "1.png").write_bytes(noise(1))
    (tmp_path / "stamps" / "ants" / "2.png").write_bytes(b"broken")
    begin(visit, studio, "From a folder or an archive")
    visit.wait_for_url("**start=files")
    visit.get_by_label("Or a path on this machine").fill(str(tmp_path / "stamps"))
    visit.get_by_role("button", name="Create").click()
    visit.get_by_role("navigation", name="stamps").wait_for()  # no name was given
    visit.get_by_text("one image added · one file refused").wait_for()
    visit.get_by_text("What was refused").click()
    visit.get_by_text("ants/2.png: it is no image of the kinds that are taken").wait_for()


def test_what_was_refused_is_told_in_japanese(chromium, studio, client):
    made = client.post("/api/v1/projects", json={"name": "断られたもの"}).json()["id"]
    files = {"ants/1.png": noise(1)[:-40], "ants/2.png": b"GIF89a", "ants/3.txt": b""}
    client.post(f"/api/v1/projects/{made}/fillings", content=zipped(files), params={"name": "a.zip"})
    with studio.visitor(chromium, locale="ja-JP") as visit:
        visit.goto(f"{studio.url}/projects/{made}/images")
        visit.locator(".filling summary").click()
        visit.get_by_text("ants/1.png: 画像が途中で切れています").wait_for()
        visit.get_by_text("ants/2.png: 取り込める形式（").wait_for()
        visit.get_by_text("ants/3.txt: 名前からは画像とわかりません").wait_for()


def test_a_filling_that_failed_goes_on_by_a_button(visit, studio, client, tmp_path):
    (tmp_path / "1.png").write_bytes(noise(1))
    table = tmp_path / "list.csv"
    table.write_text("nothing\n1.png\n")
    begin(visit, studio, "From a folder or an archive")
    visit.wait_for_url("**start=files")
    visit.get_by_label("Or a path on this machine").fill(str(table))
    visit.get_by_label("Name", exact=True).fill("from a table")
    visit.get_by_role("button", name="Create").click()
    visit.wait_for_url("**/images")
    visit.get_by_text("list.csv: failed").wait_for()
    table.write_text("path,label\n1.png,ants\n")
    visit.get_by_role("button", name="Go on with").click()
    visit.get_by_text("list.csv: one image added").wait_for()
    expect(visit.get_by_role("button", name="Go on with")).to_have_count(0)
    assert counts_of(client, "from a table") == {"ants": 1}


def test_a_project_is_renamed_copied_and_deleted(visit, studio, client, project, request):
    visit.goto(f"{studio.url}/projects/{project}/settings")
    visit.get_by_label("Name", exact=True).fill("renamed")
    visit.get_by_role("button", name="Save").click()
    visit.get_by_text("Saved").wait_for()
    assert client.get(f"/api/v1/projects/{project}").json()["name"] == "renamed"
    visit.get_by_role("button", name="Copy this project").click()
    visit.get_by_role("dialog").get_by_label("Name").fill("a copy")
    visit.get_by_role("dialog").get_by_role("button", name="Make a copy").click()
    visit.wait_for_url(lambda address: project not in address)
    assert counts_of(client, "a copy") == {"ants": 2, "bees": 1}
    visit.goto(studio.url)
    visit.get_by_role("button", name="More on renamed").click()
    visit.locator(".q-menu").get_by_text("Delete").click()
    visit.get_by_role("dialog").get_by_text("3 images · 2 tags · 0 iterations").wait_for()
    visit.get_by_role("dialog").get_by_role("button", name="Delete").click()
    visit.locator(".card", has_text="renamed").wait_for(state="detached")
    assert client.get(f"/api/v1/projects/{project}").status_code == 404
