"""A project's whole life over our own API, with real trainings."""

import asyncio
import io
import json
import zipfile
from dataclasses import replace

import pytest

from fudemoji.server.api.following import follow
from fudemoji.server.store import iterations
from servers import NAMES, form, noise, png, served, signs, wait_for


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with served(tmp_path_factory.mktemp("server") / "store", trainings=2) as client:
        yield client


def filled(client, name, *, num=40, seed=0):
    """The address of a project with images of four signs."""
    project = f"/api/v1/projects/{client.post('/api/v1/projects', json={'name': name}).json()['id']}"
    for sign, contents in signs(num, seed=seed).items():
        tag_id = client.post(f"{project}/tags", json={"name": sign}).json()["id"]
        answer = client.post(f"{project}/images", files=form(contents), params={"tag_ids": [tag_id]})
        assert answer.status_code == 201, answer.text
    return project


def trained(client, project, **wish):
    """A completed iteration of the project, and its address."""
    answer = client.post(f"{project}/iterations", json=wish)
    assert answer.status_code == 202, answer.text
    return ended(client, project, answer.json())


def ended(client, project, iteration):
    address = f"{project}/iterations/{iteration['id']}"
    wait_for(lambda: client.get(address).json()["status"] not in ("queued", "training"))
    found = client.get(address).json()
    assert found["status"] == "completed", found["note"]
    return found, address


@pytest.fixture(scope="module")
def life(client):
    """A project with one iteration."""
    project = filled(client, "signs")
    iteration, address = trained(client, project, settings={"seed": 3})
    return project, iteration, address


def test_a_training_ends_with_a_model_of_the_projects_tags(client, life):
    project, iteration, address = life
    names = {tag["id"]: tag["name"] for tag in client.get(f"{project}/tags").json()}
    assert sorted(names[tag_id] for tag_id in iteration["tag_ids"]) == sorted(NAMES)
    assert (iteration["number"], iteration["recipe"], iteration["settings"]["seed"]) == (1, "quick", 3)
    assert iteration["seconds"] > 0
    progress = client.get(f"{address}/progress").json()
    assert (progress["status"], progress["share"], progress["phase"]) == ("completed", 1.0, None)
    assert "epoch" in client.get(f"{address}/log").text


def test_a_training_leaves_curves_and_a_report_that_is_kept_apart(client, life):
    _, iteration, address = life
    course = client.get(f"{address}/course").json()
    assert [len(course[name]) >= 2 for name in ("train_loss", "valid_loss", "valid_accuracy")] == [True] * 3
    answer = client.get(f"{address}/report")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox allow-scripts")
    assert f"<title>signs, {iteration['name']}</title>" in answer.text
    assert str(client.app.state.context.store.folder) not in answer.text
    assert '<b class="g plain" lang="ja">bar</b>' in answer.text


def test_what_a_training_would_be_is_told_before_it_is_begun(client, life):
    project, iteration, _ = life
    told = client.post(f"{project}/iterations/estimate", json={"settings": {"seed": 3}}).json()
    assert (told["recipe"], told["num_images"], told["num_tags"]) == ("quick", 40, 4)
    assert (told["is_new"], told["is_under_way"], told["shortage"]) == (False, False, "")
    assert told["image_size"] == [12, 12]
    assert (told["basis"], told["num_runs"]) == ("measured", 1)
    assert told["seconds"] > iteration["seconds"]
    assert client.post(f"{project}/iterations/estimate", json={"settings": {"seed": 4}}).json()["is_new"]
    wrong = client.post(f"{project}/iterations/estimate", json={"settings": {"size": "huge"}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "BadRequestTrainingSettings")


def test_a_learning_rate_is_looked_for_and_the_search_ended(client):
    project = filled(client, "rates", num=60)
    assert client.get(f"{project}/learning-rate").status_code == 404
    asked = client.post(f"{project}/learning-rate", json={"settings": {"model": "mlp"}})
    assert (asked.status_code, asked.json()["curve"], asked.json()["share"]) == (202, None, None)
    wait_for(lambda: client.get(f"{project}/learning-rate").json()["status"] == "done")
    found = client.get(f"{project}/learning-rate").json()
    assert (found["share"], found["passes"] > 0) == (None, True)
    curve = found["curve"]
    assert len(curve["rates"]) == len(curve["losses"])
    client.post(f"{project}/learning-rate")
    assert client.delete(f"{project}/learning-rate").status_code == 204
    assert client.get(f"{project}/learning-rate").json()["status"] == "cancelled"


def test_a_training_waits_behind_another_of_its_project_if_it_is_told_to(client):
    project = filled(client, "queue")
    first = client.post(f"{project}/iterations", json={"settings": {"seed": 1}}).json()
    assert client.post(f"{project}/iterations", json={"settings": {"seed": 2}}).status_code == 400
    wish = {"settings": {"seed": 2}, "queues": True}
    second = client.post(f"{project}/iterations", json=wish)
    assert second.status_code == 202
    same = client.post(f"{project}/iterations", json=wish)
    assert same.json()["code"] == "BadRequestTrainingNotNeeded"
    done = [ended(client, project, one)[0] for one in (first, second.json())]
    assert done[0]["trained_at"] < done[1]["trained_at"]


def test_events_of_a_training_that_has_ended_are_its_end(client, life):
    *_, address = life
    answer = client.get(f"{address}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    event, data, *rest = answer.text.strip().split("\n")
    assert (event, rest) == ("event: progress", [])
    assert json.loads(data.removeprefix("data: "))["status"] == "completed"


def test_events_end_when_the_server_is_to_stop(client, life):
    project, *_ = life
    context, stopping = client.app.state.context, asyncio.Event()
    project_id = project.rpartition("/")[2]
    with context.project(project_id) as (session, row):
        waiting = iterations.create(session, row, recipe="quick")

    async def told():
        found = []
        async for event in follow(replace(context, stopping=stopping), project_id, waiting.id):
            found.append(event)
            stopping.set()
        return found

    assert len(asyncio.run(told())) == 1
    wait_for(lambda: client.get(f"{project}/iterations/{waiting.id}").json()["status"] == "failed")


def test_training_again_without_a_change_is_refused_unless_forced(client, life):
    project, *_ = life
    answer = client.post(f"{project}/iterations", json={"settings": {"seed": 3}})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestTrainingNotNeeded")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"settings": {"epoch": 1}}, r"'epoch' cannot be set (did you mean 'epochs'?)"),
        ({"settings": {"weights": "/etc/passwd"}}, "'weights' cannot be set"),
        ({"settings": {"model": "timm/x"}}, None),
        ({"settings": {"seed": "many"}}, "seed is 'many'"),
    ],
)
def test_a_training_that_cannot_be_wished_for_is_told(client, life, wish, message):
    project, *_ = life
    answer = client.post(f"{project}/iterations", json={**wish, "force": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestTrainingSettings")
    assert message is None or message in answer.json()["message"]


def test_performance_is_told_at_any_threshold_with_the_images_that_it_comes_from(client, life):
    _, iteration, address = life
    told = client.get(f"{address}/performance", params={"threshold": 0.0}).json()
    assert [tag["tag_id"] for tag in told["tags"]] == iteration["tag_ids"]
    assert told["num_images"] == sum(tag["num_images"] for tag in told["tags"])
    assert told["precision"] == told["recall"]  # at no threshold each image is given one tag
    strict = client.get(f"{address}/performance", params={"threshold": 1.0}).json()
    assert strict["recall"] <= told["recall"]
    images = client.get(f"{address}/performance/images").json()
    assert images["total"] == told["num_images"] == len(images["images"])
    assert sum(one["probability"] for one in images["images"][0]["probabilities"]) == pytest.approx(
        1, abs=1e-3
    )
    refused = client.get(f"{address}/performance", params={"threshold": 2})
    assert (refused.status_code, refused.json()["code"]) == (422, "BadRequestInvalid")


def test_all_answers_of_an_iteration_are_told_at_once(client, life):
    _, iteration, address = life
    told = client.get(f"{address}/performance/answers").json()
    assert [tag["tag_id"] for tag in told["tags"]] == iteration["tag_ids"]
    right = sum(one["places"] == [one["likely"][0][0]] for one in told["images"])
    figures = client.get(f"{address}/performance", params={"threshold": 0}).json()
    assert right / len(told["images"]) == figures["recall"]
    assert client.get(f"{address}/performance/answers", params={"least": 2}).status_code == 422


def test_the_curve_tells_of_a_hundred_thresholds(client, life):
    *_, address = life
    told = client.get(f"{address}/performance/curve").json()
    assert told["thresholds"] == [step / 100 for step in range(101)]
    figures = client.get(f"{address}/performance", params={"threshold": 0.4}).json()
    assert (told["precision"][40], told["recall"][40]) == (figures["precision"], figures["recall"])


def test_an_iteration_equals_itself_in_a_comparison(client, life):
    _, iteration, address = life
    told = client.get(f"{address}/comparison", params={"other_id": iteration["id"]}).json()
    assert told["one"] == told["other"]
    assert (told["num_common"], told["num_only_one_right"], told["p_value"]) == (
        told["one"]["num_images"],
        0,
        1.0,
    )


@pytest.mark.slow
def test_an_iteration_is_published_asked_rolled_back_and_unpublished(client, life):
    project, first, address = life
    published = client.post(f"{project}/publications", json={"name": "読む/1 🖌", "iteration_id": first["id"]})
    assert published.status_code == 201
    assert client.get(address).json()["published_as"] == "読む/1 🖌"
    image = signs(4, seed=9)["bar"][0]
    told = client.post(f"{project}/predictions", params={"published": "読む/1 🖌"}, files=form([image])).json()
    best = told["images"][0]["prediction"]["probabilities"]
    assert [one["probability"] for one in best] == sorted((one["probability"] for one in best), reverse=True)
    assert sum(one["probability"] for one in best) == pytest.approx(1, abs=1e-4)
    refused = client.delete(address)
    assert (refused.status_code, refused.json()["code"]) == (400, "BadRequestIterationIsPublished")
    assert client.delete(project).json()["code"] == "BadRequestIterationIsPublished"

    second, _ = trained(client, project, settings={"seed": 4}, force=True)
    asked = {"name": "読む/1 🖌", "iteration_id": second["id"]}
    assert client.post(f"{project}/publications", json=asked).json()["code"] == "BadRequestInvalidPublishName"
    assert client.post(f"{project}/publications", json={**asked, "overwrite": True}).status_code == 201
    told = client.post(f"{project}/predictions", params={"published": "読む/1 🖌"}, files=form([image])).json()
    assert told["iteration_id"] == second["id"]
    back = client.post(f"{project}/publications/roll-back", json={"name": "読む/1 🖌"}).json()
    assert (back["iteration_id"], back["is_roll_back"]) == (first["id"], True)
    history = client.get(f"{project}/publications/history", params={"name": "読む/1 🖌"}).json()
    assert [one["iteration_id"] for one in history] == [first["id"], second["id"], first["id"]]
    assert client.delete(f"{project}/publications", params={"name": "読む/1 🖌"}).status_code == 204
    gone = client.post(f"{project}/predictions", params={"published": "読む/1 🖌"}, files=form([image]))
    assert (gone.status_code, gone.json()["code"]) == (404, "ErrorPredictionModelNotFound")
    assert client.delete(f"{project}/iterations/{second['id']}").status_code == 204


def test_a_quick_test_answers_for_each_image_and_keeps_nothing_unasked(client, life):
    project, first, _ = life
    answer = client.post(
        f"{project}/predictions", params={"iteration_id": first["id"]}, files=form([noise(1), b"no image"])
    )
    assert answer.status_code == 207
    good, bad = answer.json()["images"]
    assert (good["prediction"]["id"], good["refusal"], bad["prediction"]) == (None, None, None)
    assert bad["refusal"]["code"] == "BadRequestImageFormat"
    assert client.get(f"{project}/predictions").json() == {"predictions": [], "total": 0, "continuation": ""}


def test_heat_is_refused_in_words_where_there_is_none(client, life):
    project, iteration, _ = life
    address, image = f"{project}/gradcam", noise(2)

    def code(content=image, **params):
        answer = client.post(address, params=params, content=content, headers={"Content-Type": "image/png"})
        return answer.status_code, answer.json()["code"]

    assert code() == (400, "BadRequestNotSupported")  # mlp has no map of features
    assert code(tag_id=iteration["tag_ids"][0]) == (400, "BadRequestNotSupported")
    assert code(tag_id=iteration["id"]) == (404, "NotFoundTag")
    assert code(content=b"no image") == (400, "BadRequestImageFormat")
    assert code(published="nothing") == (404, "ErrorPredictionModelNotFound")
    assert code(published="nothing", iteration_id=iteration["id"]) == (400, "BadRequest")


def test_stored_predictions_are_found_tagged_and_deleted(client, life):
    project, _, _ = life
    asked = {"keep": True, "application": "a reader"}
    told = client.post(f"{project}/predictions", params=asked, files=form([noise(21), noise(22)])).json()
    ids = [one["prediction"]["id"] for one in told["images"]]
    found = client.get(f"{project}/predictions", params={"application": "a reader", "order": "oldest"}).json()
    assert ([one["id"] for one in found["predictions"]], found["total"]) == (ids, 2)
    assert client.get(f"{project}/predictions/applications").json() == ["a reader"]
    best = found["predictions"][0]["probabilities"][0]
    asked = {"taken_for": [best["tag_id"]], "least": best["probability"], "take": 1}
    assert client.get(f"{project}/predictions", params=asked).json()["total"] >= 1
    assert client.get(f"{project}/predictions", params={**asked, "least": 1}).json()["total"] == 0
    file = client.get(f"{project}/predictions/{ids[0]}/file")
    assert (file.content, file.headers["content-type"]) == (noise(21), "image/png")
    small = client.get(f"{project}/predictions/{ids[0]}/thumbnail", params={"size": 64})
    assert small.headers["content-type"] == "image/png"
    assert client.get(f"{project}/predictions/nothing/file").json()["code"] == "NotFoundImage"
    tag = client.get(f"{project}/tags").json()[0]
    taken = client.post(f"{project}/predictions/images", json={"predictions": {ids[0]: [tag["id"]]}})
    assert taken.status_code == 201
    assert [one["id"] for one in taken.json()["images"][0]["image"]["tags"]] == [tag["id"]]
    image_id = taken.json()["images"][0]["image"]["id"]
    assert client.get(f"{project}/images/{image_id}/file").content == noise(21)
    assert client.delete(f"{project}/predictions", params={"prediction_ids": ids[1:]}).status_code == 204
    assert client.get(f"{project}/predictions").json()["predictions"] == []
    client.delete(f"{project}/images", params={"image_ids": [image_id]})


def test_untagged_images_get_suggestions_the_most_uncertain_first(client, life):
    project, _, address = life
    sent = client.post(f"{project}/images", files=form([noise(seed) for seed in range(30, 34)])).json()[
        "images"
    ]
    assert client.post(f"{address}/suggestions").json() == {"num_images": 4}
    assert client.post(f"{address}/suggestions").json() == {"num_images": 0}
    told = client.get(f"{address}/suggestions").json()
    assert {one["image"]["id"] for one in told} == {one["image"]["id"] for one in sent}
    unsure = [one["uncertainty"] for one in told]
    assert unsure == sorted(unsure, reverse=True)
    client.delete(f"{project}/images", params={"image_ids": [one["image"]["id"] for one in sent]})


def test_images_are_listed_by_what_became_of_a_tag(client, life):
    project, iteration, _ = life
    of = {"iteration_id": iteration["id"]}
    [tag_id, *_] = iteration["tag_ids"]
    found = {
        name: set(client.get(f"{project}/images/ids", params={**of, name: tag_id}).json()["ids"])
        for name in ("rightly", "missed", "wrongly")
    }
    held_out = client.get(f"{project}/images", params={**of, "split": "valid", "take": 256}).json()
    best = {image_id: probs[0]["tag_id"] for image_id, probs in held_out["answers"].items()}
    has = {one["id"]: one["tags"][0]["id"] for one in held_out["images"]}
    assert found["rightly"] == {one for one in has if has[one] == best[one] == tag_id}
    assert found["missed"] == {one for one in has if has[one] == tag_id != best[one]}
    assert found["wrongly"] == {one for one in has if has[one] != tag_id == best[one]}
    page = client.get(f"{project}/images", params={**of, "missed": tag_id, "least": 0, "take": 256}).json()
    assert {one["id"] for one in page["images"]} == found["missed"]
    for asked, why in (
        ({"rightly": tag_id}, "give the iteration_id"),
        ({**of, "rightly": tag_id, "verdict": "wrong"}, "ask for a verdict, or"),
    ):
        answer = client.get(f"{project}/images/ids", params=asked)
        assert (answer.status_code, why in answer.json()["message"]) == (400, True)


def test_certain_suggestions_are_listed_and_confirmed_together(client, life):
    project, _, address = life
    sent = client.post(f"{project}/images", files=form([noise(seed) for seed in range(50, 53)])).json()[
        "images"
    ]
    ids = [one["image"]["id"] for one in sent]
    client.post(f"{address}/suggestions")
    best = {
        one["image"]["id"]: one["probabilities"][0] for one in client.get(f"{address}/suggestions").json()
    }
    told = client.get(f"{address}/suggestions/certain", params={"least": 0.5}).json()
    sure = sorted(
        (one for one in best if best[one]["probability"] >= 0.5), key=lambda one: best[one]["probability"]
    )
    assert told["ids"] == sure
    assert told["tag_ids"] == {one: [best[one]["tag_id"]] for one in sure}
    assert all(told["notes"][one].startswith(best[one]["tag"]) for one in sure)

    tag_id = client.get(f"{project}/tags").json()[0]["id"]
    client.post(f"{project}/images/tags", json={"image_ids": ids[:1], "tag_ids": [tag_id]})
    wish = {"image_ids": ids, "least": 0.5}
    told = client.post(f"{address}/suggestions/confirm", json=wish).json()
    wanted = [one for one in sure if one != ids[0]]
    assert told["created"] == {one: [best[one]["tag_id"]] for one in wanted}
    assert sorted(told["passed_over"]) == sorted(set(ids) - set(wanted))
    assert client.post(f"{address}/suggestions/confirm", json={**wish, "least": 0.4}).status_code == 422
    client.delete(f"{project}/images", params={"image_ids": ids})


def test_images_are_listed_by_what_an_iteration_makes_of_them(client, life):
    project, iteration, _ = life
    (sent,) = client.post(f"{project}/images", files=form([noise(40)])).json()["images"]

    def listed(**asked):
        return client.get(f"{project}/images", params={"iteration_id": iteration["id"], **asked}).json()

    assert [one["id"] for one in listed(split="outside")["images"]] == [sent["image"]["id"]]
    held_out = listed(split="valid", take=256)
    assert held_out["total"] + listed(split="train")["total"] == 40
    assert set(held_out["answers"]) == {one["id"] for one in held_out["images"]}
    assert listed(split="train")["answers"] == {}
    wrong = listed(verdict="wrong", take=256)
    assert wrong["total"] == len(wrong["images"])
    for image in wrong["images"]:
        assert wrong["answers"][image["id"]][0]["tag_id"] != image["tags"][0]["id"]
    unsure = listed(verdict="uncertain", sure=0.99, take=256)
    assert [one["id"] for one in listed(verdict="uncertain", sure=0.99, take=1, skip=1)["images"]] == [
        unsure["images"][1]["id"]
    ]
    ids = client.get(
        f"{project}/images/ids",
        params={"iteration_id": iteration["id"], "verdict": "uncertain", "sure": 0.99},
    ).json()
    assert ids["ids"] == [one["id"] for one in unsure["images"]]
    best = unsure["answers"][ids["ids"][0]][0]
    assert ids["notes"][ids["ids"][0]] == f"{best['tag']} {best['probability']:.0%}"
    assert all(best["probability"] < 0.99 for best, *_ in unsure["answers"].values())
    assert client.get(f"{project}/images", params={"verdict": "wrong"}).status_code == 400
    assert listed(iteration_id="nothing")["code"] == "NotFoundIteration"
    client.delete(f"{project}/images", params={"image_ids": [sent["image"]["id"]]})


def test_what_has_other_sizes_and_colours_is_classified_too(client, life):
    project, *_ = life
    import numpy as np

    wide = png(np.full((40, 90, 3), 200, dtype=np.uint8))
    answer = client.post(f"{project}/predictions", content=wide, headers={"Content-Type": "image/png"})
    assert answer.status_code == 200


@pytest.mark.slow
def test_a_model_is_exported_as_a_zip_file(client, life):
    *_, address = life
    refused = client.post(f"{address}/exports", json={"platform": "Abacus"})
    assert (refused.status_code, refused.json()["code"]) == (400, "BadRequestExportValidationFailed")
    asked = client.post(f"{address}/exports", json={"platform": "Safetensors"})
    assert asked.status_code == 202
    file = f"{address}/exports/{asked.json()['id']}/file"
    wait_for(lambda: client.get(f"{address}/exports").json()[0]["status"] in ("done", "failed"))
    assert client.get(f"{address}/exports").json()[0]["note"] == ""
    packed = client.get(file)
    assert any("safetensors" in name for name in zipfile.ZipFile(io.BytesIO(packed.content)).namelist())


@pytest.mark.slow
def test_two_projects_train_at_a_time_and_one_project_once(client):
    projects = [filled(client, f"two {seed}", num=20, seed=seed) for seed in (1, 2)]
    begun = [client.post(f"{project}/iterations").json() for project in projects]
    again = client.post(f"{projects[0]}/iterations")
    assert (again.status_code, again.json()["code"]) == (400, "BadRequestTrainingAlreadyInProgress")
    assert client.delete(projects[0]).status_code == 409
    for project, iteration in zip(projects, begun, strict=True):
        ended(client, project, iteration)
        assert client.delete(project).status_code == 204


@pytest.mark.slow
def test_a_training_is_cancelled_and_resumed(client):
    project = filled(client, "patience", num=20)
    begun = client.post(f"{project}/iterations").json()
    address = f"{project}/iterations/{begun['id']}"
    assert client.post(f"{address}/cancel").json()["status"] == "cancelled"
    assert client.post(f"{address}/cancel").status_code == 409
    assert client.get(f"{address}/progress").json()["status"] == "cancelled"
    wait_for(lambda: client.post(f"{address}/resume").status_code == 202)
    ended(client, project, begun)


def test_a_project_without_enough_images_says_what_is_missing(client):
    project = filled(client, "few", num=8)
    answer = client.post(f"{project}/iterations")
    assert answer.status_code == 400
    assert answer.json()["code"] == "BadRequestMultiClassClassificationTrainingValidationFailed"
    assert (
        "each tag needs 5 images: 'bar' has 2, 'post' has 2, 'box' has 2 and 1 more"
        in answer.json()["message"]
    )
