"""Archives and pasted pictures on the page Images, and an upload that a restart of the studio cuts off."""

import base64
import contextlib
import uuid

import pytest
from playwright.sync_api import expect

from archives import zipped
from servers import form, noise
from studios import Studio, new_page

NUM_FILES = 40
ALL_NEW = f"{NUM_FILES} files looked at · {NUM_FILES} new"
NO_ANSWER = "The studio does not answer; what is left is sent when it does."


def made(client):
    """The address of a new project in the API."""
    return f"/api/v1/projects/{client.post('/api/v1/projects', json={'name': uuid.uuid4().hex}).json()['id']}"


@pytest.fixture
def client(studio):
    with contextlib.closing(studio.client()) as client:
        yield client


@pytest.fixture
def project(client):
    return made(client)


@contextlib.contextmanager
def somebody(chromium, studio, project, **options):
    """The same of a person of whom something is refused, which browsers call an error."""
    person = new_page(chromium, **options)
    person.goto(studio.way_in)
    person.goto(f"{studio.url}{project.removeprefix('/api/v1')}/images")
    person.locator(".uploads-invitation").wait_for()
    yield person
    person.context.close()


@pytest.fixture
def page(visit, studio, project):
    """The page of a project without images."""
    visit.goto(f"{studio.url}{project.removeprefix('/api/v1')}/images")
    visit.get_by_text("Drop images, folders or archives").wait_for()
    return visit


def choose_archive(person, content):
    archive = {"name": "insects.zip", "mimeType": "application/zip", "buffer": content}
    person.locator("input[type=file]").first.set_input_files(archive)


def test_an_archive_is_uploaded_its_folders_are_tags_and_what_is_wrong_is_told(page, client, project):
    client.post(f"{project}/images", files=form([noise(1)]))
    contents = {
        f"insects/{name}/{number}.png": noise(10 * number + len(name))
        for name in ("ants", "beetles")
        for number in range(3)
    }
    contents |= {"insects/ants/again.png": noise(1), "insects/ants/cut.png": noise(2)[:50]}
    choose_archive(page, zipped(contents))
    page.get_by_text("Are the folders in the archive tags of the images in them?").wait_for()
    page.get_by_role("button", name="Folders are tags").click()
    page.locator(".uploads").get_by_text("8 files looked at · 6 new · 1 here already · 1 refused").wait_for()
    page.locator(".uploads li", has_text="insects/ants/cut.png").wait_for()
    page.locator(".tile img").nth(6).wait_for()
    counts = {tag["name"]: tag["num_images"] for tag in client.get(f"{project}/tags").json()}
    assert counts == {"ants": 4, "beetles": 3}


def test_what_is_no_archive_is_said(chromium, studio, client, project):
    with somebody(chromium, studio, project) as person:
        choose_archive(person, b"no zip")
        person.get_by_role("button", name="Add them without tags").click()
        person.locator(".uploads [role=alert]", has_text="this is no zip and no tar").wait_for()
    assert client.get(f"{project}/images").json()["total"] == 0


def test_what_the_server_tells_of_an_archive_is_told_in_japanese(chromium, studio, client, project):
    with somebody(chromium, studio, project, locale="ja-JP") as person:
        choose_archive(person, zipped({"cut.png": noise(2)[:50], "whole.png": noise(3)}))
        person.get_by_role("button", name="タグなしで追加").click()
        expect(person.locator(".uploads li")).to_have_text("cut.png 画像が途中で切れています")
        person.get_by_role("button", name="閉じる").click()
        choose_archive(person, b"no zip")
        person.get_by_role("button", name="タグなしで追加").click()
        expect(person.get_by_role("alert")).to_contain_text("zip でも tar でもありません")


def test_a_picture_is_pasted(page, client, project):
    page.evaluate(
        """(content) => {
            const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0)), data = new DataTransfer();
            data.items.add(new File([bytes], "image.png", { type: "image/png" }));
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }""",
        base64.b64encode(noise(3)).decode(),
    )
    page.get_by_text("One file looked at · 1 new").wait_for()
    page.locator(".tile img").wait_for()
    (image,) = client.get(f"{project}/images").json()["images"]
    assert image["name"] == "image.png"


@pytest.fixture
def own(tmp_path):
    """A studio that a test may stop."""
    with Studio(tmp_path / "store") as running:
        yield running


def choose_many(person):
    files = [
        {"name": f"{number}.png", "mimeType": "image/png", "buffer": noise(number)}
        for number in range(NUM_FILES)
    ]
    person.locator("input[type=file]").first.set_input_files(files)


def begin_without_answer(person, studio):
    """An upload while the studio is stopped."""
    # browsers ask only those who did something
    person.get_by_text("Drop images, folders or archives").click()
    assert studio.stop() == 0
    choose_many(person)
    person.get_by_text(NO_ANSWER).wait_for()


def test_an_upload_that_a_restart_cuts_off_waits_and_goes_on(chromium, own):
    with contextlib.closing(own.client()) as client:
        project = made(client)
        with somebody(chromium, own, project) as person:
            person.on("dialog", lambda asked: asked.dismiss())  # the browser asks whether to leave: no
            begin_without_answer(person, own)
            own.start()
            expect(person.locator(".came-back")).to_contain_text("this page was loaded again")
            expect(person.locator(".uploads-told")).to_contain_text(ALL_NEW)
            expect(person.get_by_role("alert")).to_have_count(0)
            person.get_by_role("button", name=f"Choose the {NUM_FILES} new images").wait_for()
        assert client.get(f"{project}/images").json()["total"] == NUM_FILES


def test_who_leaves_the_page_in_the_middle_of_an_upload_is_told_what_was_sent(chromium, own):
    with contextlib.closing(own.client()) as client:
        project = made(client)
        with somebody(chromium, own, project) as person:
            person.on("dialog", lambda asked: asked.accept())
            begin_without_answer(person, own)
            person.route("**/api/**/images", lambda asked: asked.abort())
            own.start()
            expect(person.get_by_role("alert")).to_contain_text(
                "The upload was cut off. Choose the same files again"
            )
            person.unroute("**/api/**/images")
            choose_many(person)
            expect(person.locator(".uploads-told")).to_contain_text(ALL_NEW)
            expect(person.get_by_role("alert")).to_have_count(0)
        assert client.get(f"{project}/images").json()["total"] == NUM_FILES
