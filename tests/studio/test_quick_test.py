import io
from base64 import b64encode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from servers import noise
from studios import new_page, stroke, tagged, train

NUM_ANSWERED = "performance.getEntriesByName('drawing to bars').length"  # strokes, when they had ended
TINY = {"model": "cnn", "epochs": 2, "batch_size": 16, "ema": 0, "test_shifts": 0}


@pytest.fixture(scope="module")
def address(studio, client):
    """The page of a project with an iteration whose model has convolutions."""
    project = tagged(client, "signs", called=("お", "U+304D", "つ", "ants"))
    train(client, project, settings=TINY)
    return f"{studio.url}{project.removeprefix('/api/v1')}/test"


@pytest.fixture
def page(visit, address):
    visit.goto(address)
    visit.locator("canvas").wait_for()
    return visit


def line(y, *, num=21):
    return [(0.1 + 0.8 * k / (num - 1), y) for k in range(num)]


def width_of_ink(page, y):
    """Pixels of ink in the middle column of the sheet, near a height."""
    column = page.evaluate(
        "() => [...document.querySelector('canvas').getContext('2d').getImageData(256, 0, 1, 512).data]"
    )
    alpha = np.array(column).reshape(512, 4)[:, 3]
    return int((alpha[int(512 * y) - 40 : int(512 * y) + 40] > 128).sum())


def drawn(page):
    stroke(page, *line(0.5))
    page.wait_for_function("document.querySelector('[data-testid=time]')?.innerText")


def give(page, kind, content, name="sign.png"):
    """Let a file be pasted or dropped on the page."""
    page.evaluate(
        """([kind, content, name]) => {
          const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0)), data = new DataTransfer();
          data.items.add(new File([bytes], name, { type: "image/png" }));
          const given = { bubbles: true, cancelable: true };
          const event = kind === "paste" ? new ClipboardEvent(kind, { ...given, clipboardData: data })
            : new DragEvent(kind, { ...given, dataTransfer: data });
          document.body.dispatchEvent(event);
        }""",
        [kind, b64encode(content).decode(), name],
    )


def test_what_is_drawn_is_answered_with_glyphs_and_readings_at_once(page):
    for _ in range(5):
        before = page.evaluate(NUM_ANSWERED)
        stroke(page, *line(0.3))
        page.wait_for_function(f"(before) => {NUM_ANSWERED} > before", arg=before)
    signs = page.locator(".answer .bars .sign").all_inner_texts()
    readings = page.locator(".answer .bars .reading").all_inner_texts()
    assert sorted(zip(signs, readings, strict=True)) == [
        ("", "ants"),
        ("お", "o"),
        ("き", "ki"),
        ("つ", "tsu"),
    ]


def test_fast_strokes_are_thin_and_the_pressure_of_a_pen_counts(page):
    stroke(page, *line(0.2), ms=200)
    stroke(page, *line(0.4), ms=4)
    slow, fast = width_of_ink(page, 0.2), width_of_ink(page, 0.4)
    assert slow > 1.5 * fast > 0
    stroke(page, *line(0.6), pointerType="pen", force=0.9)
    stroke(page, *line(0.8), pointerType="pen", force=0.1)
    assert width_of_ink(page, 0.6) > 1.5 * width_of_ink(page, 0.8) > 0


def test_a_drawing_outlives_a_reload_and_is_undone_stroke_by_stroke(page):
    drawn(page)
    stroke(page, *line(0.25))
    page.reload()
    page.locator(".answer .bars li").first.wait_for()
    assert width_of_ink(page, 0.25) > 0
    page.keyboard.press("Control+z")
    assert (width_of_ink(page, 0.25), width_of_ink(page, 0.5) > 0) == (0, True)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Draw a sign on the sheet").wait_for()


def test_pressing_a_tag_shows_where_the_model_looked(page):
    drawn(page)
    second = page.locator(".answer .bars button").nth(1)
    second.focus()
    page.keyboard.press("Enter")
    heat = page.get_by_alt_text("What the model saw, and where it looked")
    heat.wait_for()
    expect(second).to_have_attribute("aria-pressed", "true")
    assert heat.evaluate("(image) => image.decode().then(() => image.naturalWidth)") >= 224
    stroke(page, *line(0.8))
    page.get_by_alt_text("What the model was given").wait_for()


@pytest.mark.parametrize("way", ["paste", "drop", "file"])
def test_a_picture_is_given_and_what_is_none_is_told(page, way):
    def given(content):
        if way == "file":
            files = {"name": "sign.png", "mimeType": "image/png", "buffer": content}
            page.locator("input[type=file]").first.set_input_files(files)
        else:
            give(page, way, content)

    given(noise(3))
    page.locator(".answer .bars li").first.wait_for()
    given(b"no picture")
    expect(page.get_by_role("alert")).to_have_text("This is no picture that can be read.")
    expect(page.locator(".answer .bars li")).to_have_count(0)


def test_the_camera_takes_a_picture(page):
    page.get_by_role("button", name="Camera").click()
    take = page.get_by_role("button", name="Take the picture")
    page.wait_for_function("() => !document.querySelector('.camera .strong').disabled")
    take.click()
    page.locator(".answer .bars li").first.wait_for()
    page.wait_for_function(
        "document.querySelector('video').srcObject.getTracks().every((t) => t.readyState === 'ended')"
    )


def test_a_drawing_is_kept_for_tagging_and_a_large_picture_made_smaller(page, client):
    pixels = np.random.default_rng(0).integers(0, 256, (1500, 1800, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    assert len(file.getvalue()) > 4 * 2**20
    page.locator("input[type=file]").first.set_input_files(
        {"name": "large.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    page.locator(".answer .bars li").first.wait_for()
    page.get_by_role("button", name="Keep for tagging").click()
    page.get_by_role("button", name="Kept, among the predictions").wait_for()
    project = page.url.split("/projects/")[1].partition("/")[0]
    (kept,) = client.get(f"/api/v1/projects/{project}/predictions").json()["predictions"]
    assert kept["application"] == "studio"


def test_a_server_that_does_not_answer_is_asked_again_and_nothing_is_lost(chromium, studio, address):
    page, is_away = new_page(chromium), [True]
    page.goto(studio.way_in)
    page.route("**/predictions?*", lambda route: route.abort() if is_away else route.continue_())
    page.goto(address)
    stroke(page, *line(0.5))
    expect(page.get_by_role("alert")).to_contain_text("what you gave is kept, and asked again")
    is_away.clear()
    page.locator(".answer .bars li").first.wait_for()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.context.close()
