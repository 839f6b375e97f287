"""Projects and tags over the API."""

import pytest

from servers import noise


def test_a_project_is_made_found_changed_listed_and_deleted(client):
    made = client.post("/api/v1/projects", json={"name": "seals 印 🖌/x", "kind": "multilabel"})
    assert made.status_code == 201
    one = made.json()
    assert (one["name"], one["kind"], one["description"]) == ("seals 印 🖌/x", "multilabel", "")
    address = f"/api/v1/projects/{one['id']}"
    assert client.get(address).json() == one
    changed = client.patch(address, json={"description": "red"}).json()
    assert (changed["name"], changed["description"]) == ("seals 印 🖌/x", "red")
    assert one["id"] in [project["id"] for project in client.get("/api/v1/projects").json()]
    assert client.delete(address).status_code == 204
    assert client.get(address).json() == {"code": "NotFoundProject", "message": "there is no such project"}


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({}, 422, "BadRequestInvalid"),
        ({"name": ""}, 422, "BadRequestInvalid"),
        ({"name": "  "}, 400, "BadRequestProjectName"),
        ({"name": "a\0b"}, 400, "BadRequestProjectName"),
        ({"name": "x", "kind": "detection"}, 422, "BadRequestInvalid"),
        ({"name": "x", "nmae": "y"}, 422, "BadRequestInvalid"),
        ({"name": "x", "domain_id": "none"}, 404, "NotFoundDomain"),
        ([], 422, "BadRequestInvalid"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told(client, wish, status, code):
    answer = client.post("/api/v1/projects", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_name_is_given_once(client, project):
    name = client.get(project).json()["name"]
    answer = client.post("/api/v1/projects", json={"name": name})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestProjectNameNotUnique")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"name": ' + b"[" * 100_000, b"null", b""])
def test_what_is_no_json_is_refused_without_an_echo(client, body):
    answer = client.post("/api/v1/projects", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"code", "message"}
    assert len(answer.text) < 300


def test_a_body_beyond_the_limit_is_refused(client):
    answer = client.post("/api/v1/projects", json={"name": "x" * 2**20})
    assert (answer.status_code, answer.json()["code"]) == (413, "BadRequestImageSizeBytes")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/projects/../x", "/api/v2/projects"])
def test_an_unknown_address_has_an_answer_in_the_same_form(client, path):
    answer = client.get(path)
    assert (answer.status_code, set(answer.json())) == (404, {"code", "message"})


def test_a_method_that_an_address_does_not_take_is_told(client):
    answer = client.put("/api/v1/projects")
    assert (answer.status_code, answer.json()["code"]) == (405, "MethodNotAllowed")


def test_tags_are_made_counted_renamed_and_deleted(client, project, tag, upload):
    tag_id = tag("bar")
    upload(noise(1), noise(2), tag_ids=[tag_id])
    assert client.get(f"{project}/tags/{tag_id}").json()["num_images"] == 2
    renamed = client.patch(f"{project}/tags/{tag_id}", json={"name": "バー"}).json()
    assert (renamed["name"], renamed["num_images"]) == ("バー", 2)
    assert [one["name"] for one in client.get(f"{project}/tags").json()] == ["バー"]
    assert client.delete(f"{project}/tags/{tag_id}").status_code == 204
    assert client.get(f"{project}/tags/{tag_id}").json()["code"] == "NotFoundTag"
    assert client.get(f"{project}/images", params={"tagged": False}).json()["total"] == 2


def test_a_project_has_one_negative_tag(client, project, tag):
    tag("none of them", kind="negative")
    answer = client.post(f"{project}/tags", json={"name": "nor this", "kind": "negative"})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestMultipleNegativeTag")
