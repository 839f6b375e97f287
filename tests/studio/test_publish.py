import os
import re
import subprocess
import sys

import httpx2
import pytest
from playwright.sync_api import expect

from servers import noise
from studios import tagged, train

TINY = {"model": "mlp", "epochs": 2, "batch_size": 16, "ema": 0, "test_shifts": 0}


@pytest.fixture(scope="module")
def project(client):
    """The address of a project with two iterations in the API."""
    address = tagged(client, "signs")
    for seed in (1, 2):
        train(client, address, settings={**TINY, "seed": seed}, force=True)
    return address


@pytest.fixture
def page(visit, studio, client, project):
    """The page, of a project of which nothing is published."""
    for one in client.get(f"{project}/publications").json():
        client.delete(f"{project}/publications", params={"name": one["name"]})
    visit.goto(studio.url + project.removeprefix("/api/v1") + "/publish")
    visit.get_by_text("Nothing is published").wait_for()
    return visit


def publish(page, name):
    page.get_by_label("Name for programs").fill(name)
    page.get_by_role("button", name="Publish", exact=True).click()


def answering(page):
    return page.locator(".answering")


def test_what_is_published_answers_to_the_programs_that_the_page_shows(page, client, project, tmp_path):
    publish(page, '読む/1 "a"')
    expect(answering(page)).to_contain_text("Iteration 2 answers since")
    secret = client.post("/api/v1/keys", json={"name": "test", "kind": "prediction"}).json()["secret"]
    (tmp_path / "image.png").write_bytes(noise(1))

    def said(language, *command):
        block = page.locator("details", has=page.get_by_text(language, exact=True))
        if block.get_attribute("open") is None:
            block.locator("summary").click()
        code = block.locator("code").inner_text()
        ran = subprocess.run(
            [*command, code],
            cwd=tmp_path,
            env={**os.environ, "FUDEMOJI_KEY": secret, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    assert '"probability"' in said("curl", "bash", "-c")
    for language in ("Python", "Custom Vision"):
        assert re.match(r"\d+\.\d% (bar|post|box|cross)\n", said(language, sys.executable, "-c"))
    kept = client.get(f"{project}/predictions").json()["predictions"]
    assert len(kept) == 3
    page.get_by_role("checkbox", name="Keep what is sent, to be tagged").click()
    page.wait_for_function("() => !document.querySelector('.copied code').innerText.includes('keep')")
    said("curl", "bash", "-c")
    said("Custom Vision", sys.executable, "-c")
    assert len(client.get(f"{project}/predictions").json()["predictions"]) == 3


def test_whether_images_are_kept_and_which_name_is_shown_outlive_a_reload(page, client, project):
    ids = [one["id"] for one in client.get(f"{project}/iterations").json()]
    for name, iteration in zip(("first", "読む/2"), ids, strict=True):
        client.post(f"{project}/publications", json={"name": name, "iteration_id": iteration})
    answering(page).nth(1).wait_for()
    page.get_by_role("combobox", name="Published as").click()
    page.get_by_role("option", name="読む/2").click()
    page.get_by_role("checkbox", name="Keep what is sent, to be tagged").click()
    page.wait_for_url("**keep=no")
    page.reload()
    url = page.locator(".copied code").first
    expect(url).to_have_text(re.compile("/predictions[?]published=%E8%AA%AD%E3%82%80%2F2$"))
    page.get_by_role("checkbox", name="Keep what is sent, to be tagged").click()
    page.wait_for_url(re.compile("[?]name=[^&]*$"))


def test_how_good_an_iteration_is_stands_beside_what_answers_and_in_the_history(page, client, project):
    publish(page, "reader")
    newest = client.get(f"{project}/iterations").json()[-1]
    measured = client.get(f"{project}/iterations/{newest['id']}/performance", params={"threshold": 0}).json()
    told = f"accuracy {100 * measured['precision']:.1f} %"  # with one tag an image, at no threshold
    answering(page).get_by_text(f"On held-out images: {told}").wait_for()
    page.get_by_role("row", name="reader Iteration 2").get_by_text(told).first.wait_for()


def test_another_iteration_takes_over_is_rolled_back_and_unpublished(page):
    publish(page, "reader")
    answering(page).wait_for()
    page.get_by_role("combobox", name="Iteration").first.click()
    page.get_by_role("option", name="Iteration 1").click()
    publish(page, "reader")
    page.get_by_text("Let Iteration 1 answer as reader?").wait_for()
    page.locator(".ask").get_by_role("button", name="Publish").click()
    page.get_by_text("Iteration 1 answers since").wait_for()
    page.get_by_role("button", name="Roll back to Iteration 2").click()
    page.get_by_text("Iteration 2 answers since").wait_for()
    page.get_by_role("cell", name="Iteration 2 (rolled back to)").first.wait_for()
    page.get_by_role("button", name="Unpublish").click()
    page.locator(".ask").get_by_role("button", name="Unpublish").click()
    page.get_by_text("Nothing is published").wait_for()


def test_the_page_follows_what_others_do_and_keeps_what_is_typed(page, client, project):
    page.get_by_label("Name for programs").fill("half typ")
    iteration = client.get(f"{project}/iterations").json()[0]["id"]
    client.post(f"{project}/publications", json={"name": "theirs", "iteration_id": iteration})
    expect(answering(page)).to_contain_text("theirs")
    expect(page.get_by_label("Name for programs")).to_have_value("half typ")


def test_a_key_is_shown_once_opens_the_predictions_and_is_revoked(page, studio, project):
    publish(page, "reader")
    answering(page).wait_for()
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name, by which you know it again").fill("the reading room")
    page.get_by_role("button", name="Make it", exact=True).and_(page.locator(".ask button")).click()
    secret = page.locator(".ask pre").first.inner_text().strip()
    page.get_by_role("button", name="I have it").click()
    page.locator(".rows li", has_text="the reading room").wait_for()
    page.locator(".ask").wait_for(state="detached")
    assert secret not in page.content()

    def asked(key):
        headers = {"Prediction-Key": key, "Content-Type": "application/octet-stream"}
        url = f"{studio.url}{project}/predictions?published=reader"
        return httpx2.post(url, content=noise(1), headers=headers, timeout=60).status_code

    assert (asked(secret), asked("something else")) == (200, 401)
    page.get_by_role("button", name="Revoke the reading room").click()
    page.locator(".ask").get_by_role("button", name="Revoke").click()
    page.locator(".rows li", has_text="the reading room").wait_for(state="detached")
    assert asked(secret) == 401


def test_a_model_is_packed_and_downloaded(page):
    page.get_by_role("button", name="Make it: Safetensors").click()
    download = page.locator(".rows li", has_text="Safetensors").get_by_role("link", name="Download")
    download.wait_for(timeout=120_000)
    with page.expect_download() as file:
        download.click()
    assert file.value.suggested_filename.endswith(".zip")
