"""Several people at once, a studio that is started anew, and hands that touch no mouse."""

import contextlib

import pytest
from playwright.sync_api import expect

from fudemoji.studio.secrets import set_password
from studios import Studio, new_page

TYPED = "仮名の手習い、まだ名前だけ"
PASSWORD = "correct horse 馬"
FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.getAttribute("aria-label") || one.labels?.[0]?.innerText || one.innerText || "";
  return label.trim();
}"""


@pytest.fixture
def own(tmp_path):
    """A studio that a test may stop."""
    with Studio(tmp_path / "store") as running:
        yield running


@contextlib.contextmanager
def somebody(chromium, studio):
    """A page of somebody whose connection or project may be lost, which browsers call an error."""
    page = new_page(chromium)
    crashes = []
    page.on("pageerror", lambda error: crashes.append(str(error)))
    page.goto(studio.way_in)
    yield page
    page.context.close()
    assert not crashes, crashes


def asks_for_tag(person, name):
    person.get_by_role("button", name="New tag").click()
    person.get_by_label("Name").fill(name)


def tab_to(person, label, *, most=40):
    for _ in range(most):
        person.keyboard.press("Tab")
        if person.evaluate(FOCUSED) == label:
            return
    raise AssertionError(f"{most} times Tab did not lead to {label!r}")


def test_two_people_work_on_a_project_and_neither_is_in_the_others_way(chromium, studio):
    with contextlib.closing(studio.client()) as client:
        project_id = client.post("/api/v1/projects", json={"name": "shared"}).json()["id"]
        address = f"{studio.url}/projects/{project_id}/images"
        with somebody(chromium, studio) as one, somebody(chromium, studio) as other:
            one.goto(address)
            other.goto(address)
            asks_for_tag(other, "ant")
            asks_for_tag(one, "ant")
            one.get_by_role("button", name="Create").click()
            other.locator("button.tag", has_text="ant").wait_for(state="attached")  # told, without a reload
            expect(other.get_by_label("Name")).to_have_value("ant")  # what was typed stays
            other.get_by_role("button", name="Create").click()
            expect(other.locator(".q-notification")).to_contain_text("ant")
            other.get_by_label("Name").fill("bee")
            other.get_by_role("button", name="Create").click()
            one.locator("button.tag", has_text="bee").wait_for()
            client.delete(f"/api/v1/projects/{project_id}")
            asks_for_tag(one, "wasp")
            one.get_by_role("button", name="Create").click()
            one.get_by_text("there is no such project").first.wait_for()


def test_a_page_comes_back_after_a_restart_says_why_and_keeps_what_was_typed(chromium, own):
    with somebody(chromium, own) as person:
        person.get_by_role("link", name="New project").click()
        person.get_by_label("Name", exact=True).fill(TYPED)
        person.get_by_label("Name", exact=True).press("End")
        person.keyboard.type("…")
        assert own.stop() == 0
        person.locator("#popup[aria-hidden=false]").wait_for()
        own.start()
        note = person.locator(".came-back")
        expect(note).to_contain_text("this page was loaded again")
        expect(note).to_contain_text(f"{TYPED}…")
        note.get_by_role("button", name="Close").click()
        note.wait_for(state="detached")
        person.get_by_role("heading", name="New project").wait_for()
        person.reload()
        person.get_by_role("heading", name="New project").wait_for()
        expect(note).to_have_count(0)


def test_a_new_password_leads_open_pages_to_the_door_and_back(chromium, own):
    with somebody(chromium, own) as person:
        person.goto(f"{own.url}/new?from=here")
        person.get_by_text("From a named set").wait_for()
        set_password(own.store, PASSWORD)
        person.get_by_text("From a named set").click()
        person.wait_for_url("**/sign-in?next=*")
        person.get_by_label("Password").fill("wrong password")
        person.get_by_role("button", name="Sign in").click()
        person.get_by_role("alert").wait_for()
        person.get_by_label("Password").fill(PASSWORD)
        person.get_by_role("button", name="Sign in").click()
        person.wait_for_url("**/new?from=here")
        person.get_by_role("heading", name="New project").wait_for()


def test_the_keyboard_alone_leads_everywhere(visit, studio):
    visit.keyboard.press("Tab")
    assert visit.evaluate(FOCUSED) == "Skip to the content"
    visit.keyboard.press("Enter")
    tab_to(visit, "New project", most=2)
    visit.keyboard.press("Enter")
    visit.get_by_label("Name", exact=True).wait_for()
    visit.wait_for_function("document.activeElement.ariaLabel === 'Name'")
    visit.keyboard.type("by hand")
    visit.keyboard.press("Enter")
    visit.wait_for_url("**/images")
    tab_to(visit, "Menu")
    visit.keyboard.press("Enter")
    visit.get_by_text("日本語").wait_for()
    visit.keyboard.press("ArrowDown")
    visit.keyboard.press("Escape")
    visit.get_by_text("日本語").wait_for(state="hidden")
    tab_to(visit, "New tag")
    visit.keyboard.press("Enter")
    visit.wait_for_function("document.activeElement.matches('.q-dialog input')")
    visit.keyboard.type("ant")
    visit.keyboard.press("Enter")
    visit.locator("button.tag", has_text="ant").wait_for()
