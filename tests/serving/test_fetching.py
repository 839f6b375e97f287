"""Images at a URL: what is fetched, and all that is not."""

import asyncio
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from fudemoji.serving.addresses import is_public
from fudemoji.serving.errors import ApiError
from fudemoji.serving.fetching import fetch

IMAGE = bytes(range(256)) * 64


class Site(BaseHTTPRequestHandler):
    """Answers by path, and notes what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self):
        Site.asked.append((self.path, dict(self.headers)))
        name, _, rest = self.path.lstrip("/").partition("?")
        getattr(self, f"do_{name.partition('/')[0]}")(rest)

    def send(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def do_image(self, _):
        self.send(200, IMAGE)

    def do_chunked(self, _):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(IMAGE), 5000):
            piece = IMAGE[start : start + 5000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def do_to(self, place):
        self.send(302, Location=place)

    def do_relative(self, _):
        self.send(307, Location="/image")

    def do_loop(self, _):
        self.send(301, Location="/loop")

    def do_nowhere(self, _):
        self.send(302)

    def do_missing(self, _):
        self.send(404, b"secret of a closed network")

    def do_zipped(self, _):
        self.send(200, b"zipped", Content_Encoding="gzip")

    def do_short(self, _):
        self.send(200, b"half", Content_Length="4000")
        self.close_connection = True

    def do_endless(self, _):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        for _ in range(1000):
            self.wfile.write(IMAGE)

    def do_slow(self, _):
        self.send_response(200)
        self.end_headers()
        time.sleep(1)

    def log_message(self, *_):
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):  # a client that has seen enough closes
        pass


@pytest.fixture
def site():
    server = Quiet(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    Site.asked.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def get(url: object, *, most=10**6, seconds=5.0, allow_private=True) -> bytes:
    return asyncio.run(fetch(url, most=most, seconds=seconds, allow_private=allow_private))


@pytest.mark.parametrize("path", ["/image", "/chunked", "/relative", "/to?/to?/image", "/image/筆 墨?q=あ"])
def test_an_image_is_fetched_byte_for_byte_through_redirects_too(site, path):
    assert get(site + path) == IMAGE
    sent = Site.asked[-1][1]
    assert sent["Host"] == site.removeprefix("http://")
    assert not {"Cookie", "Authorization"} & set(sent)


@pytest.mark.parametrize(
    ("path", "most", "code", "message"),
    [
        ("/missing", 10**6, "BadRequestImageUrl", "status 404"),
        ("/nowhere", 10**6, "BadRequestImageUrl", "status 302"),
        ("/loop", 10**6, "BadRequestImageUrl", "redirects more than 5 times"),
        ("/zipped", 10**6, "BadRequestImageUrl", "compressed"),
        ("/short", 10**6, "BadRequestImageUrl", "could not be read"),
        ("/to?ftp://127.0.0.1/", 10**6, "BadRequestImageUrl", "must start with http"),
        ("/to?file:///etc/passwd", 10**6, "BadRequestImageUrl", "must start with http"),
        ("/image", 100, "BadRequestImageSizeBytes", "more than 100 bytes"),
        ("/chunked", 100, "BadRequestImageSizeBytes", "more than 100 bytes"),
        ("/endless", 10**5, "BadRequestImageSizeBytes", "more than 100000 bytes"),
    ],
)
def test_what_cannot_be_fetched_is_told(site, path, most, code, message):
    with pytest.raises(ApiError, match=message) as refused:
        get(site + path, most=most)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert "secret" not in str(refused.value)


def test_a_server_that_dawdles_is_not_waited_for(site):
    with pytest.raises(ApiError, match=r"did not answer within 0\.2 s"):
        get(site + "/slow", seconds=0.2)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (None, "a URL is a text"),
        (7, "a URL is a text"),
        ("http://a/" + "x" * 9000, "at most 8192"),
        ("", "must start with http"),
        ("/etc/passwd", "must start with http"),
        ("gopher://127.0.0.1/", "must start with http"),
        ("http:///image", "must start with http"),
        ("http://[::1", "none that can be read"),
        ("http://a:99999/", "none that can be read"),
        ("http://me:key@127.0.0.1/", "user name or password"),
        ("http://no-such-host.invalid/", "not known"),
        ("http://" + "a" * 70 + ".com/", "not known"),
        ("http://" + "あ" * 70 + ".com/", "none that can be read"),
    ],
)
def test_a_url_that_is_none_is_told(url, message):
    with pytest.raises(ApiError, match=message):
        get(url)


def test_a_port_without_a_server_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        with pytest.raises(ApiError, match="could not be read"):
            get(f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_a_server_without_a_certificate_is_not_https(site):
    with pytest.raises(ApiError, match="could not be read"):
        get(site.replace("http:", "https:") + "/image")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433",
                                  "0x7f.1", "017700000001", "169.254.169.254", "10.0.0.1", "192.168.1.1"])  # fmt: skip
def test_nothing_within_a_closed_network_is_asked(site, host):
    port = site.rpartition(":")[2]
    with pytest.raises(ApiError, match="does not lead to a public address"):
        get(f"http://{host}:{port}/image", allow_private=False)
    assert not Site.asked


@pytest.fixture
def names(monkeypatch):
    """A resolver whose answers are taken one after the other; the list of lookups."""
    asked: list[str] = []

    def use(*answers: list[str]) -> list[str]:
        waiting = iter(answers)

        def resolve(host, port, *rest, **more):
            if host.replace(".", "").isdigit():  # connecting to an address
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in next(waiting)]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        return asked

    return use


def test_a_name_with_one_private_address_among_others_is_refused(names):
    names(["93.184.215.14", "10.0.0.1"])
    with pytest.raises(ApiError, match="does not lead to a public address"):
        get("http://two.example/", allow_private=False)


def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_mind(names, site, monkeypatch):
    asked = names(["93.184.215.14"], ["127.0.0.1"])
    connected: list[str] = []
    connect = asyncio.open_connection

    async def note(host, port, **more):
        connected.append(host)
        return await connect("127.0.0.1", int(site.rpartition(":")[2]), **more)

    monkeypatch.setattr(asyncio, "open_connection", note)
    assert get("http://rebinds.example/image", allow_private=False) == IMAGE
    assert (asked, connected) == (["rebinds.example"], ["93.184.215.14"])


def test_a_redirect_into_a_closed_network_is_refused(names, site, monkeypatch):
    names(["93.184.215.14"])
    connect = asyncio.open_connection

    async def lead(_host, _port, **more):
        return await connect("127.0.0.1", int(site.rpartition(":")[2]), **more)

    monkeypatch.setattr(asyncio, "open_connection", lead)
    with pytest.raises(ApiError, match="does not lead to a public address"):
        get("http://public.example/to?http://127.0.0.1/image", allow_private=False)
    assert len(Site.asked) == 1


def test_the_next_address_is_tried_where_one_takes_no_connection(names, site):
    names(["127.0.0.2", "127.0.0.1"])
    assert get(f"http://many.example:{site.rpartition(':')[2]}/image") == IMAGE


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "2001:4860:4860::8888",
                                     "64:ff9b::808:808", "::ffff:8.8.8.8"])  # fmt: skip
def test_a_public_address_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
        *("192.168.0.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1", "2001:db8::1"),
        *("fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "nonsense"),
    ],
)
def test_an_address_that_is_not_public_or_hides_one_is_not(address):
    assert not is_public(address)
