"""Named sets and images that are alike, over our own API."""

import functools
import importlib
import io

import numpy as np
import pytest
from PIL import Image

from fudemoji.data.named.kana import draw_kana
from fudemoji.server.store import iterations
from servers import form, noise, png, served, signs, wait_for


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    module = importlib.import_module("fudemoji.data.loader")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "draw_kana", functools.partial(draw_kana, num_train=6, num_test=2))
        patch.setenv("FUDEMOJI_DATA", str(tmp_path_factory.mktemp("sets")))
        with served(tmp_path_factory.mktemp("server") / "store") as client:
            yield client


def test_named_sets_are_listed_with_those_that_are_not_here(client):
    told = {one["name"]: one for one in client.get("/api/v1/sets").json()}
    assert {name: one["is_here"] for name, one in told.items()} == {
        "kana": True,
        "kmnist": False,
        "k49": False,
        "kkanji": False,
    }
    refused = client.get("/api/v1/sets/k49")
    assert (refused.status_code, refused.json()["code"]) == (404, "NotFoundSet")
    assert "get it with `fudemoji data get k49`" in refused.json()["message"]
    assert client.get("/api/v1/sets/none").status_code == 404


def test_a_named_set_tells_its_classes_and_shows_its_images(client):
    told = client.get("/api/v1/sets/kana").json()
    assert (told["num_images"], len(told["classes"])) == (92 * 8, 92)
    assert told["classes"][0] == {
        "id": "U+3042",
        "glyph": "あ",
        "romanisation": "a",
        "counts": {"train": 6, "test": 2},
    }
    found = client.get("/api/v1/sets/kana/images", params={"class_id": "U+3044", "take": 20}).json()
    assert {one["class_id"] for one in found} == {"U+3044"}
    assert sorted(one["split"] for one in found) == ["test"] * 2 + ["train"] * 6
    file = client.get(f"/api/v1/sets/kana/images/{found[0]['place']}/file")
    with Image.open(io.BytesIO(file.content)) as picture:
        data = draw_kana(num_train=6, num_test=2)
        np.testing.assert_array_equal(np.asarray(picture), data.images[found[0]["place"], 0])
    for path in ("images?class_id=none", "images/100000/file", "images/-1/file", "forms?class_id=none"):
        assert client.get(f"/api/v1/sets/kana/{path}").status_code in (404, 422)


def test_neighbours_in_a_named_set_are_those_that_a_search_of_all_pairs_finds(client):
    images_NHW = draw_kana(num_train=6, num_test=2).images[:, 0].astype(np.float64)
    means_ND = images_NHW.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
    correlation_N = np.corrcoef(means_ND)[0]
    found = client.get("/api/v1/sets/kana/images/0/neighbours", params={"take": 5}).json()
    assert [one["place"] for one in found] == np.argsort(-correlation_N)[1:6].tolist()
    assert [one["likeness"] for one in found] == pytest.approx(np.sort(correlation_N)[-2:-7:-1], abs=0.005)


def test_forms_of_a_class_hold_each_of_its_images_once(client):
    found = client.get("/api/v1/sets/kana/forms", params={"class_id": "U+3042", "count": 3}).json()
    assert sum(one["num_images"] for one in found) == 8
    places = [place for one in found for place in one["places"]]
    assert sorted(places) == sorted(set(places))


@pytest.fixture(scope="module")
def project(client):
    """A trained project of signs with an image that nobody can read any more; its address and its iteration."""
    project = f"/api/v1/projects/{client.post('/api/v1/projects', json={'name': 'signs'}).json()['id']}"
    for sign, contents in signs(80).items():
        tag_id = client.post(f"{project}/tags", json={"name": sign}).json()["id"]
        client.post(f"{project}/images", files=form(contents), params={"tag_ids": [tag_id]})
    wish = {"settings": {"epochs": 15}}
    iteration = client.post(f"{project}/iterations", json=wish).json()["id"]
    address = f"{project}/iterations/{iteration}"
    wait_for(lambda: client.get(address).json()["status"] not in ("queued", "training"))
    client.post(f"{project}/images", files=form([png(np.full((9, 9), 7, np.uint8)), noise(4)]))
    blobs = client.app.state.context.store.blobs
    lost = client.get(f"{project}/images", params={"tagged": False}).json()["images"][0]
    blobs.path(lost["sha256"]).write_bytes(b"no image")
    return project, iteration, lost["id"]


def test_images_that_a_model_takes_for_alike_have_the_same_tag(client, project):
    address, iteration, lost = project
    image = client.get(f"{address}/images", params={"tagged": True, "newest_first": False}).json()["images"][
        0
    ]
    asked = {"iteration_id": iteration, "take": 8}
    told = client.get(f"{address}/images/{image['id']}/neighbours", params=asked).json()
    assert (told["by"], told["num_images"], told["total"]) == ("model", 82, 82)
    likeness = [one["likeness"] for one in told["neighbours"]]
    assert likeness == sorted(likeness, reverse=True)
    same = [
        one["image"]["tags"] and one["image"]["tags"][0]["id"] == image["tags"][0]["id"]
        for one in told["neighbours"]
    ]
    assert sum(same) >= 6
    assert lost not in [one["image"]["id"] for one in told["neighbours"]]
    refused = client.get(f"{address}/images/{lost}/neighbours", params=asked)
    assert (refused.status_code, refused.json()["message"]) == (400, "the image cannot be read")


def test_without_a_model_pixels_are_compared_a_few_at_a_time(client, project):
    address, *_ = project
    image = client.get(f"{address}/images", params={"tagged": True}).json()["images"][0]
    neighbours = f"{address}/images/{image['id']}/neighbours"
    first = client.get(neighbours, params={"seconds": 0}).json()
    assert (first["by"], first["num_images"]) == ("pixels", 64)
    told = client.get(neighbours, params={"take": 100}).json()
    assert (told["num_images"], len(told["neighbours"])) == (82, 80)


def test_the_forms_of_a_tag_hold_each_of_its_images_once(client, project):
    address, iteration, _ = project
    tag = client.get(f"{address}/tags").json()[0]
    for asked in ({"iteration_id": iteration}, {}):
        told = client.get(f"{address}/tags/{tag['id']}/forms", params={"count": 3, **asked}).json()
        ids = [one for group in told["groups"] for one in group]
        assert len(ids) == len(set(ids)) == told["num_images"] == told["total"] == tag["num_images"]
        sizes = [len(group) for group in told["groups"]]
        assert sizes == sorted(sizes, reverse=True)


def test_what_is_not_there_or_not_trained_compares_nothing(client, project):
    address, *_ = project
    image = client.get(f"{address}/images", params={"tagged": True}).json()["images"][0]
    none = "00000000-0000-0000-0000-000000000000"
    assert client.get(f"{address}/images/{none}/neighbours").status_code == 404
    assert client.get(f"{address}/tags/{none}/forms").status_code == 404
    asked = {"iteration_id": none}
    assert client.get(f"{address}/images/{image['id']}/neighbours", params=asked).status_code == 404
    context = client.app.state.context
    with context.project(address.rpartition("/")[2]) as (session, row):
        failed = iterations.create(session, row, recipe="quick")
        iterations.mark(session, failed, "failed")
        asked = {"iteration_id": failed.id}
    refused = client.get(f"{address}/images/{image['id']}/neighbours", params=asked)
    assert (refused.status_code, refused.json()["message"]) == (400, "Iteration 2 is failed, not completed")
