"""One model over HTTP: every form of request, every answer, and what bad input gets."""

import base64
import datetime
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from starlette.testclient import TestClient

from fudemoji.predictor import Predictor
from fudemoji.serving.app import ServeSettings, create_app
from fudemoji.serving.keys import read_keys
from fudemoji.serving.model import ServedModel

RAW = {"content-type": "application/octet-stream"}


@pytest.fixture(scope="session")
def expected(run, files):
    """What the predictor itself says."""
    return [one.to_dict() for one in Predictor(run).many(files)]


def alike(told: dict, expected: dict) -> bool:
    """The same answer, but for the digits that float32 does not hold."""
    flat, wanted = json.dumps(told, sort_keys=True), json.dumps(expected, sort_keys=True)
    rounded = [
        json.dumps(json.loads(text, parse_float=lambda x: round(float(x), 5))) for text in (flat, wanted)
    ]
    return rounded[0] == rounded[1]


def test_every_form_of_an_image_gets_the_answer_of_the_predictor(client, files, expected):
    image = files[0]
    asked = [
        {"content": image, "headers": RAW},
        {"content": image, "headers": {"content-type": "image/png"}},
        {"files": {"imageData": ("a.png", image, "image/png")}},
        {"files": {"imageData": (None, image)}},
        {"json": {"image": base64.b64encode(image).decode()}},
    ]
    for one in asked:
        got = client.post("/predict", **one)
        assert got.status_code == 200
        assert alike(got.json(), expected[0])


def test_as_many_classes_are_named_as_are_asked_for(client, files, expected):
    for top in (1, 2, 4, 99):
        told = client.post(f"/predict?top={top}", content=files[1], headers=RAW).json()
        assert [one["id"] for one in told["top"]] == [one["id"] for one in expected[1]["top"]][:top]


@pytest.mark.parametrize("top", ["0", "-1", "x", "1.5", "", "²", "9" * 30])
def test_a_number_of_classes_that_is_none_is_refused(client, files, top):
    got = client.post("/predict", params={"top": top}, content=files[1], headers=RAW)
    assert (got.status_code, got.json()["code"]) == (422, "BadRequestInvalid")


def test_a_batch_is_answered_in_its_order_and_a_bad_image_harms_no_other(client, files, expected, huge):
    parts = [("imageData", (f"{n}.png", file, "image/png")) for n, file in enumerate(files[:3])]
    bad = [("imageData", ("b.png", b"no image", "image/png")), ("imageData", ("h.png", huge, "image/png"))]
    if len(huge) > 10_000:
        bad.pop()
    told = client.post("/predict/batch", files=[parts[0], *bad, parts[1], parts[2]]).json()["predictions"]
    assert [one.pop("name") for one in told] == ["0.png", *["b.png", "h.png"][: len(bad)], "1.png", "2.png"]
    assert all(alike(told[place], wanted) for place, wanted in zip((0, -2, -1), expected[:3], strict=True))
    assert told[1]["error"]["code"] == "BadRequestImageFormat"
    in_json = {"images": [base64.b64encode(file).decode() for file in files[:2]]}
    told = client.post("/predict/batch?top=1", json=in_json).json()["predictions"]
    assert [(one["id"], len(one["top"])) for one in told] == [(one["id"], 1) for one in expected[:2]]


def test_the_container_of_custom_vision_is_stood_in_for(client, files, expected):
    told = client.post("/image", content=files[2], headers=RAW).json()
    assert [str(uuid.UUID(told[key])) for key in ("id", "project", "iteration")]
    assert datetime.datetime.fromisoformat(told["created"]).tzinfo
    shown = told["predictions"]
    assert sum(one["probability"] for one in shown) == pytest.approx(1, abs=1e-5)
    assert [one["probability"] for one in shown] == sorted(
        [one["probability"] for one in shown], reverse=True
    )
    assert [one["tagName"] for one in shown] == [one["glyph"] or one["id"] for one in expected[2]["top"]]
    assert all(one["boundingBox"] is None and uuid.UUID(one["tagId"]) for one in shown)
    again = client.post("/image", files={"imageData": files[2]}).json()
    assert again["predictions"] == shown
    assert again["id"] != told["id"]


@pytest.mark.parametrize("key", ["url", "Url"])
def test_an_image_at_a_url_is_fetched_and_answered(client, files, key):
    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(files[2])

        def log_message(self, *_):
            pass

    site = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=site.handle_request)
    thread.start()
    got = client.post("/url", json={key: f"http://127.0.0.1:{site.server_port}/a.png"})
    thread.join()
    site.server_close()
    assert got.status_code == 200
    assert (
        got.json()["predictions"]
        == client.post("/image", content=files[2], headers=RAW).json()["predictions"]
    )


@pytest.mark.parametrize("body", [{}, [], {"url": 3}, {"url": "ftp://example.org/a.png"}, None])
def test_a_url_that_is_none_is_refused(client, body):
    got = client.post("/url", json=body)
    assert (got.status_code, got.json()["code"]) == (400, "BadRequestImageUrl")


@pytest.mark.parametrize("path", ["/predict", "/image", "/predict/batch"])
@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "image/png", 400),
        (b"{}", "application/json", 400),
        (b"--b", "multipart/form-data; boundary=b", 400),
        (b"x" * 200_000, "application/octet-stream", 413),
        (b"x", "text/plain", 415),
    ],
)
def test_a_body_that_is_no_image_is_refused_and_not_repeated(client, path, content, kind, status):
    got = client.post(path, content=content, headers={"content-type": kind})
    assert got.status_code == status
    assert set(got.json()) == {"code", "message"}
    assert "xx" not in got.text


@pytest.mark.parametrize("kind", ["no image", "cut", "empty"])
def test_a_file_that_is_no_whole_image_is_refused(client, files, kind):
    content = {"no image": b"SECRET" * 9, "cut": files[0][:-40], "empty": b""}[kind]
    got = client.post("/predict", files={"imageData": content})
    assert (got.status_code, got.json()["code"]) == (400, "BadRequestImageFormat")
    assert "SECRET" not in got.text


def test_two_images_are_for_the_batch(client, files):
    got = client.post("/predict", files=[("a", files[0]), ("b", files[1])])
    assert (got.status_code, got.json()["code"]) == (400, "BadRequestExceededBatchSize")
    got = client.post("/predict/batch", files=[("a", files[0])] * 9)
    assert (got.status_code, got.json()["code"]) == (400, "BadRequestExceededBatchSize")


def test_the_model_is_described(client, run, expected):
    told = client.get("/model").json()
    metrics = run.read_json("metrics")
    assert (told["name"], told["network"]) == ("done", "mlp")
    assert [one["id"] for one in told["classes"]] == [one["id"] for one in run.sheet()["classes"]]
    assert told["input"] == {"channels": 1, "height": 12, "width": 12, "shifts": 0}
    for key in ("accuracy", "accuracy_low", "accuracy_high", "split", "num_images"):
        assert told["measured"][key] == metrics[key]
    assert told["trust"]["temperature"] == run.read_json("trust")["temperature"]
    assert len(told["trust"]["thresholds"]) == 4


def test_health_readiness_and_figures(client, files):
    assert client.get("/health").json() == {"status": "alive"}
    assert client.get("/ready").json() == {"status": "ready"}
    client.post("/predict", content=files[0], headers=RAW)
    client.get("/no/such/place")
    told = client.get("/metrics").text
    assert 'fudemoji_requests_total{route="/predict",status="200"}' in told
    assert 'fudemoji_requests_total{route="other",status="404"}' in told
    assert 'fudemoji_request_seconds_count{route="/predict"}' in told
    assert "fudemoji_batch_images_sum" in told
    assert "fudemoji_queue_images 0.0" in told
    assert "fudemoji_model_restarts 0.0" in told
    assert "/no/such/place" not in told


def test_the_page_shows_every_operation_and_needs_nothing_from_elsewhere(client):
    page = client.get("/docs")
    document = client.get("/openapi.json").json()
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert all(f"<code>{path}</code>" in page.text for path in document["paths"])
    assert "http" not in page.text.replace("http://www.w3.org", "")
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"


def test_every_route_is_described(client):
    routes = {route.path for route in client.app.routes} - {"/", "/docs", "/openapi.json"}
    assert set(client.get("/openapi.json").json()["paths"]) == routes


def test_a_method_that_an_address_does_not_take_is_told(client):
    got = client.get("/predict")
    assert (got.status_code, got.json()["code"], got.headers["allow"]) == (405, "MethodNotAllowed", "POST")


def test_a_page_from_elsewhere_cannot_use_a_server_without_keys(client):
    got = client.get("/model", headers={"host": "evil.example"})
    assert (got.status_code, got.json()["code"]) == (403, "Forbidden")


@pytest.fixture
def closed(run, tmp_path):
    """A server with keys, its model not started."""
    file = tmp_path / "keys"
    file.write_text("0123456789abcdef-one\n# a comment\nsha256:" + "0" * 64 + "\n")
    settings = ServeSettings(keys=read_keys(file))
    return TestClient(create_app(ServedModel.of_run(run), settings), base_url="http://example.org")


@pytest.mark.parametrize("name", ["Prediction-Key", "ocp-apim-subscription-key", "Authorization"])
def test_a_key_opens_what_is_closed(closed, name):
    key = "0123456789abcdef-one"
    sent = f"Bearer {key}" if name == "Authorization" else key
    assert closed.get("/model", headers={name: sent}).status_code == 200
    for wrong in (sent + "x", sent[:-1], "Bearer", "Basic " + key, "é"):
        got = closed.get("/model", headers={name: wrong.encode()})
        assert (got.status_code, got.json()["code"]) == (401, "Unauthorized")
        assert got.headers["www-authenticate"] == "Bearer"


def test_without_a_key_only_what_tells_nothing_is_open(closed):
    for path in ("/health", "/docs", "/openapi.json"):
        assert closed.get(path).status_code == 200
    assert closed.get("/ready").json()["code"] == "ServiceUnavailable"
    for path in ("/model", "/metrics", "/no-such"):
        assert closed.get(path).status_code == 401
    assert closed.post("/predict", content=b"x", headers=RAW).status_code == 401
    assert closed.get("/openapi.json").json()["security"] == [{"key": []}, {"bearer": []}]


def test_a_body_of_unknown_size_is_read_too(client, files, expected):
    got = client.post("/predict", content=iter([files[0][:50], files[0][50:]]), headers=RAW)
    assert "transfer-encoding" in got.request.headers
    assert alike(got.json(), expected[0])
