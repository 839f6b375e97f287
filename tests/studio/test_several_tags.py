"""Projects whose images may have several tags, in a browser."""

import numpy as np
import pytest
from playwright.sync_api import expect

from builders import labelled_glyphs
from fudemoji.report.words import percent
from servers import form, png, wait_for
from studios import train, trains_in_seconds

REGULAR, NEGATIVE = ("bar", "post", "box"), "nothing"
NUM_TAGGED = 160

studio = trains_in_seconds(epochs=20, valid=0.3)


@pytest.fixture(scope="module")
def drawn():
    """Files of images, and the names of the signs on each."""
    data = labelled_glyphs(NUM_TAGGED, 40, seed=1)
    named = [tuple(np.array(REGULAR)[labels_K]) for labels_K in data.labels]
    return [(png(image_CHW[0]), names) for image_CHW, names in zip(data.images, named, strict=True)]


@pytest.fixture(scope="module")
def project(client, drawn):
    """The id of a project with a trained iteration; what shows nothing has the negative tag."""
    made = client.post("/api/v1/projects", json={"name": "labelled", "kind": "multilabel"}).json()["id"]
    address = f"/api/v1/projects/{made}"
    ids = {name: client.post(f"{address}/tags", json={"name": name}).json()["id"] for name in REGULAR}
    ids[NEGATIVE] = client.post(f"{address}/tags", json={"name": NEGATIVE, "kind": "negative"}).json()["id"]
    groups = {}
    for content, names in drawn[:NUM_TAGGED]:
        groups.setdefault(names or (NEGATIVE,), []).append(content)
    for names, contents in groups.items():
        sent = {"files": form(contents), "params": {"tag_ids": [ids[name] for name in names]}}
        assert client.post(f"{address}/images", **sent).status_code == 201
    train(client, address)
    return made


@pytest.fixture
def iteration(client, project):
    return client.get(f"/api/v1/projects/{project}/iterations").json()[-1]["id"]


@pytest.fixture
def untagged(client, project, drawn):
    """By the signs that are on them, the ids of four images without tags; they are gone afterwards."""
    wanted = [(), ("bar",), ("bar", "post"), ("bar", "post", "box")]
    files = [next(file for file, names in drawn[NUM_TAGGED:] if names == one) for one in wanted]
    address = f"/api/v1/projects/{project}/images"
    sent = client.post(address, files=form(files)).json()["images"]
    found = {names: one["image"]["id"] for names, one in zip(wanted, sent, strict=True)}
    yield found
    client.delete(address, params={"image_ids": list(found.values())})


def tags_of(client, project, image_id):
    told = client.get(f"/api/v1/projects/{project}/images/{image_id}").json()["tags"]
    return {tag["name"] for tag in told}


def test_images_get_several_tags_and_a_negative_one_stands_alone(visit, studio, client, project, untagged):
    visit.goto(f"{studio.url}/projects/{project}/images?only=untagged")
    visit.get_by_text("4 images", exact=True).wait_for()
    visit.get_by_role("button", name="Choose all").click()
    visit.get_by_text("A click gives the tag to 4 images.").wait_for()
    visit.locator(".tag", has_text="bar").click()
    visit.get_by_text("bar: given to 4 images").wait_for()
    assert all(tags_of(client, project, one) == {"bar"} for one in untagged.values())

    visit.get_by_label("Show").select_option("")
    visit.locator(".tile", has_text="bar").first.click()
    visit.keyboard.press("2")
    visit.get_by_text("post: given to one image").wait_for()
    chosen = visit.locator(".tile[aria-selected=true]")
    expect(chosen).to_have_count(1)  # it keeps its turn, for the next tag
    visit.locator(".tile[aria-selected=true]", has_text="bar · post").wait_for()
    visit.keyboard.press("4")
    visit.get_by_text("nothing: given to one image").wait_for()
    shown = chosen.get_attribute("id").removeprefix("tile-")
    assert tags_of(client, project, shown) == {NEGATIVE}
    visit.keyboard.press("3")
    visit.get_by_text("box: given to one image").wait_for()
    assert tags_of(client, project, shown) == {"box"}
    for _ in range(3):  # each change by itself, from wherever the focus is
        visit.locator(".tags h2").click()
        before = tags_of(client, project, shown)
        visit.keyboard.press("Control+z")
        wait_for(lambda before=before: tags_of(client, project, shown) != before)
    assert tags_of(client, project, shown) == {"bar"}


def review_of(visit, kind, image_id):
    """The review when it shows an image."""
    review = visit.get_by_role("group", name=kind)
    for _ in range(4):
        if image_id in review.locator("figure img").get_attribute("src"):
            return review
        before = review.locator("figure img").get_attribute("src")
        review.press("ArrowRight")
        review.locator(f"figure img:not([src='{before}'])").wait_for()
    raise AssertionError("the image is not shown")


def chosen_of(review):
    """The names of the tags that are chosen, by what the buttons say."""
    return set(review.locator("button[aria-pressed=true] .reading").all_inner_texts())


def digit_of(review, name):
    row = review.locator(".bars button", has=review.page.get_by_text(name, exact=True))
    return row.locator("kbd").inner_text()


def test_what_is_suggested_is_chosen_beforehand_changed_by_digits_and_confirmed(
    visit, studio, client, project, untagged
):
    visit.goto(f"{studio.url}/projects/{project}/images/suggestions")
    visit.get_by_role("group", name="Suggested tags").get_by_text("4 left").wait_for()
    for signs in (("bar", "post", "box"), ("bar",), ()):
        review = review_of(visit, "Suggested tags", untagged[signs])
        assert chosen_of(review) == (set(signs) or {NEGATIVE})
    review.press(digit_of(review, "post"))  # of the one that shows nothing
    review.get_by_role("button", name="Confirm post").wait_for()
    assert chosen_of(review) == {"post"}
    review.press(digit_of(review, NEGATIVE))
    review.get_by_role("button", name="Confirm nothing").wait_for()
    review.press("Enter")
    wait_for(lambda: tags_of(client, project, untagged[()]) == {NEGATIVE})

    review = review_of(visit, "Suggested tags", untagged[("bar", "post")])
    review.press(digit_of(review, "box"))
    review.press(digit_of(review, "post"))
    review.get_by_role("button", name="Confirm bar, box").wait_for()
    review.press("Enter")
    wait_for(lambda: tags_of(client, project, untagged[("bar", "post")]) == {"bar", "box"})
    review.get_by_text("2 decided · 2 left").wait_for()
    review.press("z")
    review.get_by_text("one decided · 3 left").wait_for()
    assert tags_of(client, project, untagged[("bar", "post")]) == set()
    assert chosen_of(review) == {"bar", "box"}  # what was decided is still chosen


def test_a_tag_that_is_typed_stands_among_the_choices_and_is_taken_off_again(
    visit, studio, client, project, untagged
):
    late = client.post(f"/api/v1/projects/{project}/tags", json={"name": "late"}).json()["id"]
    try:
        visit.goto(f"{studio.url}/projects/{project}/images/suggestions")
        visit.get_by_role("group", name="Suggested tags").get_by_text("4 left").wait_for()
        review = review_of(visit, "Suggested tags", untagged[("bar",)])
        review.press("/")
        visit.get_by_role("combobox", name="Tag").fill("late")
        visit.keyboard.press("Enter")
        review.get_by_role("button", name="Confirm bar, late").wait_for()
        review.locator(".bars button", has_text="late").click()
        review.get_by_role("button", name="Confirm bar", exact=False).wait_for()
        assert chosen_of(review) == {"bar"}
    finally:
        client.delete(f"/api/v1/projects/{project}/tags/{late}")


def test_a_prediction_becomes_an_image_with_several_tags(visit, studio, client, project, iteration, drawn):
    content = next(file for file, names in drawn[NUM_TAGGED + 5 :] if names == ("bar", "box"))
    address = f"/api/v1/projects/{project}/predictions"
    asked = {"keep": True, "iteration_id": iteration}
    client.post(address, params=asked, files=form([content]))
    visit.goto(f"{studio.url}/projects/{project}/predictions")
    review = visit.get_by_role("group", name="Predictions")
    review.get_by_role("button", name="Confirm").wait_for()
    assert chosen_of(review) == {"bar", "box"}
    review.press("Enter")
    visit.get_by_text("No predictions have been kept yet.").wait_for()
    newest = client.get(f"/api/v1/projects/{project}/images", params={"take": 1}).json()["images"][0]
    assert {tag["name"] for tag in newest["tags"]} == {"bar", "box"}
    client.delete(f"/api/v1/projects/{project}/images", params={"image_ids": [newest["id"]]})


def test_an_image_whose_tags_differ_from_the_answer_is_found_mended_and_leaves_the_list(
    visit, studio, client, project, iteration
):
    address = f"/api/v1/projects/{project}"
    ids = {tag["name"]: tag["id"] for tag in client.get(f"{address}/tags").json()}
    asked = {"iteration_id": iteration, "split": "valid", "tag_ids": [ids["box"]]}
    wrong = client.get(f"{address}/images/ids", params=asked | {"verdict": "wrong"}).json()["ids"]
    held_out = client.get(f"{address}/images", params=asked).json()["images"]
    image = next(one for one in held_out if len(one["tags"]) == 1 and one["id"] not in wrong)["id"]
    client.post(f"{address}/images/tags", json={"image_ids": [image], "tag_ids": [ids["post"]]})

    visit.goto(f"{studio.url}/projects/{project}/images?iteration={iteration}&seen=wrong")
    tile = visit.locator(f"#tile-{image}", has_text="box · post")
    tile.click()
    visit.keyboard.press("2")  # it has it: the key takes it away
    visit.locator(f"#tile-{image}").wait_for(state="detached")
    assert tags_of(client, project, image) == {"box"}


def test_figures_and_the_images_behind_them_count_each_tag_of_an_image(
    visit, studio, client, project, iteration
):
    visit.goto(f"{studio.url}/projects/{project}/performance?threshold=0.5")
    visit.locator(".totals").wait_for()
    told = client.get(
        f"/api/v1/projects/{project}/iterations/{iteration}/performance", params={"threshold": 0.5}
    ).json()
    for name, key in (
        ("precision", "precision"),
        ("recall", "recall"),
        ("averagePrecision", "average_precision"),
    ):
        expect(visit.locator(f"[data-figure={name}] strong")).to_have_text(percent(told[key]))
    several = visit.locator(".cases button", has_text="bar · post").first
    several.click()
    dialog = visit.get_by_role("dialog", name="Worst images")
    dialog.get_by_role("button", name="Take away bar").wait_for()
    dialog.get_by_role("button", name="Take away post").wait_for()
    dialog.get_by_label("One more tag").wait_for()


def test_a_quick_test_names_all_tags_that_are_given(visit, studio, project, drawn):
    visit.goto(f"{studio.url}/projects/{project}/test")
    visit.locator("canvas").wait_for()
    for signs, said in ((("bar", "post"), {"bar", "post"}), ((), {"no tag"})):
        content = next(file for file, names in drawn[NUM_TAGGED:] if names == signs)
        chosen = {"name": "one.png", "mimeType": "image/png", "buffer": content}
        visit.locator("input[type=file]").first.set_input_files(chosen)
        below = "The tags with 50 % or more." if signs else "No tag has 50 % or more."
        visit.get_by_text(below, exact=True).wait_for()
        assert set(visit.locator(".answer-best").inner_text().split(", ")) == said


@pytest.fixture
def many(client, project, iteration):
    """The ids of 300 images without tags, which the iteration has looked at; they are gone afterwards."""
    address = f"/api/v1/projects/{project}"
    data, ids = labelled_glyphs(300, 1, seed=2), []
    for start in range(0, 300, 50):
        files = form([png(image_CHW[0]) for image_CHW in data.images[start : start + 50]])
        ids += [one["image"]["id"] for one in client.post(f"{address}/images", files=files).json()["images"]]
    client.post(f"{address}/iterations/{iteration}/suggestions")
    yield ids
    for start in range(0, 300, 100):
        client.delete(f"{address}/images", params={"image_ids": ids[start : start + 100]})


def test_certain_suggestions_are_seen_and_confirmed_together_and_what_others_did_stays(
    visit, studio, client, project, iteration, many
):
    address = f"/api/v1/projects/{project}"
    suggested = f"{address}/iterations/{iteration}/suggestions"
    told = client.get(f"{suggested}/certain", params={"least": 0.8}).json()
    num, (theirs, *others) = len(told["ids"]), told["ids"]
    assert num > 256, "more than one request"
    tag = client.get(f"{address}/tags").json()[0]["id"]

    def meanwhile(route):
        client.delete(f"{address}/images/tags", params={"image_ids": [theirs], "tag_ids": [tag]})
        client.post(f"{address}/images/tags", json={"image_ids": [theirs], "tag_ids": [tag]})
        route.continue_()

    visit.goto(f"{studio.url}/projects/{project}/images/suggestions")
    visit.get_by_label("Confirm", exact=True).select_option(label=f"all of at least 80%: {num}")
    visit.wait_for_url("**least=0.8")
    visit.reload()
    visit.locator(f"#tile-{theirs}", has_text=told["notes"][theirs]).wait_for()
    visit.route("**/suggestions/confirm", meanwhile, times=1)
    visit.get_by_role("button", name=f"Confirm {num} images").click()
    visit.get_by_text(f"{num - 1} images got their tags · one was tagged, deleted or looked at").wait_for()
    visit.get_by_text("There are no images here.").wait_for()
    given = {one["id"]: {tag["id"] for tag in one["tags"]} for one in every(client, address, others)}
    assert given == {one: set(told["tag_ids"][one]) for one in others}
    assert [one["tags"][0]["id"] for one in every(client, address, [theirs])] == [tag]

    kept = others[0]  # somebody says more of it: it is not taken back
    more = next(one["id"] for one in client.get(f"{address}/tags").json() if one["id"] not in given[kept])
    client.post(f"{address}/images/tags", json={"image_ids": [kept], "tag_ids": [more], "replace": True})
    visit.get_by_role("button", name="Undo").click()
    visit.get_by_text("Undone.").wait_for()
    left = {one["id"] for one in every(client, address, told["ids"]) if one["tags"]}
    assert left == {theirs, kept}
    visit.get_by_role("button", name=f"Confirm {num - 2} images").wait_for()  # it has looked at them again


def test_only_those_that_are_chosen_are_confirmed(visit, studio, client, project, iteration, many):
    visit.goto(f"{studio.url}/projects/{project}/images/suggestions?least=0.8")
    visit.locator(".tile img").nth(2).wait_for()
    ids = [one.get_attribute("id").removeprefix("tile-") for one in visit.locator(".tile").all()[:3]]
    visit.locator(".tile").first.click()
    visit.locator(".tile").nth(2).click(modifiers=["Control"])
    visit.get_by_role("button", name="Confirm 2 images").click()
    visit.get_by_text("2 images got their tags").wait_for()
    assert [bool(one["tags"]) for one in every(client, f"/api/v1/projects/{project}", ids)] == [
        True,
        False,
        True,
    ]


def every(client, address, ids):
    """Images as the API shows them, in the order of their ids."""
    found = {}
    for start in range(0, len(ids), 100):
        asked = {"image_ids": ids[start : start + 100], "take": 100}
        found |= {one["id"]: one for one in client.get(f"{address}/images", params=asked).json()["images"]}
    return [found[one] for one in ids]
