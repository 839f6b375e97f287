"""The command that opens the studio, as far as it ends by itself; what it serves is in tests/studio."""

import os
import pty
import subprocess
import sys

import pytest

from fudemoji.studio.secrets import read_secrets

PASSWORD = "correct horse 馬"


def command(folder, *options):
    return [sys.executable, "-m", "fudemoji", "studio", "--data", str(folder), *options]


def ran(folder, *options, piped=""):
    return subprocess.run(
        command(folder, *options), input=piped, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_password_is_read_from_a_pipe(tmp_path):
    done = ran(tmp_path, "--set-password", piped=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert "asks for this password from now on" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
    assert read_secrets(tmp_path).is_password(PASSWORD)


def test_a_password_is_typed_twice_in_a_terminal_and_not_shown(tmp_path):
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(tmp_path, "--set-password"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        for question, typed in (
            (b"Password: ", PASSWORD),
            (b"Repeat for confirmation: ", "another one"),
            (b"Password: ", PASSWORD),
            (b"Repeat for confirmation: ", PASSWORD),
        ):
            before = len(shown)
            while question not in shown[before:]:
                shown += os.read(ours, 4096)
            os.write(ours, f"{typed}\n".encode())
        assert process.wait(60) == 0
    os.close(ours)
    assert PASSWORD.encode() not in shown
    assert read_secrets(tmp_path).is_password(PASSWORD)


@pytest.mark.parametrize(
    ("options", "piped", "told"),
    [
        (["--set-password"], "short\n", "the password has 5 characters; 10 at least"),
        (["--set-password"], "", "the password has 0 characters; 10 at least"),
        (["--host", "0.0.0.0"], "", "--set-password"),
        (["--port", "70000"], "", "Input should be less than or equal to 65535"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(tmp_path, options, piped, told):
    done = ran(tmp_path, *options, piped=piped)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
