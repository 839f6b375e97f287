import re

import pytest
from playwright.sync_api import expect

from studios import tagged

PATIENCE = 180_000  # of a browser, milliseconds


@pytest.fixture
def project(client, request):
    """The id of a project with 40 images of four signs."""
    return tagged(client, request.node.name[:60]).rpartition("/")[2]


def page_of(studio, project, **wish):
    query = "&".join(f"{name}={value}" for name, value in {"model": "mlp", "lr": 0.01, **wish}.items())
    return f"{studio.url}/projects/{project}/train?{query}"


def iteration(visit, name):
    return visit.locator("li.iteration", has=visit.get_by_role("heading", name=name, exact=True))


def test_one_button_trains_and_the_page_follows_until_the_report_is_there(visit, studio, client, project):
    visit.goto(page_of(studio, project, epochs=300))
    asked = visit.locator(".panel").first
    asked.get_by_text("40 tagged images · 4 tags").wait_for()
    asked.get_by_text(re.compile(r"about \d+ seconds, ")).wait_for()
    visit.get_by_role("button", name="Train", exact=True).click()
    visit.locator("figure svg").first.wait_for(timeout=PATIENCE)
    expect(visit.locator(".figures")).to_have_text(re.compile(r"\d / 300\D"))
    asked.get_by_text("The very same training is under way.").wait_for()
    told = visit.get_by_text("Iteration 1 is trained.")
    told.wait_for(timeout=PATIENCE)
    row = iteration(visit, "Iteration 1")
    expect(row).to_have_text(re.compile(r"\d+\.\d\s% of \d+ held-out images right"))
    asked.get_by_text("as one training on this machine").wait_for()
    report = client.get(row.get_by_role("link", name="Report").get_attribute("href"))
    assert "<title>" in report.text
    assert "sandbox allow-scripts" in report.headers["content-security-policy"]
    assert "connect-src" not in report.headers["content-security-policy"]

    row.get_by_role("button", name="More about Iteration 1").click()
    visit.get_by_role("menuitem", name="Rename").click()
    visit.get_by_role("dialog").get_by_label("Name").fill("The <first>")
    visit.get_by_role("dialog").get_by_role("button", name="Rename").click()
    iteration(visit, "The <first>").wait_for()
    iteration(visit, "The <first>").get_by_role("button", name="More about").click()
    visit.get_by_role("menuitem", name="Delete").click()
    visit.get_by_role("dialog").get_by_role("button", name="Delete").click()
    iteration(visit, "The <first>").wait_for(state="detached")


def test_a_training_is_cancelled_and_the_next_one_has_its_turn(visit, studio, project):
    visit.goto(page_of(studio, project, epochs=100_000))
    visit.get_by_role("button", name="Train", exact=True).click()
    visit.locator("figure svg").first.wait_for(timeout=PATIENCE)
    visit.get_by_label("Epochs").fill("2")
    visit.wait_for_url("**epochs=2*")
    visit.get_by_role("button", name="Train", exact=True).click()
    waiting = visit.get_by_role("listitem").filter(has_text="waits for its turn")
    waiting.wait_for()
    visit.get_by_role("button", name="Cancel", exact=True).click()
    iteration(visit, "Iteration 1").get_by_text("cancelled").wait_for(timeout=PATIENCE)
    iteration(visit, "Iteration 2").get_by_text("trained").wait_for(timeout=PATIENCE)


def test_a_training_that_fails_says_why_and_the_page_goes_on(visit, studio, client, project):
    images = list((studio.store / "images").rglob("*"))
    kept = {path: path.read_bytes() for path in images if path.is_file()}
    visit.goto(page_of(studio, project, epochs=2))
    for path in kept:
        path.unlink()
    visit.get_by_role("button", name="Train", exact=True).click()
    visit.locator(".q-notification", has_text="the files of 40 images are gone").wait_for(timeout=PATIENCE)
    visit.get_by_role("button", name="Close").click()
    row = iteration(visit, "Iteration 1")
    expect(row).to_contain_text("restore the files")
    for path, content in kept.items():
        path.write_bytes(content)
    row.get_by_role("button", name="Go on with Iteration 1").click()
    row.get_by_text("trained").wait_for(timeout=PATIENCE)


def test_what_keeps_a_training_from_being_started_is_said(visit, studio, client, project):
    visit.goto(page_of(studio, project, lr="fast"))
    button = visit.get_by_role("button", name="Train", exact=True)
    visit.locator(".notice[role=status]", has_text="'fast' is neither a number").wait_for()
    expect(button).to_be_disabled()
    visit.get_by_label("Learning rate", exact=True).fill("0.02")
    visit.locator(".notice[role=status]").wait_for(state="hidden")
    expect(button).to_be_enabled()
    for wrong in ("an hour", "1.5", "97"):
        visit.get_by_label("Hours that it may take").fill(wrong)
        visit.get_by_text("the hours that it may take are a whole number from 1 to 96").wait_for()
        expect(button).to_be_disabled()
        visit.get_by_label("Hours that it may take").fill("2")
        visit.get_by_text("the hours that it may take are").wait_for(state="hidden")
    expect(button).to_be_enabled()
    address = f"/api/v1/projects/{project}"
    tag = next(one["id"] for one in client.get(f"{address}/tags").json() if one["name"] == "bar")
    ids = [one["id"] for one in client.get(f"{address}/images", params={"tag_ids": [tag]}).json()["images"]]
    client.delete(f"{address}/images", params={"image_ids": ids[2:]})
    visit.get_by_text("Each tag needs 5 images; too few have: bar (2).").wait_for()
    expect(button).to_be_disabled()


def test_the_finder_draws_its_curve_and_gives_its_rate_to_the_training(visit, studio, project):
    visit.goto(page_of(studio, project, lr=""))
    visit.get_by_role("button", name="Look for a rate").click()
    visit.get_by_role("button", name="End the search").wait_for()
    visit.get_by_role("progressbar", name="Learning rate finder").wait_for(timeout=PATIENCE)
    visit.locator(".rate svg").wait_for(timeout=PATIENCE)
    taken = visit.get_by_role("button", name="Take 0.")
    rate = taken.inner_text().removeprefix("Take ")
    taken.click()
    visit.wait_for_url(f"**lr={rate}*")
    visit.reload()
    expect(visit.get_by_label("Learning rate", exact=True)).to_have_value(rate)
    visit.locator(".rate svg").wait_for()
    elsewhere = visit.get_by_text("This was found with other settings.")
    expect(elsewhere).to_be_hidden()
    visit.get_by_label("Pixels of a side").fill("16")
    elsewhere.wait_for()
