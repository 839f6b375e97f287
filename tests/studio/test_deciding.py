"""What a model takes images for is confirmed by a person: suggested tags, received predictions, and the filters."""

import contextlib
import re

import pytest
from playwright.sync_api import TimeoutError as NotYet
from playwright.sync_api import expect

from servers import form, noise, wait_for
from studios import tagged, train, trains_in_seconds

studio = trains_in_seconds()


@pytest.fixture(scope="module")
def project(client):
    """A project of four signs with a trained iteration, and two images that nobody has tagged."""
    address = tagged(client, "signs")
    train(client, address)
    return address.rpartition("/")[2]


@pytest.fixture
def untagged(client, project):
    """The ids of three images without tags, which are gone afterwards."""
    address = f"/api/v1/projects/{project}/images"
    sent = client.post(address, files=form([noise(seed) for seed in (1, 2, 3)])).json()["images"]
    ids = [one["image"]["id"] for one in sent]
    yield ids
    client.delete(address, params={"image_ids": ids})


def tags_of(client, project, image_id):
    return [tag["name"] for tag in client.get(f"/api/v1/projects/{project}/images/{image_id}").json()["tags"]]


def shown_of(review, ids):
    """The image of these that is shown, as soon as one is."""
    source = review.locator("figure img")
    expect(source).to_have_attribute("src", re.compile("|".join(ids)))
    return next(one for one in ids if one in source.get_attribute("src"))


def test_a_key_confirms_what_is_suggested_and_another_takes_it_back(visit, studio, client, project, untagged):
    visit.goto(f"{studio.url}/projects/{project}/images")
    visit.get_by_role("link", name="Suggested tags for 3 images").click()
    review = visit.get_by_role("group", name="Suggested tags")
    review.get_by_text("3 left").wait_for()
    iteration = client.get(f"/api/v1/projects/{project}/iterations").json()[0]["id"]
    told = client.get(f"/api/v1/projects/{project}/iterations/{iteration}/suggestions").json()
    first, second = told[0]["image"]["id"], told[1]["image"]["id"]
    review.locator(f"figure img[src*='{first}']").wait_for()
    review.press("Enter")
    review.locator(f"figure img[src*='{second}']").wait_for()
    wait_for(lambda: tags_of(client, project, first) == [told[0]["probabilities"][0]["tag"]])
    review.press("2")
    wait_for(lambda: tags_of(client, project, second) == [told[1]["probabilities"][1]["tag"]])
    review.get_by_text("2 decided · one left").wait_for()
    review.press("z")
    review.locator(f"figure img[src*='{second}']").wait_for()
    assert tags_of(client, project, second) == []


def test_a_tag_is_typed_and_what_others_decided_meanwhile_stays(visit, studio, client, project, untagged):
    visit.goto(f"{studio.url}/projects/{project}/images/suggestions?order=certain")
    review = visit.get_by_role("group", name="Suggested tags")
    review.get_by_text("3 left").wait_for()
    shown = shown_of(review, untagged)
    review.press("c")
    visit.get_by_role("combobox", name="Tag").fill("cross")
    visit.keyboard.press("Enter")
    wait_for(lambda: tags_of(client, project, shown) == ["cross"])

    now = shown_of(review, [one for one in untagged if one != shown])
    tag = client.get(f"/api/v1/projects/{project}/tags").json()[0]
    told = client.post(
        f"/api/v1/projects/{project}/images/tags", json={"image_ids": [now], "tag_ids": [tag["id"]]}
    )
    assert told.json()["created"]
    place = [one.inner_text() for one in review.locator(".bars .reading").all()]
    review.press(str(next(number for number, name in enumerate(place, 1) if name != tag["name"])))
    visit.get_by_text("Somebody has tagged or deleted this image meanwhile").wait_for()
    assert tags_of(client, project, now) == [tag["name"]]


def test_received_predictions_become_images_or_are_deleted(visit, studio, client, project):
    address = f"/api/v1/projects/{project}/predictions"
    asked = {"keep": True, "application": "a reader"}
    client.post(address, params=asked, files=form([noise(seed) for seed in (11, 12, 13)]))
    visit.goto(f"{studio.url}/projects/{project}/predictions")
    review = visit.get_by_role("group", name="Predictions")
    review.get_by_text("3 left").wait_for()
    visit.get_by_label("Program").select_option("a reader")
    visit.wait_for_url("**application=a+reader*")
    found = client.get(address, params={"order": "suggested"}).json()["predictions"]
    review.locator(f"figure img[src*='{found[0]['id']}']").wait_for()
    num_images = client.get(f"/api/v1/projects/{project}/images").json()["total"]
    review.press("Enter")
    review.locator(f"figure img[src*='{found[1]['id']}']").wait_for()
    wait_for(lambda: client.get(f"/api/v1/projects/{project}/images").json()["total"] == num_images + 1)
    newest = client.get(f"/api/v1/projects/{project}/images", params={"take": 1}).json()["images"][0]
    assert [tag["name"] for tag in newest["tags"]] == [found[0]["probabilities"][0]["tag"]]
    review.press("Delete")
    visit.get_by_role("dialog").get_by_role("button", name="Delete").click()
    wait_for(lambda: client.get(address).json()["total"] == 1)
    client.post(address, params=asked, files=form([noise(14)]))  # while the page is open
    review.get_by_text("2 left").wait_for()
    visit.get_by_role("button", name="Delete these").click()
    visit.get_by_role("dialog").get_by_role("button", name="Delete").click()
    visit.get_by_text("No predictions have been kept yet.").wait_for()
    assert client.get(address).json()["total"] == 0


def found_and_shown(page, client, project, asked):
    """What the API finds, when the page shows as many; the model may still be looking at new images."""
    for _ in range(15):
        found = client.get(f"/api/v1/projects/{project}/images/ids", params=asked).json()
        with contextlib.suppress(NotYet):
            page.get_by_text(f"{len(found['ids'])} images", exact=True).wait_for(timeout=2000)
            return found
    raise AssertionError(f"the page never shows {len(found['ids'])} images")


def test_images_are_shown_as_an_iteration_sees_them_and_the_address_says_so(
    visit, studio, client, project, untagged
):
    visit.goto(f"{studio.url}/projects/{project}/images")
    visit.get_by_label("Show").select_option("untagged")
    visit.get_by_text("3 images", exact=True).wait_for()
    visit.get_by_label("Show").select_option("")
    iteration = client.get(f"/api/v1/projects/{project}/iterations").json()[0]["id"]
    for seen, asked in (("valid", {"split": "valid"}), ("uncertain", {"verdict": "uncertain"})):
        visit.get_by_label("As an iteration sees them").select_option(seen)
        asked["iteration_id"] = iteration
        found = found_and_shown(visit, client, project, asked)
        visit.get_by_text(found["notes"][found["ids"][0]]).first.wait_for()
    visit.wait_for_url(f"**iteration={iteration}&seen=uncertain")
    visit.reload()
    found_and_shown(visit, client, project, asked)
    expect(visit.get_by_label("As an iteration sees them")).to_have_value("uncertain")
