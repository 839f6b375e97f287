"""Keys, limits and what the server is, over the API."""

import pytest

from servers import form, noise, served


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A server of small limits, with a training key for all projects."""
    limits = {"images_per_project": 3, "images_per_request": 2, "image_bytes": 2000}
    with served(tmp_path_factory.mktemp("server") / "store", **limits) as client:
        made = client.post("/api/v1/keys", json={"name": "admin"})
        assert made.status_code == 201, made.text
        client.headers["Training-Key"] = made.json()["secret"]
        yield client


def made_key(client, **wish):
    return client.post("/api/v1/keys", json={"name": "a key", **wish}).json()


def test_the_first_key_closes_the_server_at_once(client):
    answer = client.get("/api/v1/projects", headers={"Training-Key": ""})
    assert (answer.status_code, answer.json()["code"]) == (401, "Unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get("/health", headers={"Training-Key": ""}).status_code == 200
    assert client.get("/metrics", headers={"Training-Key": ""}).status_code == 401


def test_the_secret_of_a_key_is_shown_once(client):
    key = made_key(client, kind="prediction")
    listed = {one["id"]: one for one in client.get("/api/v1/keys").json()}
    assert key["secret"].endswith(listed[key["id"]]["hint"])
    assert "secret" not in listed[key["id"]]


def test_a_revoked_key_opens_nothing_from_the_next_request_on(client):
    key = made_key(client)
    headers = {"Training-Key": key["secret"]}
    assert client.get("/api/v1/projects", headers=headers).status_code == 200
    assert client.delete(f"/api/v1/keys/{key['id']}").json()["revoked_at"]
    assert client.get("/api/v1/projects", headers=headers).status_code == 401


def test_a_key_of_one_project_sees_that_one_only(client, project, tag):
    project_id = project.rpartition("/")[2]
    client.post("/api/v1/projects", json={"name": "another"})
    headers = {"Training-Key": made_key(client, project_id=project_id)["secret"]}
    assert [one["id"] for one in client.get("/api/v1/projects", headers=headers).json()] == [project_id]
    assert client.get(project, headers=headers).status_code == 200
    for refused in (
        client.post("/api/v1/projects", json={"name": "mine"}, headers=headers),
        client.get("/api/v1/keys", headers=headers),
        client.get("/metrics", headers=headers),
        client.get("/api/v1/projects/01890a5d-ac96-774b-bcce-b302099a8057", headers=headers),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "Forbidden")


def test_a_prediction_key_classifies_and_does_nothing_else(client, project):
    headers = {"Training-Key": "", "Prediction-Key": made_key(client, kind="prediction")["secret"]}
    answer = client.post(
        f"{project}/predictions", params={"published": "none"}, files=form([noise(1)]), headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "ErrorPredictionModelNotFound")
    assert client.get(f"{project}/predictions", headers=headers).status_code == 401


def test_a_project_is_full_when_it_is_full(client, project):
    assert client.post(f"{project}/images", files=form([noise(1), noise(2)])).status_code == 201
    answer = client.post(f"{project}/images", files=form([noise(3), noise(4)]))
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestImageExceededCount")
    assert client.post(f"{project}/images", files=form([noise(3)])).status_code == 201


def test_limits_are_those_that_the_server_was_given(client, project):
    answer = client.post(f"{project}/images", files=form([noise(1)] * 3))
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestExceededBatchSize")
    answer = client.post(f"{project}/images", files=form([noise(1, side=60)]))
    assert (answer.status_code, answer.json()["code"]) == (413, "BadRequestImageSizeBytes")
    answer = client.post(f"{project}/images", files=form([noise(1)]), params={"tag_ids": ["x"] * 21})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestExceedTagPerImageLimit")
    about = client.get("/api/v1/about").json()
    assert (about["limits"]["images_per_project"], about["limits"]["image_bytes"]) == (3, 2000)
    assert "epochs" in about["settings"]
    assert "weights" not in about["settings"]
    assert {"quick", "best"} <= set(about["recipes"])
