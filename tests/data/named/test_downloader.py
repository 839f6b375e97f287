import errno
import hashlib
import http.server
import json
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from fudemoji.data.named.catalog import CATALOG, NamedSet, RemoteFile
from fudemoji.data.named.downloader import download
from fudemoji.errors import DataError
from fudemoji.locks import folder_lock

CONTENT = bytes(range(256)) * 1000
MD5 = hashlib.md5(CONTENT).hexdigest()
QUICK = {"timeout": 0.4, "backoff": 0.0}


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT; `behaviours` are taken in turn, one a request, and then it is honest."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours, self.requests, self.contents = [], [], {}
        self.etag, self.over = '"1"', threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        self.content = self.server.contents.get(self.path, CONTENT)
        behaviours = self.server.behaviours
        (behaviours.pop(0) if behaviours else honest)(self)

    def start(self):
        wanted, condition = self.headers.get("Range"), self.headers.get("If-Range")
        if not wanted or condition not in (None, self.server.etag):
            return 0
        return int(wanted.removeprefix("bytes=").rstrip("-"))

    def head(self, status, length, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in {"ETag": self.server.etag, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


def honest(handler, most=None):
    start, size = handler.start(), len(handler.content)
    if start >= size:
        handler.head(416, 0)
        return
    handler.head(206 if start else 200, size - start, Content_Range=f"bytes {start}-{size - 1}/{size}")
    handler.wfile.write(handler.content[start:][:most])


def cut(handler):
    honest(handler, most=100_000)


def without_range(handler):
    handler.head(200, len(handler.content))
    handler.wfile.write(handler.content)


def other_part(handler):
    handler.head(206, 10, Content_Range="bytes 7-16/256000")
    handler.wfile.write(b"x" * 10)


def slow(handler):
    handler.head(200, len(handler.content))
    for start in range(0, len(handler.content), 16000):
        handler.wfile.write(handler.content[start : start + 16000])
        time.sleep(0.03)


def stall(handler):
    handler.head(200, len(handler.content))
    handler.wfile.write(handler.content[:50_000])
    handler.server.over.wait(5)


def trickle(handler):
    handler.head(200, len(handler.content))
    while not handler.server.over.wait(0.1):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def silent(handler):
    handler.server.over.wait(5)


def longer(handler):
    handler.head(200, len(handler.content) + 1)


def endless(handler):
    handler.head(200, None)
    while not handler.server.over.is_set():
        handler.wfile.write(b"x" * 65536)


def wrong(handler):
    handler.content = b"x" * len(CONTENT)
    without_range(handler)


def status(code):
    return lambda handler: handler.head(code, 0)


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def one_file(server):
    """A named set of one file on the server."""
    file = RemoteFile("a.bin", len(CONTENT), MD5, f"{server.address}/official/a.bin")
    return replace(CATALOG["kmnist"], name="tiny", files=(file,), other_files=())


def unchecked(named: NamedSet) -> NamedSet:
    return replace(named, files=(replace(named.files[0], num_bytes=None, md5=None),))


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".fudemoji.lock")


# --- what goes well


def test_a_file_is_fetched_verified_and_takes_its_name(one_file, tmp_path):
    seen = []
    [fetched] = download(one_file, data_dir=tmp_path, progress=lambda *args: seen.append(args))
    assert fetched.path.read_bytes() == CONTENT
    assert (fetched.path, fetched.verified, fetched.fetched) == (tmp_path / "tiny" / "a.bin", True, True)
    assert names(tmp_path / "tiny") == ["a.bin"]
    assert (seen[0], seen[-1]) == ((0, len(CONTENT)), (len(CONTENT), len(CONTENT)))
    assert sorted(seen) == seen


def test_progress_counts_the_bytes_of_all_files(one_file, server, tmp_path):
    two = replace(one_file, files=(one_file.files[0], replace(one_file.files[0], name="b.bin")))
    seen = []
    download(two, data_dir=tmp_path, progress=lambda *args: seen.append(args))
    assert seen[-1] == (2 * len(CONTENT), 2 * len(CONTENT))
    assert sorted(seen) == seen


def test_a_verified_file_is_not_fetched_again(one_file, server, tmp_path):
    download(one_file, data_dir=tmp_path)
    [again] = download(one_file, data_dir=tmp_path)
    assert len(server.requests) == 1
    assert (again.verified, again.fetched) == (True, False)


def test_a_cut_transfer_goes_on_where_it_broke_off(one_file, server, tmp_path):
    server.behaviours = [cut, cut]
    said = []
    [fetched] = download(one_file, data_dir=tmp_path, note=said.append, **QUICK)
    assert fetched.path.read_bytes() == CONTENT
    assert [wanted for _, wanted, _ in server.requests] == [None, "bytes=100000-", "bytes=200000-"]
    assert said[0] == "a.bin: cut off after 100000 of 256000 bytes; trying again in 0 s"


def test_a_part_is_resumed_by_a_later_command(one_file, server, tmp_path):
    server.behaviours = [cut, status(500), status(503)]
    with pytest.raises(DataError, match="HTTP 503"):
        download(one_file, data_dir=tmp_path, **QUICK)
    assert (tmp_path / "tiny" / "a.bin.part").stat().st_size == 100_000
    download(one_file, data_dir=tmp_path, **QUICK)
    assert server.requests[-1][1:] == ("bytes=100000-", '"1"')
    assert names(tmp_path / "tiny") == ["a.bin"]


def test_a_server_that_ignores_ranges_starts_anew(one_file, server, tmp_path):
    server.behaviours = [cut, without_range]
    assert download(one_file, data_dir=tmp_path, **QUICK)[0].path.read_bytes() == CONTENT


def test_a_file_that_changed_between_two_parts_starts_anew(one_file, server, tmp_path):
    part = tmp_path / "tiny" / "a.bin.part"
    part.parent.mkdir()
    part.write_bytes(b"another version")
    said = []
    [fetched] = download(one_file, data_dir=tmp_path, note=said.append, **QUICK)
    assert fetched.path.read_bytes() == CONTENT
    assert "a.bin: the file has changed since its first part was fetched; starting anew" in said[0]


def test_a_server_with_a_new_version_is_not_asked_for_the_rest_of_the_old_one(one_file, server, tmp_path):
    server.behaviours = [cut, status(500), status(500)]
    with pytest.raises(DataError):
        download(unchecked(one_file), data_dir=tmp_path, **QUICK)
    server.etag, server.contents["/official/a.bin"] = '"2"', CONTENT[::-1]
    [fetched] = download(unchecked(one_file), data_dir=tmp_path, **QUICK)
    assert fetched.path.read_bytes() == CONTENT[::-1]


def test_another_part_than_asked_for_is_not_appended(one_file, server, tmp_path):
    server.behaviours = [cut, other_part]
    assert download(one_file, data_dir=tmp_path, **QUICK)[0].path.read_bytes() == CONTENT


def test_a_part_that_is_whole_already_is_only_verified(one_file, server, tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "a.bin.part").write_bytes(CONTENT)
    download(one_file, data_dir=tmp_path)
    assert server.requests == []


def test_a_part_that_is_too_long_is_dropped(one_file, tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "a.bin.part").write_bytes(CONTENT + b"x")
    assert download(one_file, data_dir=tmp_path)[0].path.read_bytes() == CONTENT


@pytest.mark.parametrize("behaviour", [stall, trickle, silent])
def test_a_stalled_transfer_is_noticed_and_tried_again(one_file, server, tmp_path, behaviour):
    server.behaviours = [behaviour]
    said, start = [], time.monotonic()
    [fetched] = download(one_file, data_dir=tmp_path, note=said.append, **QUICK)
    assert fetched.path.read_bytes() == CONTENT
    assert time.monotonic() - start < 4
    assert any(reason in said[0] for reason in ("a.bin: stalled: ", "a.bin: no answer in time"))


def test_a_file_without_a_checksum_is_recorded_and_called_unverified(one_file, tmp_path):
    said = []
    [fetched] = download(unchecked(one_file), data_dir=tmp_path, note=said.append)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    assert (fetched.verified, fetched.sha256) == (False, sha256)
    assert said == [f"a.bin: no checksum is published, so it is unverified; its SHA-256 is {sha256}"]
    assert (tmp_path / "tiny" / "a.bin.sha256").read_text() == f"{sha256}  a.bin\n"
    fetched.path.write_bytes(b"x")
    with pytest.raises(
        DataError,
        match=r"a\.bin: SHA-256 is [0-9a-f]{64}, but was [0-9a-f]{64} when it "
        r"was fetched; delete "
        r"both it and a\.bin\.sha256 to download again",
    ):
        download(unchecked(one_file), data_dir=tmp_path)


def test_a_set_without_files_needs_no_folder(tmp_path):
    assert download(CATALOG["kana"], data_dir=tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_without_verification_the_sha256_is_told(one_file, server, tmp_path):
    server.contents["/official/a.bin"] = CONTENT[::-1]
    for _ in range(2):
        [fetched] = download(one_file, data_dir=tmp_path, verify=False)
        assert (fetched.verified, fetched.sha256) == (False, hashlib.sha256(CONTENT[::-1]).hexdigest())


# --- mirrors


def test_a_mirror_comes_first_and_the_official_address_after_it(one_file, server, tmp_path):
    server.behaviours = [status(404), status(404)]
    download(one_file, data_dir=tmp_path, mirror=f"{server.address}/mirror/")
    assert [path for path, *_ in server.requests] == [
        "/mirror/a.bin",
        "/mirror/tiny/a.bin",
        "/official/a.bin",
    ]


def test_a_mirror_with_another_file_is_passed_over(one_file, server, tmp_path):
    server.contents["/mirror/a.bin"] = b"<html>log in</html>"
    server.contents["/mirror/tiny/a.bin"] = b"x" * len(CONTENT)
    assert (
        download(one_file, data_dir=tmp_path, mirror=f"{server.address}/mirror")[0].path.read_bytes()
        == CONTENT
    )


def test_a_local_folder_is_a_mirror(one_file, server, tmp_path):
    copy = tmp_path / "a copy"
    copy.mkdir()
    (copy / "a.bin").write_bytes(CONTENT)
    for mirror in (str(copy), copy.as_uri()):
        [fetched] = download(
            one_file, data_dir=tmp_path / mirror.strip("/")[:4], mirror=["file:///nowhere", mirror]
        )
        assert fetched.verified
    assert server.requests == []


def test_a_mirror_that_is_neither_address_nor_folder_is_an_error(one_file, tmp_path):
    for mirror in ("ftp://host/x", "no/such/folder"):
        with pytest.raises(
            DataError, match=f"mirror '{mirror}' is neither an http, https or file address nor a folder"
        ):
            download(one_file, data_dir=tmp_path, mirror=mirror)


# --- what goes wrong


def test_an_official_host_that_does_not_answer_leads_to_a_copy(one_file, tmp_path):
    closed = replace(one_file, files=(replace(one_file.files[0], address="http://127.0.0.1:9/a.bin"),))
    with pytest.raises(
        DataError,
        match=r"^a\.bin could not be fetched \(http://127\.0\.0\.1:9/a\.bin: "
        r"Connection refused\); if "
        r"you have a copy, put a\.bin in .*tiny, or give its folder instead of 'tiny', or "
        r"pass --mirror ADDRESS$",
    ):
        download(closed, data_dir=tmp_path, **QUICK)
    assert names(tmp_path / "tiny") == []


def test_a_silent_host_is_given_up_after_three_tries(one_file, server, tmp_path):
    server.behaviours = [silent] * 9
    with pytest.raises(DataError, match=r"a\.bin: no answer in time\)"):
        download(one_file, data_dir=tmp_path, timeout=0.1, backoff=0.0)
    assert len(server.requests) == 3


def test_404_is_not_tried_again(one_file, server, tmp_path):
    server.behaviours = [status(404)] * 9
    with pytest.raises(DataError, match=r"a\.bin: HTTP 404 Not Found\)"):
        download(one_file, data_dir=tmp_path, **QUICK)
    assert len(server.requests) == 1


def test_a_server_error_is_tried_again(one_file, server, tmp_path):
    server.behaviours = [status(500), status(503)]
    assert download(one_file, data_dir=tmp_path, **QUICK)[0].verified


def test_a_wrong_checksum_leaves_nothing_behind(one_file, server, tmp_path):
    server.behaviours = [wrong] * 9
    with pytest.raises(
        DataError,
        match=rf"a\.bin: MD5 is [0-9a-f]{{32}}, expected {MD5}; the part was "
        rf"removed\)",
    ):
        download(one_file, data_dir=tmp_path, **QUICK)
    assert names(tmp_path / "tiny") == []


def test_a_file_that_is_there_with_a_wrong_checksum_is_left_to_the_user(one_file, server, tmp_path):
    path = tmp_path / "tiny" / "a.bin"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    with pytest.raises(
        DataError,
        match=rf"a\.bin: MD5 is [0-9a-f]{{32}}, expected {MD5}; delete it to "
        "download again; images of your own are given by their folder",
    ):
        download(one_file, data_dir=tmp_path)
    assert path.read_bytes() == b"mine"
    assert not download(one_file, data_dir=tmp_path, verify=False)[0].verified
    assert server.requests == []


def test_a_server_that_announces_another_size_is_refused(one_file, server, tmp_path):
    server.behaviours = [longer]
    with pytest.raises(DataError, match="256001 bytes are announced, expected 256000: another file"):
        download(one_file, data_dir=tmp_path, **QUICK)


def test_never_more_is_written_than_was_published(one_file, server, tmp_path):
    server.behaviours = [endless]
    with pytest.raises(DataError, match="more than the expected 256000 bytes came: another file"):
        download(one_file, data_dir=tmp_path, **QUICK)
    assert names(tmp_path / "tiny") in ([], ["a.bin.part.json"])


def test_a_file_of_unknown_size_is_bounded_too(one_file, server, tmp_path, monkeypatch):
    monkeypatch.setattr("fudemoji.data.named.transfer.MAX_BYTES", 1000)
    with pytest.raises(DataError, match="256000 bytes are announced, expected 1000 at most"):
        download(unchecked(one_file), data_dir=tmp_path, **QUICK)
    server.behaviours = [endless]
    with pytest.raises(DataError, match="more than the expected 1000 bytes came"):
        download(unchecked(one_file), data_dir=tmp_path, **QUICK)


def test_a_redirection_out_of_the_web_is_not_followed(one_file, server, tmp_path):
    server.behaviours = [lambda handler: handler.head(302, 0, Location="file:///etc/passwd")]
    with pytest.raises(DataError, match="HTTP 302"):
        download(one_file, data_dir=tmp_path, **QUICK)


# --- disks and neighbours


def test_a_disk_without_room_is_told_before_anything_is_written(one_file, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 7})())
    with pytest.raises(
        DataError,
        match=r"no space left for .*a\.bin \(256000 bytes are needed and 7 "
        r"free\); free some or choose "
        "another --data-dir; what was fetched so far is kept and resumed",
    ):
        download(one_file, data_dir=tmp_path, **QUICK)


def run(code, **kwargs):
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, **kwargs)


def script(named, folder, extra=""):
    file = named.files[0]
    return (
        f"{extra}\nfrom dataclasses import replace\nfrom fudemoji.data.named.catalog import CATALOG, RemoteFile\n"
        "from fudemoji.data.named.downloader import download\nfrom fudemoji.errors import DataError\n"
        f"named = replace(CATALOG['kmnist'], name='tiny', files=(RemoteFile({file.name!r}, {file.num_bytes}, "
        f"{file.md5!r}, {file.address!r}),))\n"
        f"try:\n    print(download(named, data_dir={str(folder)!r})[0].fetched)\nexcept DataError as "
        f"error:\n    print(error)\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are a matter of Unix")
def test_a_disk_that_fills_up_keeps_the_part_and_a_later_command_resumes(one_file, server, tmp_path):
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))"
    process = run(script(one_file, tmp_path, limit))
    said = process.communicate(timeout=20)[0]
    assert "no space left for" in said
    assert "what was fetched so far is kept and resumed" in said
    part = (tmp_path / "tiny" / "a.bin.part").read_bytes()
    assert CONTENT.startswith(part)
    assert len(part) > 50_000
    assert download(one_file, data_dir=tmp_path)[0].verified
    assert server.requests[-1][1] == f"bytes={len(part)}-"


def test_two_processes_at_once_fetch_a_file_once_and_whole(one_file, server, tmp_path):
    server.behaviours = [slow]
    processes = [run(script(one_file, tmp_path)) for _ in range(2)]
    said = sorted(process.communicate(timeout=20)[0].strip() for process in processes)
    assert said == ["False", "True"]
    assert len(server.requests) == 1
    assert (tmp_path / "tiny" / "a.bin").read_bytes() == CONTENT


def test_a_neighbour_is_waited_for_so_long_and_no_longer(one_file, tmp_path):
    (tmp_path / "tiny").mkdir()
    said = []
    with (
        folder_lock(tmp_path / "tiny", refusal=DataError("not here")),
        pytest.raises(
            DataError, match=r"another process still downloads to .*tiny; wait for it and try again"
        ),
    ):
        download(one_file, data_dir=tmp_path, lock_wait=0.2, note=said.append)
    assert said == [f"waiting for another process that downloads to {tmp_path / 'tiny'}"]


def test_a_disk_without_locks_is_no_reason_to_refuse(one_file, tmp_path, monkeypatch):
    def no_locks(handle):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fudemoji.locks._lock", no_locks)
    assert download(one_file, data_dir=tmp_path)[0].verified


def test_a_place_that_cannot_be_written_to_is_an_error(one_file, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match=r"cannot write to .*file/tiny: .*; choose another --data-dir"):
        download(one_file, data_dir=tmp_path / "file")


def test_a_damaged_tag_beside_a_part_is_passed_over(one_file, tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "a.bin.part").write_bytes(CONTENT[:10])
    for tag in ("{", json.dumps([1]), json.dumps({"address": 1})):
        (tmp_path / "tiny" / "a.bin.part.json").write_text(tag)
        assert download(one_file, data_dir=tmp_path)[0].verified
        (tmp_path / "tiny" / "a.bin").rename(tmp_path / "tiny" / "a.bin.part")
