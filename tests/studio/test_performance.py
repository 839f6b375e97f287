"""The figures that the browser makes, held against the server's; the images behind them; two iterations beside."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from fudemoji.metrics import expected_calibration_error, mcnemar_exact
from fudemoji.report.words import percent
from studios import tagged, train, trains_in_seconds

FIGURES = ("precision", "recall", "averagePrecision")

studio = trains_in_seconds(valid=0.3)


@pytest.fixture(scope="module")
def project(client):
    """The address of a project with a trained iteration that is not always right."""
    address = tagged(client, "signs", num=120)
    train(client, address)
    return address


@pytest.fixture
def newest(client, project):
    return client.get(f"{project}/iterations").json()[-1]


def looked_at(visit, studio, project, query=""):
    visit.goto(studio.url + project.removeprefix("/api/v1") + f"/performance{query}")
    visit.locator(".totals").wait_for()
    return visit


def test_the_slider_moves_all_figures_at_once_to_those_of_the_server(visit, studio, client, project, newest):
    page = looked_at(visit, studio, project)
    for threshold in ("0.3", "0.62", "0.9"):
        page.get_by_label("Probability threshold").fill(threshold)
        told = client.get(
            f"{project}/iterations/{newest['id']}/performance", params={"threshold": threshold}
        ).json()
        for name in FIGURES:
            figure = page.locator(f"[data-figure={name}] strong")
            expect(figure).to_have_text(percent(told[re.sub("P", "_p", name)]))
        for tag in told["tags"]:
            cells = (
                page.get_by_role("row", name=re.compile(f"^{tag['tag']} "))
                .first.locator("td")
                .all_inner_texts()
            )
            recall, average = (
                percent(tag[name]) if tag["num_images"] else "–" for name in ("recall", "average_precision")
            )
            assert [cells[0], cells[2], cells[3]] == [str(tag["num_images"]), recall, average]
    page.wait_for_url("**threshold=0.9*")
    page.reload()
    expect(page.get_by_label("Probability threshold")).to_have_value("0.9")


def test_a_cell_of_the_confusion_opens_the_images_behind_it(visit, studio, client, project, newest):
    page = looked_at(visit, studio, project, "?threshold=0")
    cell = page.locator(".matrix button[tabindex='0']")
    cell.focus()
    page.keyboard.press("ArrowDown")  # to the next cell that is not empty, if there is one
    page.evaluate("() => new Promise(requestAnimationFrame)")
    chosen = page.locator(".matrix button:focus")
    name, count = chosen.get_attribute("aria-label").rsplit(": ", 1)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=name)
    expect(dialog.locator(".cases li")).to_have_count(int(count))
    page.wait_for_function("[...document.querySelectorAll('dialog img')].every((one) => one.naturalWidth)")
    dialog.locator(".cases button").first.click()
    dialog.get_by_role("button", name="All of these").wait_for()
    href = dialog.get_by_role("link", name="Show those tagged so now on the page Images").get_attribute(
        "href"
    )
    assert "missed=" in href or "rightly=" in href
    dialog.locator(".likely li").first.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".bin").last.click()
    page.get_by_role("dialog").locator(".cases li").first.wait_for()


@pytest.mark.parametrize(
    ("threshold", "outcome", "asked"),
    [("0", "rightly given", "rightly=*&least=0"), ("1", "given no tag", "missed=*&wrongly=none&least=1")],
)
def test_a_cell_leads_to_its_images_on_the_page_images(
    visit, studio, client, project, newest, threshold, outcome, asked
):
    page = looked_at(visit, studio, project, f"?threshold={threshold}")
    cell = page.get_by_role("button", name=re.compile(f"^(box|post), {outcome}: [2-9]")).first
    name, count = cell.get_attribute("aria-label").rsplit(": ", 1)
    cell.click()
    page.get_by_role("dialog").get_by_role("link", name="Show those tagged so now").click()
    page.wait_for_url(f"**/images?iteration={newest['id']}&seen=outcome&{asked}")
    page.get_by_text(f"{count} images", exact=True).wait_for()
    view = page.get_by_label("As an iteration sees them")
    told = name.replace(", rightly", ": rightly")
    expect(view.locator("option:checked")).to_have_text(told)
    page.reload()
    page.get_by_text(f"{count} images", exact=True).wait_for()
    tag = name.split(", ")[0]
    expect(page.locator(".tile", has_text=tag)).to_have_count(int(count))
    view.select_option("valid")
    page.wait_for_url(f"**/images?iteration={newest['id']}&seen=valid")


def test_a_tags_figures_lead_to_its_images_which_leave_as_they_are_tagged_anew(
    visit, studio, client, project
):
    page = looked_at(visit, studio, project, "?threshold=0")
    figure = page.get_by_role("button", name=re.compile("^(bar|box|cross): rightly given: [2-9]")).first
    tag, _, count = figure.get_attribute("aria-label").split(": ")
    count = int(count)
    figure.click()
    page.get_by_role("dialog", name=f"{tag}: rightly given").get_by_role("link").click()
    page.get_by_text(f"{count} images", exact=True).wait_for()
    page.locator(".tile", has_text=tag).first.click()
    page.keyboard.press("2")
    left = "one image" if count == 2 else f"{count - 1} images"
    page.get_by_text(re.compile(f"post: given to one image .*{left}")).wait_for()
    page.keyboard.press("Control+z")
    page.get_by_text(re.compile(f"Undone. .* {count} images")).wait_for()


def test_an_image_that_is_tagged_wrongly_is_tagged_anew_where_it_is_seen(visit, studio, client, project):
    page = looked_at(visit, studio, project)
    page.locator(".cases button").first.click()
    dialog = page.get_by_role("dialog", name="Worst images")
    image = re.search(r"images/([^/]+)/", dialog.locator("img").get_attribute("src"))[1]

    def tags():
        return [tag["name"] for tag in client.get(f"{project}/images/{image}").json()["tags"]]

    (before,) = tags()
    other = next(tag["name"] for tag in client.get(f"{project}/tags").json() if tag["name"] != before)
    dialog.get_by_text("It still has these tags:").wait_for()
    dialog.get_by_label("Another tag instead").select_option(label=other)
    dialog.get_by_text("Tagged differently since").wait_for()
    assert tags() == [other]
    dialog.get_by_role("button", name=f"Take away {other}").click()
    dialog.get_by_role("button", name=f"Take away {other}").wait_for(state="detached")
    assert tags() == []
    dialog.get_by_label("Another tag instead").select_option(label=before)
    dialog.get_by_text("It still has these tags:").wait_for()
    assert tags() == [before]


def test_an_iteration_that_ends_meanwhile_can_be_compared_at_once(visit, studio, client, project, newest):
    page = looked_at(visit, studio, project)
    second = train(client, project, settings={"epochs": 6}, force=True)
    page.get_by_label("Compare with").locator(f"option[value='{second['id']}']").wait_for(state="attached")
    page.get_by_label("Compare with").select_option(second["id"])
    section = page.locator(".comparison")
    section.wait_for()
    address = f"{project}/iterations/{newest['id']}/comparison"
    told = client.get(address, params={"other_id": second["id"]}).json()
    counts = [told["num_only_one_right"], told["num_only_other_right"]]
    expect(section.get_by_role("button")).to_have_text([re.compile(f": {count}$") for count in counts])
    p = told["p_value"]
    expect(section).to_contain_text(f"p = {p:.3f}" if p >= 0.001 else "p < 0.001")
    with page.expect_response(f"**/{second['id']}/performance/answers"):
        page.locator("select").first.select_option(second["id"])
    page.wait_for_url(f"**iteration={second['id']}*")
    client.delete(f"{project}/iterations/{second['id']}")
    page.get_by_text("This iteration has been deleted meanwhile").wait_for()
    page.get_by_role("button", name=f"Show: {newest['name']}").click()
    page.get_by_text("This iteration has been deleted meanwhile").wait_for(state="detached")
    page.locator(".totals").wait_for()


def synthetic(*, num_images, num_tags, kind, seed=0):
    """Answers as the API tells them, with the truth and the probabilities that they say."""
    rng = np.random.default_rng(seed)
    probs_NK = rng.beta(0.3, 0.9, (num_images, num_tags)).astype(np.float32)
    if kind == "multiclass":
        probs_NK /= probs_NK.sum(axis=1, keepdims=True)
        truth_NK = np.eye(num_tags, dtype=bool)[
            [rng.choice(num_tags, p=p / p.sum()) for p in probs_NK.astype(float)]
        ]
    else:
        truth_NK = rng.random((num_images, num_tags)) < probs_NK
    tags = [{"tag_id": str(k), "tag": f"tag {k}", "average_precision": 0.5} for k in range(num_tags)]
    images = []
    for n, (probs_K, truth_K) in enumerate(zip(probs_NK, truth_NK, strict=True)):
        shown = (probs_K >= 0.01) | truth_K | (probs_K == probs_K.max())
        likely = sorted(((int(k), float(probs_K[k])) for k in np.flatnonzero(shown)), key=lambda one: -one[1])
        places = np.flatnonzero(truth_K).tolist()
        images.append({"image_id": None, "sha256": f"{n:064}", "places": places, "likely": likely})
    return {"split": "valid", "kind": kind, "tags": tags, "images": images}, truth_NK, probs_NK


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_figures_in_the_browser_are_those_of_the_metrics(visit, studio, project, kind):
    page = looked_at(visit, studio, project)
    told, truth_NK, probs_NK = synthetic(num_images=200, num_tags=12, kind=kind)
    found = page.evaluate(
        """async (told) => {
          const { Answers, calibrationError, mcnemar } = await import("fudemoji-performance");
          const answers = new Answers(told);
          const at = [0.01, 0.29, 0.5, 0.87].map((threshold) => answers.at(threshold));
          return {
            at: at.map((one) => one.tags.map((tag) => [tag.recall.hits, tag.precision.count, tag.recall.count])),
            curve: answers.curve().map(({ precision }) => [precision.hits, precision.count]),
            error: calibrationError(answers.reliability()),
            p: [[0, 0], [9, 1], [40, 22], [3000, 3100]].map(([one, other]) => mcnemar(one, other)),
          };
        }""",
        told,
    )
    best_NK = probs_NK == probs_NK.max(axis=1, keepdims=True)
    can_NK = best_NK if kind == "multiclass" else np.ones_like(truth_NK)

    def given(threshold):
        return (probs_NK >= np.float32(threshold)) & can_NK

    for threshold, tags in zip((0.01, 0.29, 0.5, 0.87), found["at"], strict=True):
        given_NK = given(threshold)
        expected = [(given_NK & truth_NK).sum(axis=0), given_NK.sum(axis=0), truth_NK.sum(axis=0)]
        assert tags == np.stack(expected, axis=1).tolist()
    for step in range(1, 101):
        given_NK = given(step / 100)
        assert found["curve"][step] == [(given_NK & truth_NK).sum(), given_NK.sum()]
    stated = can_NK & (probs_NK >= (0 if kind == "multiclass" else 0.01))
    assert found["error"] == pytest.approx(
        expected_calibration_error(probs_NK[stated], truth_NK[stated]), abs=1e-6
    )
    assert found["p"] == pytest.approx(
        [mcnemar_exact(*one) for one in ((0, 0), (9, 1), (40, 22), (3000, 3100))]
    )


def test_many_tags_are_a_picture_whose_cells_open_by_keyboard(visit, studio, project):
    told, *_ = synthetic(num_images=2_000, num_tags=60, kind="multiclass")
    visit.route("**/performance/answers", lambda route: route.fulfill(json=told))
    page = looked_at(visit, studio, project, "?threshold=0")
    canvas = page.locator(".heat canvas")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="tag 0, rightly given")
    there = sum(image["places"] == [0] and image["likely"][0][0] == 0 for image in told["images"])
    expect(dialog).to_contain_text(f"Images: {there}")


def test_a_project_without_a_training_says_how_to_come_by_one(visit, studio, client):
    made = client.post("/api/v1/projects", json={"name": "empty"}).json()
    visit.goto(f"{studio.url}/projects/{made['id']}/performance")
    visit.get_by_text("Nothing has been trained yet.").wait_for()
