import contextlib
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from fudemoji.config import resolve
from fudemoji.events import to_json
from fudemoji.locks import folder_lock
from fudemoji.studio.pages.runs.differing import differences
from fudemoji.studio.pages.runs.shelf import Shelved
from growing import EPOCHS, Training, evaluated, steps
from studios import Studio


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a finished run, and in a folder below one that nobody trains any more."""
    folder = tmp_path_factory.mktemp("work") / "runs"
    whole = Training(folder / "whole <b>")
    whole.goes(*EPOCHS[0], *EPOCHS[1])
    whole.ends()
    (folder / "search").mkdir()
    left = Training(folder / "search" / "left")
    (left.run.path / "config.json").write_text(resolve("quick", {"lr": 0.005}).model_dump_json())
    left.goes(*EPOCHS[0])
    return folder


@pytest.fixture(scope="module")
def studio(tmp_path_factory, folder):
    with Studio(tmp_path_factory.mktemp("studio") / "store", "--runs", folder) as running:
        yield running


def line(visit, name):
    return visit.get_by_role("row").filter(has=visit.get_by_role("link", name=name, exact=True))


def test_runs_of_the_command_line_are_listed_as_they_begin_and_end(visit, studio, folder):
    visit.goto(f"{studio.url}/runs")
    line(visit, "whole <b>").get_by_text("75.00").wait_for()
    line(visit, "search/left").get_by_text("stopped · 50").wait_for()
    new = Training(folder / "new")
    with folder_lock(new.run.path, refusal=RuntimeError()):
        new.goes(*EPOCHS[0])
        line(visit, "new").get_by_text("running · 50").wait_for()
    new.goes(*EPOCHS[0], *EPOCHS[1])
    new.ends()
    line(visit, "new").get_by_text("finished").wait_for()
    visit.get_by_label("Find").fill("SEARCH left")
    visit.get_by_role("link", name="new").wait_for(state="detached")
    expect(visit.get_by_role("status")).to_have_text("one run")
    expect(visit.get_by_role("link", name="search/left")).to_be_visible()


def test_curves_lie_over_each_other_and_grow_and_settings_that_differ_are_told(visit, studio, folder):
    visit.goto(f"{studio.url}/runs")
    line(visit, "whole <b>").get_by_role("checkbox").check()
    line(visit, "search/left").get_by_role("checkbox").check()
    visit.wait_for_url(re.compile("lay=whole.*lay=search"))
    setting = visit.get_by_role("row").filter(has=visit.get_by_role("rowheader", name="lr", exact=True))
    expect(setting.get_by_role("cell")).to_have_text(["0.02", "0.005"])
    visit.reload()
    loss = visit.get_by_role("img", name=re.compile("^Loss"))
    expect(loss).to_have_attribute("aria-label", re.compile("whole <b> validation 0.5"))
    expect(loss).to_have_attribute("aria-label", re.compile("search/left training 0.3333"))
    loss.locator("path").nth(4).wait_for(state="attached")
    with (folder / "search/left/events.jsonl").open("a") as file:
        file.write(f"{to_json(steps(4))}\n{to_json(evaluated(4, accuracy=0.6))}\n")
    visit.get_by_role("img", name=re.compile("^Loss.*search.left training 0.25")).wait_for()
    visit.get_by_role("img", name=re.compile("^Accuracy.*search.left validation 60.00")).wait_for()
    line(visit, "whole <b>").get_by_role("checkbox").uncheck()
    visit.get_by_role("heading", name="Settings that differ").wait_for(state="detached")


def test_a_chart_asks_for_no_more_characters_than_the_page_has(visit, studio):
    visit.goto(f"{studio.url}/runs")
    line(visit, "whole <b>").get_by_role("checkbox").check()
    visit.locator("figure svg").first.wait_for()
    asked = visit.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert not [one for one in asked if one.endswith("all.ttf")]


@pytest.mark.parametrize(("project_id", "names"), [("01a1", ["lr"]), ("", ["data", "lr"])])
def test_iterations_do_not_differ_by_the_names_of_their_lists_of_images(tmp_path, project_id, names):
    runs = []
    for number, lr in enumerate((0.02, 0.005)):
        run = Training(tmp_path / str(number)).run
        settings = resolve("quick", {"lr": lr, "data": f"{number}.csv"})
        (run.path / "config.json").write_text(settings.model_dump_json())
        runs.append(Shelved(str(number), str(number), run, project_id, datetime.now(UTC)))
    assert [one.name for one in differences(runs)] == names


def test_a_run_that_was_killed_says_how_to_go_on(visit, studio, folder):
    visit.goto(f"{studio.url}/runs/search/left")
    visit.get_by_text("No process on this machine trains it any more").wait_for()
    expect(visit.get_by_text(f"fudemoji resume {folder / 'search/left'}")).to_be_visible()
    expect(visit.get_by_role("link", name="Report")).to_be_hidden()


def test_the_report_of_a_run_opens_and_may_ask_the_studio_for_nothing(visit, studio, folder):
    report = folder / "whole <b>" / "report.html"
    report.write_text("<p id=told>report</p><script>told.append(` of origin ${window.origin}`)</script>")
    visit.goto(f"{studio.url}/runs/whole%20%3Cb%3E")
    with visit.expect_popup() as opened:
        visit.get_by_role("link", name="Report").click()
    opened.value.get_by_text("report of origin null").wait_for()


def test_a_path_that_leads_out_of_the_folder_is_no_run(visit, studio, folder):
    with contextlib.closing(studio.client()) as client:
        for key in ("..%2Fruns%2Fwhole%20%3Cb%3E", "%2Fetc", "nothing"):
            assert client.get(f"/reports/{key}").status_code == 404
    visit.goto(f"{studio.url}/runs/nothing")
    visit.get_by_text("there is no such run").wait_for()
