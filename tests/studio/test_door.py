"""Who comes in, and that what comes was meant."""

import itsdangerous.timed
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from fudemoji.server.auth import SIGNED_IN
from fudemoji.studio import door
from fudemoji.studio.door import Door
from fudemoji.studio.secrets import set_password
from fudemoji.studio.sessions import SESSION_SECONDS, Sessions

HOME, SOCKET = "http://127.0.0.1:8000", "ws://127.0.0.1:8000/socket"
PASSWORD, TOKEN = "correct horse 馬", "the-address-printed"
FROM_HOME, FROM_ELSEWHERE = {"Origin": HOME}, {"Origin": "https://evil.example"}


async def page(request):
    return PlainTextResponse(f"a page of {request.url.path}")


async def api(request):
    return JSONResponse({"signed_in": request.scope["state"][SIGNED_IN]})


async def talk(socket):
    await socket.accept()
    async for said in socket.iter_text():
        await socket.send_text(said)
    await socket.close()


def behind():
    every = ["GET", "POST", "DELETE"]
    return Starlette(
        routes=[
            Route("/api/{path:path}", api, methods=every),
            WebSocketRoute("/socket", talk),
            Route("/{path:path}", page, methods=every),
        ]
    )


class House:
    """A studio's door on a store, and who knocks."""

    def __init__(self, folder, *, has_password=True, token=TOKEN, hosts=()):
        self.folder = folder
        if has_password:
            set_password(folder, PASSWORD)
        self.door = Door(behind(), sessions=Sessions(folder), token=token, hosts=hosts)

    def stranger(self, address="10.0.0.7", **headers):
        return TestClient(
            self.door, base_url=HOME, client=(address, 50000), headers=headers, follow_redirects=False
        )

    def guest(self):
        client = self.stranger()
        assert client.get(f"/?token={TOKEN}").status_code == 303
        return client

    def knock(self, client, password=PASSWORD, *, where="/", headers=FROM_HOME):
        return client.post("/sign-in", data={"password": password, "next": where}, headers=headers)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_a_stranger_gets_no_page_no_socket_and_no_file(house):
    client = house.stranger()
    told = client.get("/projects/1/images?tag=a&b=%26", headers={"Accept": "text/html"})
    assert (told.status_code, told.headers["location"]) == (
        303,
        "/sign-in?next=%2Fprojects%2F1%2Fimages%3Ftag%3Da%26b%3D%2526",
    )
    for method, path in [("GET", "/_nicegui/x.js"), ("POST", "/"), ("POST", "/sign-out"), ("DELETE", "/x")]:
        told = client.request(method, path, headers=FROM_HOME)
        assert (told.status_code, told.text) == (401, "sign in first")
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect(SOCKET, headers=dict(FROM_HOME)),
    ):
        pass
    assert closed.value.reason == "sign in first"


def test_the_printed_address_lets_in_and_leaves_the_token_behind(house):
    client = house.stranger()
    answer = client.get(f"/runs?token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert f"Max-Age={SESSION_SECONDS}" in cookie
    assert TOKEN not in cookie
    assert client.get("/runs").text == "a page of /runs"


@pytest.mark.parametrize("token", ["", "wrong", "筆"])
def test_another_token_leads_to_the_password(house, token):
    client = house.stranger()
    answer = client.get("/", params={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert client.get("/").status_code == 401


def test_a_studio_without_a_token_takes_none(tmp_path):
    answer = House(tmp_path, token=None).stranger().get("/?token=None")
    assert answer.headers["location"] == "/sign-in"


def test_the_password_lets_in_and_leads_where_one_wanted_to_go(house):
    client = house.stranger()
    assert "Password" in client.get("/sign-in").text
    answer = house.knock(client, where="/projects/1/images?tag=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/projects/1/images?tag=a")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/\t/evil.example",
    ],
)
def test_nobody_is_led_elsewhere(house, where):
    assert house.knock(house.stranger(), where=where).headers["location"] == "/"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + "x", "x" * 2000])
def test_a_wrong_password_is_told_and_nothing_of_it_repeated(house, password):
    told = house.knock(house.stranger(), password, where='/"><script>')
    assert told.status_code == 401
    assert "This is not the password." in told.text
    assert "<script>" not in told.text
    assert "set-cookie" not in told.headers


def test_what_is_no_form_lets_nobody_in(house, monkeypatch):
    client = house.stranger()
    for content in (b"\xff\xfe", b"no form", b"password=" + b"x" * 5000):
        assert client.post("/sign-in", content=content, headers=FROM_HOME).status_code == 400


def test_guessing_is_slowed_down_for_the_address_that_guesses(house):
    guesser, other = house.stranger(), house.stranger("10.0.0.8")
    answers = [house.knock(guesser, "wrong") for _ in range(6)]
    assert [one.status_code for one in answers] == [401] * 5 + [429]
    assert "Too many attempts" in answers[-1].text
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 6
    assert house.knock(guesser).status_code == 429
    assert house.knock(other).status_code == 303


def test_without_a_password_the_way_in_is_told(tmp_path):
    house = House(tmp_path, has_password=False)
    told = house.stranger().get("/sign-in", headers={"Accept-Language": "ja"}).text
    assert '<html lang="ja">' in told
    assert "<form" not in told
    assert "`fudemoji studio`" in told
    assert house.knock(house.stranger(), "").status_code == 401


def test_another_page_cannot_sign_one_in(house):
    told = house.knock(house.stranger(), headers=FROM_ELSEWHERE)
    assert (told.status_code, "set-cookie" in told.headers) == (403, False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (FROM_HOME, 200), (FROM_ELSEWHERE, 401), ({}, 401), ({"Origin": "null"}, 401), ({"Origin": "http://[::1"}, 401),
        ({"Origin": "http://127.0.0.1:8001"}, 401), ({"Origin": "http://127.0.0.1"}, 401),
        ({"Sec-Fetch-Site": "same-origin"}, 200), ({"Sec-Fetch-Site": "same-site"}, 401),
        ({"Sec-Fetch-Site": "cross-site"}, 401), ({**FROM_ELSEWHERE, "Sec-Fetch-Site": "same-origin"}, 401),
    ],
)  # fmt: skip
def test_only_a_page_of_the_studio_itself_changes_anything(house, headers, status):
    client = house.guest()
    assert client.post("/change", headers=headers).status_code == status
    assert client.post("/api/v1/projects", headers=headers).json() == {"signed_in": status == 200}
    assert client.get("/look", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [FROM_ELSEWHERE, {}, {"Origin": "null"}])
def test_a_socket_opens_for_pages_of_the_studio_only(house, headers):
    client = house.guest()
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect(SOCKET, headers=dict(headers)),
    ):
        pass
    assert closed.value.reason == "sign in first"
    with client.websocket_connect(SOCKET, headers=dict(FROM_HOME)) as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"


def test_a_session_that_was_tampered_with_is_none(house):
    client = house.guest()
    ((name, value),) = client.cookies.items()
    value = value.strip('"')
    for changed in (value[:-1], "x" + value, value.rpartition(".")[0], "", "a.b.c"):
        assert house.stranger(Cookie=f"{name}={changed}").get("/").status_code == 401
    assert house.stranger(Cookie=f"{name}={value}").get("/").status_code == 200


def test_a_session_expires(house, monkeypatch):
    client = house.guest()
    signed = itsdangerous.timed.TimestampSigner.get_timestamp
    for seconds, status in ((SESSION_SECONDS - 60, 200), (SESSION_SECONDS + 60, 401)):
        monkeypatch.setattr(
            itsdangerous.timed.TimestampSigner, "get_timestamp", lambda self, s=seconds: signed(self) + s
        )
        assert client.get("/").status_code == status


def test_sessions_outlive_a_restart_and_end_with_a_new_password(house):
    client = house.guest()
    again = House(house.folder, has_password=False)
    client.app = client._transport.app = again.door
    assert client.get("/").status_code == 200
    with client.websocket_connect(SOCKET, headers=dict(FROM_HOME)) as socket:
        set_password(house.folder, "another password")
        assert client.get("/").status_code == 401
        socket.send_text("do something")
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    assert again.knock(client).status_code == 401
    assert again.knock(client, "another password").status_code == 303
    assert client.get("/").status_code == 200


def test_signing_out_takes_the_session_away(house):
    client = house.guest()
    answer = client.post("/sign-out", headers=FROM_HOME)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert client.get("/").status_code == 401


def test_a_session_that_was_signed_out_lets_nobody_in_again_not_after_a_restart_either(house):
    client, other = house.guest(), house.guest()
    ((name, value),) = client.cookies.items()
    kept = {"Cookie": f"{name}={value}"}
    client.post("/sign-out", headers=FROM_HOME)
    again = House(house.folder, has_password=False)
    for there in (house, again):
        assert there.stranger(**kept).get("/").status_code == 401
        assert there.stranger(**kept).get("/api/v1/projects").json() == {"signed_in": False}
    other.app = other._transport.app = again.door
    assert other.get("/").status_code == 200


def test_signing_out_ends_the_open_sockets_of_that_session_at_once(house):
    client, other = house.guest(), house.guest()
    (cookie,) = (f"{name}={value}" for name, value in client.cookies.items())
    with (
        client.websocket_connect(SOCKET, headers=dict(FROM_HOME)) as socket,
        other.websocket_connect(SOCKET, headers=dict(FROM_HOME)) as others,
    ):
        elsewhere = house.stranger(Cookie=cookie)  # another window of the same browser
        assert elsewhere.post("/sign-out", headers=FROM_HOME).status_code == 303
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
        others.send_text("hello")
        assert others.receive_text() == "hello"


def test_only_a_form_on_the_sign_in_page_asks_for_https_again(house):
    plain = house.knock(house.stranger()).headers["set-cookie"]
    tls = house.stranger(Host="127.0.0.1:8000").post(
        "/sign-in", data={"password": PASSWORD}, headers={"Origin": "https://127.0.0.1:8000"}
    )
    assert "Secure" not in plain
    assert "Secure" in tls.headers["set-cookie"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 401), ("localhost", 401), ("[::1]:8000", 401), ("192.168.1.5:8000", 401),
        ("THIS-machine:8000", 401), ("studio.example.org", 401), ("a.example.net", 401),
        ("evil.example", 400), ("studio.example.org.evil.example", 400), ("127.0.0.1.evil.example", 400), ("", 400),
    ],
)  # fmt: skip
def test_a_name_that_somebody_made_to_lead_here_gets_nothing(tmp_path, monkeypatch, host, status):
    monkeypatch.setattr(door.socket, "gethostname", lambda: "this-machine")
    house = House(tmp_path, hosts=("studio.example.org", "*.example.net"))
    for path in ("/", "/api/v1/projects"):
        told = house.stranger(Host=host).get(path)
        assert told.status_code == (status if status == 400 or path == "/" else 200)
    if status == 400:
        assert "--allowed-host" in told.text
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            house.stranger(Host=host).websocket_connect(SOCKET),
        ):
            pass
        assert "does not answer" in closed.value.reason


def test_every_page_comes_with_a_policy_that_keeps_it_at_home(house):
    for answer in (house.stranger().get("/sign-in"), house.guest().get("/")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "same-origin"
    assert "content-security-policy" not in house.stranger().get("/api/v1/projects").headers
