"""A server for the tests of a file."""

import pytest

from servers import served


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with served(tmp_path_factory.mktemp("server") / "store") as client:
        yield client


@pytest.fixture
def project(client, request):
    """The address of a project of its own."""
    made = client.post("/api/v1/projects", json={"name": request.node.name[:200]})
    assert made.status_code == 201, made.text
    return f"/api/v1/projects/{made.json()['id']}"


@pytest.fixture
def tag(client, project):
    """Makes a tag, and gives its id."""

    def make(name, **given):
        return client.post(f"{project}/tags", json={"name": name, **given}).json()["id"]

    return make


@pytest.fixture
def upload(client, project):
    """Uploads images with tags, and gives their ids."""

    def send(*contents, tag_ids=()):
        files = [("images", (f"{number}.png", content)) for number, content in enumerate(contents)]
        answer = client.post(f"{project}/images", files=files, params={"tag_ids": list(tag_ids)})
        assert answer.status_code == 201, answer.text
        return [one["image"]["id"] for one in answer.json()["images"]]

    return send
