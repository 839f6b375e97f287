"""What bad input gets: a status, a code and a sentence, never an empty body, never what was sent."""

import base64
import io
import json
import socket
import struct
import uuid
import zlib

import numpy as np
import pytest
import requests
from PIL import Image

from custom_vision import noise, png, refused, running
from fudemoji.server.store import Store, keys, projects

PUBLISHED = "signs v1"
SECRET = b"a photograph of my neighbour"  # must never come back


def training(server, path, **given):
    headers = {"Training-Key": server.training_key, **given.pop("headers", {})}
    method = given.pop("method", "POST")
    url = f"{server.endpoint}customvision/v3.4-preview/training{path}"
    return requests.request(method, url, headers=headers, timeout=60, **given)


def prediction(server, learnt, *, path="image", **given):
    headers = {"Prediction-Key": server.prediction_key, **given.pop("headers", {})}
    url = f"{server.endpoint}customvision/v3.0/Prediction/{learnt.id}/classify/iterations/{PUBLISHED}/{path}"
    return requests.post(url, headers=headers, timeout=60, **given)


def check(answer, status, code=None):
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert set(told) == {"code", "message"}
    assert all(told.values())
    if code:
        assert told["code"] == code
    assert SECRET.decode() not in answer.text
    assert base64.b64encode(SECRET).decode() not in answer.text
    assert answer.headers["Content-Type"].startswith("application/json")


# --- keys


@pytest.mark.parametrize("headers", [{}, {"Training-Key": "wrong"}, {"Training-Key": ""}])
def test_without_the_right_key_nothing_is_told(server, learnt, headers):
    url = f"{server.endpoint}customvision/v3.3/training/projects/{learnt.id}"
    check(requests.get(url, headers=headers, timeout=60), 401)
    url = f"{server.endpoint}customvision/v3.1/prediction/{learnt.id}/classify/iterations/{PUBLISHED}/image"
    check(requests.post(url, headers=headers, data=SECRET, timeout=60), 401)


def test_a_key_of_one_service_does_not_open_the_other(server, learnt):
    with refused(403, "Forbidden"):
        server.trainer(server.prediction_key).get_projects()
    with refused(403, "Forbidden"):
        server.predictor(server.training_key).classify_image(learnt.id, PUBLISHED, noise(1))


def test_a_key_of_one_project_opens_no_other_and_makes_none(server, trainer, learnt, project):
    store = Store.open(server.folder)
    with store.session() as session:
        own = projects.find(session, project.id)
        _, secret = keys.create(session, name="of one project", kind="training", project=own)
    store.close()
    with server.trainer(secret) as bound:
        assert [one.id for one in bound.get_projects()] == [project.id]
        assert bound.get_project(project.id).name == project.name
        token = bound.export_project(project.id).token
        for call in (
            lambda: bound.get_project(learnt.id),
            lambda: bound.create_project("another"),
            lambda: bound.import_project(token),
        ):
            with refused(403, "Forbidden"):
                call()


def test_a_key_may_come_in_the_header_of_all_azure_services(server, learnt):
    headers = {"ocp-apim-subscription-key": server.training_key}
    url = f"{server.endpoint}customvision/v3.3/training/projects/{learnt.id}"
    assert requests.get(url, headers=headers, timeout=60).status_code == 200


# --- what is not there


def test_an_unknown_project_and_an_unpublished_name_are_not_found(server, predictor, learnt):
    with refused(404, "NotFoundProject"):
        predictor.classify_image(str(uuid.uuid4()), PUBLISHED, noise(1))
    for name in ("unknown", "a/b", "筆 🖌", "%2F"):
        with refused(404, "ErrorPredictionModelNotFound"):
            predictor.classify_image(learnt.id, name, noise(1))


@pytest.mark.parametrize("path", ["/nothing", "/projects/x/nothing"])
def test_an_address_that_is_none_is_told_so(server, path):
    check(training(server, path), 404)


def test_a_method_that_an_address_does_not_take_is_told_so(server, learnt):
    check(training(server, f"/projects/{learnt.id}", method="PUT"), 405)


def test_another_version_of_the_api_is_not_found(server):
    headers = {"Training-Key": server.training_key}
    check(
        requests.get(f"{server.endpoint}customvision/v2.0/training/domains", headers=headers, timeout=60), 404
    )


# --- images


def huge() -> bytes:
    """A PNG of 60,000 x 60,000 pixels in 500 bytes of header and zeros."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "status"),
    [(SECRET, 400), (b"", 400), (noise(1)[:-40], 400), (huge(), 400), (bytes(5 * 2**20), 413)],
    ids=["no image", "empty", "truncated", "bomb", "too large"],
)
@pytest.mark.parametrize("path", ["image", "image/nostore"])
def test_what_is_no_image_is_refused(server, learnt, content, status, path):
    check(prediction(server, learnt, path=path, files={"imageData": content}), status)
    check(
        prediction(
            server, learnt, path=path, data=content, headers={"Content-Type": "application/octet-stream"}
        ),
        status,
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"data": SECRET, "headers": {"Content-Type": "text/plain"}}, 415),
        ({"data": SECRET, "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"data": SECRET, "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        (
            {
                "data": b'--x\r\nContent-Disposition: form-data; name="imageData"\r\n\r\n' + SECRET,
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
            400,
        ),
        ({"files": [("imageData", noise(1)), ("imageData", noise(2))]}, 400),
    ],
    ids=["text", "no boundary", "no part", "truncated part", "two images"],
)
def test_a_body_that_is_no_form_of_an_image_is_refused(server, learnt, given, status):
    check(prediction(server, learnt, **given), status)


def test_more_images_than_a_request_may_bring_are_refused(server, project):
    parts = [("imageData", noise(1))] * 65
    check(training(server, f"/projects/{project.id}/images", files=parts), 400, "BadRequestExceededBatchSize")


def test_a_batch_says_which_of_its_images_are_bad(server, project):
    shades = np.zeros((2, 60), np.uint8)
    parts = [("imageData", content) for content in (noise(1), SECRET, huge(), png(shades))]
    answer = training(server, f"/projects/{project.id}/images", files=parts)
    assert answer.status_code == 207
    told = answer.json()
    assert told["isBatchSuccessful"] is False
    assert [one["status"] for one in told["images"]] == [
        "OK", "ErrorImageFormat", "ErrorImageDimensions", "ErrorImageDimensions",
    ]  # fmt: skip
    assert SECRET.decode() not in answer.text


def test_a_format_of_the_service_is_read_whatever_it_is_called(server, project):
    parts = []
    for kind in ("JPEG", "PNG", "BMP", "GIF"):
        file = io.BytesIO()
        Image.open(io.BytesIO(noise(3, size=20))).convert("RGB").save(file, kind)
        parts.append(("imageData", ("x.tiff", file.getvalue())))
    answer = training(server, f"/projects/{project.id}/images", files=parts)
    assert [one["status"] for one in answer.json()["images"]] == ["OK"] * 4
    for one, kind in zip(answer.json()["images"], ("jpeg", "png", "bmp", "gif"), strict=True):
        link = requests.get(one["image"]["originalImageUri"], timeout=60)
        assert link.headers["Content-Type"] == f"image/{kind}"


# --- JSON


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"images": [', 400),
        (b"[1, 2]", 400),
        (b'"' + SECRET + b'"', 400),
        (b'{"images": "' + SECRET + b'"}', 400),
        (b'{"images": [{"contents": 7}]}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"{}", 400),
    ],
    ids=["cut off", "a list", "a text", "no list", "a number", "no text", "deep", "nothing"],
)
def test_json_that_is_not_what_was_asked_for_is_refused(server, project, body, status):
    path = f"/projects/{project.id}/images/files"
    check(training(server, path, data=body, headers={"Content-Type": "application/json"}), status)


def test_a_body_that_is_no_json_is_refused(server, project):
    path = f"/projects/{project.id}/images/tags"
    check(training(server, path, data={"tags": SECRET}), 415, "UnsupportedMediaType")


def test_names_in_json_are_read_in_any_case(server, learnt, website):
    folder, site = website
    (folder / "a.png").write_bytes(learnt.unseen[0][1])
    for name in ("Url", "url", "URL"):
        answer = prediction(server, learnt, path="url/nostore", json={name: f"{site}/a.png"})
        assert answer.status_code == 200
        assert answer.json()["predictions"][0]["tagName"] == learnt.unseen[0][0]


@pytest.mark.parametrize(
    "query",
    ["take=257", "take=-1", "take=x", "skip=-1", "orderBy=Random", "taggingStatus=Perhaps", "$filter=x"],
)
def test_a_query_out_of_range_is_refused(server, project, query):
    answer = training(server, f"/projects/{project.id}/images?{query}", method="GET")
    assert answer.status_code in (400, 422)
    check(answer, answer.status_code)


def test_nul_and_lone_surrogates_in_names_are_refused(server, project):
    check(training(server, f"/projects/{project.id}/tags?name=a%00b"), 400, "BadRequestTagName")
    body = json.dumps({"name": "\ud800"})
    headers = {"Content-Type": "application/json"}
    path = f"/projects/{project.id}"
    check(training(server, path, method="PATCH", data=body, headers=headers), 400, "BadRequestProjectName")


# --- URLs


def test_a_url_into_a_private_network_is_not_fetched(tmp_path, website):
    _, site = website
    with running(tmp_path / "closed", allow_private_urls=False) as closed:
        trainer = closed.trainer()
        project = trainer.create_project("closed")
        entries = [
            {"url": url}
            for url in (
                f"{site}/a.png",
                "http://[::1]/",
                "http://169.254.169.254/latest/meta-data",
                "http://0x7f.1/",
            )
        ]
        answer = training(closed, f"/projects/{project.id}/images/urls", json={"images": entries})
        assert answer.status_code == 207
        assert [one["status"] for one in answer.json()["images"]] == ["ErrorSource"] * 4
        trainer.close()


# --- bodies that never end


def test_a_client_that_leaves_in_the_middle_of_a_body_harms_nobody(server, learnt):
    host, port = server.endpoint.removeprefix("http://").strip("/").split(":")
    head = (
        f"POST /customvision/v3.1/prediction/{learnt.id}/classify/iterations/signs%20v1/image HTTP/1.1\r\n"
        f"Host: {host}\r\nPrediction-Key: {server.prediction_key}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + noise(1)[:100])
    assert prediction(server, learnt, path="image/nostore", data=noise(1)).status_code == 200
