"""The server as a process, as a person starts and stops it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx2 as httpx
import pytest

from servers import PATIENCE_SECONDS, form, noise, wait_for

HERE = Path(__file__).parents[2]


def command(*arguments):
    return [sys.executable, "-m", "fudemoji", *map(str, arguments)]


def environment():
    return {**os.environ, "PYTHONPATH": str(HERE / "src"), "OMP_NUM_THREADS": "1"}


def run(*arguments):
    return subprocess.run(
        command(*arguments),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@contextlib.contextmanager
def started(data, *arguments):
    """A process that serves, and its address."""
    with subprocess.Popen(
        command("server", "--data", data, "--port", "0", *arguments),
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        watch = threading.Timer(PATIENCE_SECONDS, process.kill)
        watch.start()
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield process, line.split(" on ")[1].split(",")[0], line
        finally:
            watch.cancel()
            if process.poll() is None:
                process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A process, its address and its folder."""
    data = tmp_path_factory.mktemp("server") / "store"
    with started(data) as (process, address, line):
        yield process, address, data, line


def test_one_line_says_that_it_is_ready_and_where(server):
    _, address, data, line = server
    assert line == f"fudemoji server on {address}, store {data} (docs at /docs)\n"
    assert httpx.get(f"{address}/health").json() == {"status": "alive"}
    assert httpx.get(f"{address}/ready").json() == {"status": "ready"}
    assert "projects" in httpx.get(f"{address}/docs").text
    assert 'fudemoji_requests_total{route="/health",status="200"}' in httpx.get(f"{address}/metrics").text


def test_a_second_server_on_the_store_is_refused_in_one_line(server):
    _, _, data, _ = server
    told = run("server", "--data", data, "--port", 0)
    assert told.returncode == 2
    assert (
        told.stderr
        == f"fudemoji: a server runs on the store {data} already; stop it, or give another --data\n"
    )


def test_a_port_that_is_taken_is_told(server, tmp_path):
    port = server[1].rpartition(":")[2]
    told = run("server", "--data", tmp_path / "other", "--port", port)
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert f"port {port} on 127.0.0.1 is taken" in told.stderr


def test_keys_are_made_listed_and_revoked_while_it_runs(server):
    _, address, data, _ = server
    projects = f"{address}/api/v1/projects"
    assert httpx.get(projects).status_code == 200
    made = run("keys", "create", "--data", data, "--name", "admin")
    secret = made.stdout.strip()
    assert made.stderr.startswith("training key 'admin' ")
    wait_for(lambda: httpx.get(projects).status_code == 401)
    assert httpx.get(projects, headers={"Training-Key": secret}).status_code == 200
    listed = json.loads(run("keys", "list", "--data", data, "--json").stdout)
    assert [(one["name"], one["kind"], one["hint"]) for one in listed] == [("admin", "training", secret[-4:])]
    assert secret not in json.dumps(listed)
    assert "admin" in run("keys", "list", "--data", data).stdout
    assert (
        run("keys", "revoke", "admin", "--data", data).stdout
        == f"revoked: training key 'admin' …{secret[-4:]}\n"
    )
    wait_for(lambda: httpx.get(projects, headers={"Training-Key": secret}).status_code == 401)


def test_what_keys_cannot_do_is_told(tmp_path):
    told = run("keys", "list", "--data", tmp_path)
    assert (told.returncode, told.stderr) == (
        2, f"fudemoji: there is no store in {tmp_path}; is it the --data of your server?\n",
    )  # fmt: skip
    told = run("keys", "create", "--data", tmp_path / "new", "--project", "none")
    assert (told.returncode, told.stderr) == (2, "fudemoji: there is no such project\n")
    for _ in range(2):
        run("keys", "create", "--data", tmp_path / "new", "--name", "twin")
    told = run("keys", "revoke", "twin", "--data", tmp_path / "new")
    assert told.stderr.startswith("fudemoji: 2 keys are called 'twin'; name one by its id: ")


def test_without_a_key_it_listens_on_this_machine_only(tmp_path):
    told = run("server", "--data", tmp_path / "store", "--host", "0.0.0.0", "--port", 0)
    assert (told.returncode, told.stderr) == (
        2,
        "fudemoji: without a key a server listens on this machine only, not on 0.0.0.0; make one with "
        f"`fudemoji keys create --data {tmp_path / 'store'}`\n",
    )


def test_settings_that_are_wrong_are_told(tmp_path):
    (tmp_path / "server.toml").write_text("prot = 1\ntrainings = 0\n")
    told = run("server", "--data", tmp_path / "store", "--settings", tmp_path / "server.toml")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "trainings is 0: " in told.stderr
    assert "unknown setting 'prot' (did you mean 'port'?)" in told.stderr


def test_at_a_stop_a_request_that_was_begun_is_answered_and_the_process_ends(tmp_path):
    with started(tmp_path / "store") as (process, address, _):
        project = httpx.post(f"{address}/api/v1/projects", json={"name": "a"}).json()["id"]
        host, port = address.removeprefix("http://").split(":")
        body = httpx.Request("POST", address, files=form([noise(1)]))
        content, kind = body.read(), body.headers["content-type"]
        head = (
            f"POST /api/v1/projects/{project}/images HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as connection:
            connection.sendall(head.encode() + content[:100])
            httpx.get(f"{address}/health")  # what was sent has been read by now
            process.send_signal(signal.SIGTERM)
            wait_for(lambda: refuses(host, int(port)))
            connection.sendall(content[100:])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 201 "), answer
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stderr.read() == ""
    with started(tmp_path / "store") as (_, address, _):
        images = httpx.get(f"{address}/api/v1/projects/{project}/images").json()
        assert [image["name"] for image in images["images"]] == ["0.png"]


def refuses(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return True
    return False


def test_a_client_that_sends_too_slowly_is_told_and_left(tmp_path):
    (tmp_path / "server.toml").write_text("body_seconds = 0.2\n")
    with started(tmp_path / "store", "--settings", tmp_path / "server.toml") as (_, address, _):
        host, port = address.removeprefix("http://").split(":")
        head = (
            f"POST /api/v1/projects HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            "Content-Length: 100\r\n\r\n{"
        )
        with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as connection:
            connection.sendall(head.encode())
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code": "RequestTimeout"' in answer
