"""Frames between a server and its model process."""

import asyncio
import io

import pytest

from fudemoji.wire import MAX_HEADER, Frame, WireError, pack, receive, receive_from


def over_a_pipe(content: bytes) -> list[Frame]:
    stream, found = io.BytesIO(content), []
    while frame := receive(stream):
        found.append(frame)
    return found


def over_a_loop(content: bytes) -> list[Frame]:
    async def every():
        reader, found = asyncio.StreamReader(), []
        reader.feed_data(content)
        reader.feed_eof()
        while frame := await receive_from(reader):
            found.append(frame)
        return found

    return asyncio.run(every())


@pytest.fixture(params=[over_a_pipe, over_a_loop])
def read(request):
    return request.param


def test_frames_arrive_as_they_were_sent(read):
    sent = [Frame({"id": 1, "text": "筆"}, (b"", b"\x00\xff", b"x" * 100_000)), Frame({"id": 2})]
    assert read(b"".join(pack(frame.header, frame.blobs) for frame in sent)) == sent


def test_a_stream_that_ends_between_frames_has_ended(read):
    assert read(b"") == []


@pytest.mark.parametrize("kept", [2, 10, -1])
def test_a_stream_that_ends_within_a_frame_is_told(read, kept):
    with pytest.raises(WireError, match=r"ended within a frame|no frame"):
        read(pack({"id": 1}, [b"abcdef"])[:kept])


@pytest.mark.parametrize(
    "told",
    [b"[]", b"{}", b"\xff", *(b'{"blobs": %b}' % blobs for blobs in (b"3", b"[-1]", b'["1"]', b"[1e99]"))],
)
def test_what_is_no_frame_is_told(read, told):
    with pytest.raises(WireError, match="what came is no frame"):
        read(len(told).to_bytes(4, "big") + told)


def test_a_header_without_bounds_is_not_waited_for(read):
    with pytest.raises(WireError, match="what came is no frame"):
        read((MAX_HEADER + 1).to_bytes(4, "big") + b"{")
