import re

import pytest
from playwright.sync_api import expect

from studios import Studio, tagged


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio where no set lies that would have to be fetched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUDEMOJI_DATA", str(tmp_path_factory.mktemp("sets")))
        with Studio(tmp_path_factory.mktemp("studio") / "store") as running:
            yield running


@pytest.fixture(scope="module")
def project(client):
    """The id of a project of four signs, one of which has fewer images."""
    address = tagged(client, "signs <b>")
    bars = [one["id"] for one in client.get(f"{address}/tags").json() if one["name"] == "bar"]
    ids = client.get(f"{address}/images/ids", params={"tag_ids": bars}).json()["ids"]
    client.delete(f"{address}/images", params={"image_ids": ids[5:]})
    return address.rpartition("/")[2]


def pictures(visit):
    return visit.locator(".pictures img")


def are_shown(visit):
    """Waits until all pictures in view have arrived."""
    visit.wait_for_function(
        "() => [...document.querySelectorAll('.pictures img')].slice(0, 12).every((one) => one.naturalWidth)"
    )


def test_a_named_set_leads_from_its_balance_to_forms_and_to_neighbours(visit, studio):
    visit.goto(f"{studio.url}/sets")
    expect(visit.get_by_text("fudemoji data get kmnist")).to_be_visible()
    visit.get_by_role("link", name=re.compile("kana 46 hiragana")).click()
    visit.get_by_text("92 classes · 18,400 images").wait_for(timeout=60_000)
    expect(visit.locator(".class-row")).to_have_count(60)
    are_shown(visit)
    visit.get_by_role("button", name="Show more classes").click()
    visit.locator(".class-row").nth(91).wait_for()
    visit.locator("a.kind", has_text="お").click()
    visit.get_by_role("heading", name="Form 6").wait_for()
    visit.get_by_role("navigation", name="Forms").get_by_role("link", name="2", exact=True).click()
    visit.wait_for_url("**count=2**")
    visit.get_by_role("heading", name="Form 2").wait_for()
    expect(visit.locator(".group")).to_have_count(2)
    pictures(visit).first.click()
    visit.wait_for_url("**image=*")
    visit.get_by_role("heading", name="お o").wait_for()
    expect(pictures(visit)).to_have_count(36)
    are_shown(visit)
    others = visit.locator(".pictures a.other").count()
    told = visit.get_by_text(re.compile("of another class|of the same class")).inner_text()
    assert told.startswith(str(others) if others > 1 else "One" if others else "All")


def test_a_project_without_a_model_is_compared_by_its_pixels(visit, studio, project):
    visit.goto(f"{studio.url}/sets")
    visit.get_by_role("link", name=re.compile("signs <b> 4 tags")).click()
    visit.get_by_text("The largest class has").wait_for()
    visit.get_by_role("link", name="Fewest images first").click()
    visit.wait_for_url("**order=fewest")
    expect(visit.locator(".class-row").first).to_have_text(re.compile(r"^\s*bar\s*5 images"))
    are_shown(visit)
    pictures(visit).first.click()
    visit.get_by_text("Compared by their pixels.").wait_for()
    visit.get_by_text(re.compile("of another class|of the same class")).wait_for()
    visit.get_by_role("heading", name="bar").get_by_role("link").click()
    visit.get_by_role("heading", name="Form 1").wait_for()
    counts = visit.locator(".group p").all_inner_texts()  # all forms come at once
    assert sum(int(one.split()[0].replace("one", "1")) for one in counts) == 5


def test_what_is_not_there_says_so(visit, studio, project):
    for path in (
        "none",
        "kana?kind=none",
        "kana?image=99999",
        f"{project}?image=none",
        f"{project}?kind=none",
    ):
        visit.goto(f"{studio.url}/sets/{path}")
        visit.get_by_role("heading", name="This page is not there").wait_for()
    visit.goto(f"{studio.url}/sets/kmnist")
    visit.get_by_text("get it with `fudemoji data get kmnist`").wait_for()
