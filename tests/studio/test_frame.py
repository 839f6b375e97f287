from uuid import UUID

import httpx2
from playwright.sync_api import expect


def test_a_project_is_made_and_shown_as_a_card(visit, studio):
    visit.get_by_role("link", name="New project").click()
    visit.get_by_label("Name", exact=True).fill("仮名 <b>of</b> hands")
    visit.get_by_role("button", name="Create").click()
    visit.wait_for_url("**/images")
    expect(visit).to_have_title("仮名 <b>of</b> hands – Images – fudemoji")
    visit.get_by_role("link", name="Projects").click()
    card = visit.locator(".card", has_text="仮名 <b>of</b> hands")
    expect(card).to_contain_text("0 images · 0 tags")


def test_the_pages_speak_japanese_and_get_dark_when_asked_to(visit, studio):
    visit.get_by_role("button", name="Menu").click()
    visit.get_by_text("日本語").click()
    visit.get_by_role("heading", name="プロジェクト").wait_for()
    expect(visit.locator("html")).to_have_attribute("lang", "ja")
    visit.get_by_role("button", name="メニュー").click()
    visit.get_by_text("ダーク").click()
    visit.locator("body.body--dark").wait_for()
    visit.reload()
    visit.locator("body.body--dark").wait_for()


def test_what_is_not_there_says_so_and_leads_back(visit, studio):
    visit.goto(f"{studio.url}/projects/nothing/images")
    visit.get_by_role("heading", name="This page is not there").wait_for()
    expect(visit.locator(".content")).to_contain_text("there is no such project")
    visit.get_by_role("link", name="Back to the projects").click()
    visit.get_by_role("link", name="New project").wait_for()


def test_a_wish_that_is_refused_is_told_in_words(visit, studio):
    visit.get_by_role("link", name="New project").click()
    visit.get_by_role("button", name="Create").click()
    expect(visit.locator(".q-notification")).to_contain_text("the project")
    expect(visit.locator(".q-notification").get_by_role("button", name="Close")).to_have_css(
        "color", "rgb(255, 255, 255)"
    )


def test_pages_get_refusals_of_the_api_in_the_visitors_language_and_programs_its_own_words(studio, client):
    japanese = {"Accept-Language": "ja"}
    nowhere = f"{studio.url}/api/v1/projects/{UUID(int=7)}"
    of_page = client.get(nowhere, headers=japanese)
    of_program = httpx2.get(nowhere, headers=japanese)
    assert of_page.status_code == of_program.status_code == 404
    assert of_page.json() == {"code": "NotFoundProject", "message": "このプロジェクトはありません"}
    assert of_program.json() == {"code": "NotFoundProject", "message": "there is no such project"}
    assert client.get(nowhere, headers={"Accept-Language": "en"}).json() == of_program.json()


def test_a_refused_wish_is_told_in_japanese(chromium, studio):
    with studio.visitor(chromium, locale="ja-JP") as visit:
        visit.get_by_role("link", name="新しいプロジェクト").click()
        visit.get_by_role("button", name="作成").click()
        expect(visit.locator(".q-notification")).to_contain_text("プロジェクトの名前が空です")


def test_signing_out_closes_the_door(visit, studio):
    visit.get_by_role("button", name="Menu").click()
    visit.get_by_role("menuitem", name="Sign out").click()
    visit.wait_for_url("**/sign-in*")
    visit.goto(studio.url)
    visit.wait_for_url("**/sign-in*")
