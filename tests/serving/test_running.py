"""`fudemoji serve` as a process: its one line, its port, its end."""

import contextlib
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from fudemoji.cli.app import _run
from fudemoji.errors import SettingsError
from fudemoji.serving.running import listen
from served import serving


def ended(process: subprocess.Popen) -> tuple[int, str]:
    """Exit code, and all that was said after the first line."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_there(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_the_server_and_its_model_process_after_what_was_accepted(run, files, number, code):
    with serving(run) as (process, url):
        place = ("127.0.0.1", int(url.rpartition(":")[2]))
        head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(files[0])}\r\n\r\n"
        with socket.create_connection(place, timeout=60) as client:
            client.sendall(head.encode() + files[0][:50])
            assert httpx2.get(url + "/health").status_code == 200  # the server has read that
            models = children(process.pid)
            process.send_signal(number)
            while takes_connections(place):
                time.sleep(0.01)
            client.sendall(files[0][50:])
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        told = ended(process)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b'"is_unknown"' in answer
    assert told[0] == code
    assert "Traceback" not in told[1]
    assert models
    assert not any(map(is_there, models))


def takes_connections(place: tuple[str, int]) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(place, timeout=5).close()
        return True
    return False


def test_a_client_that_dawdles_is_not_waited_for_at_a_stop(run):
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    with serving(run, "--stop-seconds", "1") as (process, url), socket.socket() as client:
        client.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        client.sendall(head)
        assert httpx2.get(url + "/health").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == 0


def test_the_model_process_ends_with_a_server_that_is_killed(run):
    with serving(run) as (process, _url):
        models = children(process.pid)
        process.kill()
        for _ in range(300):
            if not any(map(is_there, models)):
                break
            time.sleep(0.1)
        assert not any(map(is_there, models))


def test_what_is_no_http_and_headers_without_end_are_refused_in_our_form(run):
    with serving(run) as (_process, url):
        place = ("127.0.0.1", int(url.rpartition(":")[2]))
        for sent, status in (
            (b"nonsense\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 12_000, b"431"),
        ):
            with socket.create_connection(place, timeout=30) as client:
                client.sendall(sent)
                got = b""
                with contextlib.suppress(ConnectionResetError):
                    while piece := client.recv(65536):
                        got += piece
            assert got.startswith(b"HTTP/1.1 " + status)
            assert b'{"code": "BadRequest", "message": ' in got


def test_a_line_of_the_log_holds_neither_key_nor_image(run, files, tmp_path):
    (tmp_path / "keys").write_text("a-very-secret-key-of-mine")
    with serving(run, "--log-requests", "--key-file", str(tmp_path / "keys")) as (process, url):
        headers = {"Prediction-Key": "a-very-secret-key-of-mine"}
        assert httpx2.post(url + "/predict?top=1", content=files[0], headers=headers).status_code == 200
        assert httpx2.get(url + "/model?Prediction-Key=another-secret").status_code == 401
        process.send_signal(signal.SIGTERM)
        told = ended(process)[1]
    assert re.search(r"POST /predict 200 [\d.]+ ms", told)
    assert re.search(r"GET /model 401 [\d.]+ ms", told)
    assert "secret" not in told


def refusal(capsys, *arguments: str) -> str:
    assert _run(["serve", *arguments]) == 2
    return capsys.readouterr().err


def test_a_port_that_is_taken_is_one_line(run, capsys):
    with listen("127.0.0.1", 0).socket as taken:
        port = str(taken.getsockname()[1])
        told = refusal(capsys, str(run.path), "--port", port)
    assert (
        told
        == f"fudemoji: port {port} on 127.0.0.1 is taken; give another --port, or 0 for any that is free\n"
    )


def test_what_cannot_be_served_is_one_line(run, capsys, tmp_path):
    assert "no run folder" in refusal(capsys, str(tmp_path / "none"))
    assert "needs keys" in refusal(capsys, str(run.path), "--host", "0.0.0.0")
    assert "cannot be read" in refusal(capsys, str(run.path), "--key-file", str(tmp_path / "none"))


def test_a_run_without_weights_is_told(run, capsys, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "data.json"):
        (bare / name).write_bytes((run.path / name).read_bytes())
    assert "has no weights yet" in refusal(capsys, str(bare))


def test_weights_that_are_damaged_are_told_before_the_server_is_ready(run, capsys, tmp_path):
    broken = tmp_path / "broken"
    (broken / "checkpoints").mkdir(parents=True)
    for name in ("config.json", "data.json"):
        (broken / name).write_bytes((run.path / name).read_bytes())
    (broken / "checkpoints" / "best.safetensors").write_bytes(b"nonsense")
    told = refusal(capsys, str(broken), "--port", "0")
    assert "damaged" in told
    assert told.count("\n") == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_host_that_is_none_is_told():
    with pytest.raises(SettingsError, match=r"--host no-such-host\.invalid is no address"):
        listen("no-such-host.invalid", 0)
    with pytest.raises(SettingsError, match="cannot be taken"):
        listen("192.0.2.1", 0)
    with contextlib.suppress(SettingsError):  # where there is IPv6
        listening = listen("::1", 0)
        listening.socket.close()
        assert re.fullmatch(r"http://\[::1\]:\d+", listening.url)
