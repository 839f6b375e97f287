"""The images of a request, in every form they may come, and what is said about what is none."""

import asyncio
import base64
import json

import pytest
from starlette.requests import Request

from fudemoji.serving.bodies import Upload, decode_base64, read_image, read_images, read_json
from fudemoji.serving.errors import ApiError
from fudemoji.serving.limits import Limits

SMALL = Limits(
    image_bytes=4096,
    num_images=3,
    body_bytes=40_000,
    json_bytes=500,
    seconds=0.2,
    bytes_per_second=10**9,
)
IMAGE = bytes(range(256)) * 8 + b"\r\n--bound-no\r\n\r\n--\xff\x00"


def multipart(*parts: tuple[str, bytes], boundary="bound", end="--bound--\r\n") -> bytes:
    """Parts of (headers after the name, content), as clients write them."""
    return (
        b"".join(
            b"--%s\r\nContent-Disposition: form-data; name=imageData%s\r\n\r\n%s\r\n"
            % (boundary.encode(), head.encode(), content)
            for head, content in parts
        )
        + end.encode()
    )


def request(body: bytes, kind: str, *, pieces=1, stays_open=False, leaves=False, **headers: str) -> Request:
    size = -(-len(body) // pieces) or 1
    messages = [
        {"type": "http.request", "body": body[start : start + size], "more_body": True}
        for start in range(0, max(len(body), 1), size)
    ]
    messages[-1]["more_body"] = stays_open or leaves
    waiting = iter([*messages, *([{"type": "http.disconnect"}] if leaves else [])])

    async def receive():
        message = next(waiting, None)
        if message is None:
            await asyncio.sleep(60)
        return message

    told = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    pairs = [(name.encode(), value.encode()) for name, value in told.items() if value]
    return Request({"type": "http", "method": "POST", "headers": pairs}, receive)


def images(body: bytes, kind: str, *, limits=SMALL, **more) -> list[Upload]:
    return asyncio.run(read_images(request(body, kind, **more), limits=limits))


MULTIPART = "multipart/form-data; boundary=bound"


@pytest.mark.parametrize("pieces", [1, 2, 7, 100, 3000])
def test_a_part_without_a_file_name_arrives_byte_for_byte_however_it_is_cut(pieces):
    assert images(multipart(("", IMAGE)), MULTIPART, pieces=pieces) == [Upload(IMAGE)]


def test_the_parts_of_a_body_keep_their_order_and_names():
    body = multipart(('; filename="あ.png"\r\nContent-Type: image/png', b"one"), ("", b"two"), ("", b""))
    assert images(body, MULTIPART) == [Upload(b"one", "あ.png"), Upload(b"two"), Upload(b"")]


@pytest.mark.parametrize("kind", ["application/octet-stream", "image/png", "IMAGE/JPEG; q=1", ""])
def test_a_raw_body_is_one_image(kind):
    assert images(IMAGE, kind, pieces=3) == [Upload(IMAGE)]


def test_images_in_json_are_base64_with_or_without_line_breaks_and_a_head():
    text = base64.encodebytes(IMAGE).decode()
    told = json.dumps({"images": [text, "data:image/png;base64," + base64.b64encode(b"two").decode()]})
    assert images(told.encode(), "application/json; charset=utf-8") == [Upload(IMAGE), Upload(b"two")]
    one = json.dumps({"image": text}).encode()
    assert asyncio.run(read_image(request(one, "application/json"), limits=SMALL)) == IMAGE


@pytest.mark.parametrize(
    ("body", "kind", "status", "message"),
    [
        (multipart(("", IMAGE), end=""), MULTIPART, 400, "ends too early"),
        (multipart(("", IMAGE))[:-30], MULTIPART, 400, "ends too early"),
        (multipart(), MULTIPART, 400, "holds no image"),
        (b"--other\r\n\r\n", MULTIPART, 400, "cannot be read"),
        (b"", MULTIPART, 400, "ends too early"),
        (multipart(("", IMAGE)), "multipart/form-data", 400, "names no boundary"),
        (multipart(("", IMAGE)), "multipart/form-data; boundary=" + "b" * 5000, 400, "cannot be read"),
        (multipart(*[("", b"x")] * 4), MULTIPART, 400, "more than the 3 images"),
        (multipart(("", b"x" * 5000)), MULTIPART, 413, "an image has more than the 4096 bytes"),
        (multipart(*[("", b"x" * 4096)] * 3) * 10, MULTIPART, 413, "the body has more than the 40000 bytes"),
        (b"x" * 4097, "image/png", 413, "the body has more than the 4096 bytes"),
        (b"", "image/png", 400, "holds no image"),
        (b"{", "application/json", 400, "no whole JSON"),
        (b"[" * 9000, "application/json", 400, "no whole JSON"),
        (b"", "application/json", 400, "must be"),
        (b"[]", "application/json", 400, "must be"),
        (b"{}", "application/json", 400, "must be"),
        (b'{"image": "", "images": []}', "application/json", 400, "must be"),
        (b'{"images": "eA=="}', "application/json", 400, "must be a list"),
        (b'{"images": []}', "application/json", 400, "holds no image"),
        (b'{"image": 3}', "application/json", 400, "a text in base64"),
        (b'{"image": "eA="}', "application/json", 400, "not whole base64"),
        ('{"image": "あ"}'.encode(), "application/json", 400, "not whole base64"),
        (b'{"images": ["", "", "", ""]}', "application/json", 400, "more than the 3 images"),
        (b'{"image": "%s"}' % (b"A" * 6000), "application/json", 413, "an image has more than the 4096"),
        (b'{"image": "%s"}' % (b" " * 9000), "application/json", 413, "an image has more than the 4096"),
        (b"x=1", "application/x-www-form-urlencoded", 415, "an image is sent as multipart"),
        (b"x", "text/html", 415, "an image is sent as multipart"),
    ],
)
def test_a_body_that_is_no_image_is_told(body, kind, status, message):
    with pytest.raises(ApiError, match=message) as refused:
        images(body, kind)
    assert refused.value.status == status


def test_one_image_is_not_two():
    with pytest.raises(ApiError, match="more than the one image"):
        asyncio.run(read_image(request(multipart(("", b"a"), ("", b"b")), MULTIPART), limits=SMALL))


@pytest.mark.parametrize("declared", ["4097", "9" * 400])
def test_a_body_that_declares_too_much_is_not_waited_for(declared):
    with pytest.raises(ApiError, match="the body has more than") as refused:
        images(b"", "image/png", stays_open=True, content_length=declared)
    assert refused.value.status == 413


def test_a_compressed_body_is_not_read():
    with pytest.raises(ApiError, match="compressed") as refused:
        images(b"x", "image/png", content_encoding="gzip")
    assert refused.value.status == 415


def test_a_client_that_is_silent_is_not_waited_for():
    with pytest.raises(ApiError, match="took too long") as refused:
        images(b"x", "image/png", stays_open=True)
    assert refused.value.status == 408


def test_a_client_that_leaves_within_its_body_is_no_crash():
    with pytest.raises(ApiError, match="the connection ended before"):
        images(multipart(("", IMAGE)), MULTIPART, leaves=True)


def json_of(body: bytes, kind="application/json") -> object:
    return asyncio.run(read_json(request(body, kind), limits=SMALL))


def test_json_is_read_under_a_cap_and_an_empty_body_is_none():
    assert json_of(b'{"a": [1]}') == {"a": [1]}
    assert json_of(b"") is None
    assert json_of(b"3", "application/merge-patch+json") == 3
    with pytest.raises(ApiError, match="500 bytes"):
        json_of(b'"%s"' % (b"x" * 500))
    with pytest.raises(ApiError, match="must be JSON"):
        json_of(b"{}", "text/plain")
    with pytest.raises(ApiError, match="no whole JSON"):
        json_of(b"\xff")


def test_a_limit_above_a_mebibyte_is_told_in_mebibytes():
    with pytest.raises(ApiError, match=r"more than the 1\.5 MiB"):
        decode_base64("A" * 2**22, most=3 * 2**19)
