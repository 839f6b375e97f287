"""Questions and menus, as every page asks and shows them."""

import contextlib

import pytest
from playwright.sync_api import expect


@pytest.fixture
def named(studio, request):
    """The name of a new project, of which the first page shows a card."""
    with contextlib.closing(studio.client()) as client:
        assert client.post("/api/v1/projects", json={"name": request.node.name}).status_code == 201
    return request.node.name


def opened(visit, studio, name, item):
    """The dialog that an item of a card's menu leads to."""
    visit.goto(studio.url)
    visit.get_by_role("button", name=f"More on {name}").click()
    visit.get_by_role("menuitem", name=item).click()
    return visit.get_by_role("dialog")


def test_a_question_is_named_for_those_who_do_not_see_it_and_escape_closes_it(visit, studio, named):
    asked = opened(visit, studio, named, "Delete")
    expect(asked).to_have_accessible_name(f"Delete {named}?")
    expect(asked.get_by_role("button", name="Cancel")).to_be_focused()  # Enter loses nothing
    visit.keyboard.press("Escape")
    expect(visit.locator(".ask")).to_have_count(0)
    expect(visit.locator(".card", has_text=named)).to_be_visible()


def test_enter_in_a_field_does_what_is_asked_but_not_while_kana_are_converted(visit, studio, named):
    asked = opened(visit, studio, named, "Make a copy")
    field = asked.get_by_label("Name")
    expect(field).to_be_focused()
    field.fill(f"{named} again")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(asked).to_be_visible()
    field.press("Enter")
    visit.get_by_role("navigation", name=f"{named} again").wait_for()


def test_what_is_refused_leaves_the_question_and_what_was_typed(visit, studio, named):
    asked = opened(visit, studio, named, "Make a copy")
    asked.get_by_label("Name").fill("")
    asked.get_by_role("button", name="Make a copy").click()
    visit.locator(".q-notification").wait_for()
    expect(asked.get_by_role("button", name="Make a copy")).to_be_enabled()
