"""Addresses as clients write them."""

import asyncio

import pytest

from fudemoji.server.customvision.paths import CanonicalPaths, canonical_path, canonical_query

PROJECT = "0190f3aa-5d3c-7000-8000-00000000abcd"


@pytest.mark.parametrize(
    "written",
    [
        f"/customvision/v3.1/prediction/{PROJECT}/classify/iterations/Model/image",
        f"/CustomVision/V3.0/Prediction/{PROJECT.upper()}/Classify/Iterations/Model/Image",
        f"//customvision/v3.4-Preview/PREDICTION/{PROJECT}/classify/iterations/Model/image/",
    ],
)
def test_case_version_and_doubled_slashes_do_not_matter(written):
    expected = f"/customvision/v3.1/prediction/{PROJECT}/classify/iterations/Model/image"
    assert canonical_path(written) == expected


@pytest.mark.parametrize("name", ["my%20model%2F1", "%F0%9F%96%8C", "Image", "a%25b", "%2E%2E%2Fx"])
def test_a_published_name_keeps_its_case_and_its_quotes(name):
    path = canonical_path(f"/customvision/v3.0/Prediction/{PROJECT}/classify/iterations/{name}/url/nostore")
    assert path == f"/customvision/v3.1/prediction/{PROJECT}/classify/iterations/{name}/url/nostore"


def test_the_training_service_has_one_base_too():
    assert canonical_path("/customvision/v3.3/Training/Projects") == (
        "/customvision/v3.4-preview/training/projects"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/v1/projects",
        "/customvision",
        "/customvision/v2.0/training/projects",
        "/customvision/v3.1/x/y",
    ],
)
def test_other_addresses_are_left_alone(path):
    assert canonical_path(path) is None


def test_names_of_parameters_are_told_in_any_case_and_values_are_left_as_they_are():
    assert canonical_query("ITERATIONID=Ab%2C&tagids=X,y&unknown=1&flag") == (
        "iterationId=Ab%2C&tagIds=X,y&unknown=1&flag"
    )
    assert canonical_query("") == ""


def test_the_middleware_passes_the_rest_of_a_request_on():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/customvision/v3.0/Training/Projects",
        "raw_path": b"/customvision/v3.0/Training/Projects",
        "query_string": b"NAME=%E7%AD%86",
        "headers": [(b"training-key", b"x")],
    }
    asyncio.run(CanonicalPaths(app)(dict(scope), None, None))
    asyncio.run(CanonicalPaths(app)({**scope, "path": "/api", "raw_path": b"/api"}, None, None))
    asyncio.run(CanonicalPaths(app)({"type": "lifespan"}, None, None))
    assert seen[0]["path"] == "/customvision/v3.4-preview/training/projects"
    assert seen[0]["query_string"] == b"name=%E7%AD%86"
    assert (seen[0]["method"], seen[0]["headers"]) == ("POST", [(b"training-key", b"x")])
    assert (seen[1]["path"], seen[1]["query_string"]) == ("/api", b"NAME=%E7%AD%86")
    assert seen[2] == {"type": "lifespan"}
