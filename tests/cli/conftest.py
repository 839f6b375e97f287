"""The command line called in this process."""

import json
from dataclasses import dataclass

import pytest

from builders import glyphs, write_glyphs
from fudemoji.cli.app import _run
from trainings import finished_run


@dataclass
class Answer:
    """What a command left on the terminal."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self):
        """The last line of stdout."""
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def cli(capsys):
    """A function that runs a command line and returns what came out of it."""

    def run(*arguments):
        capsys.readouterr()
        exit_code = _run([str(argument) for argument in arguments])
        return Answer(exit_code, *capsys.readouterr())

    return run


@pytest.fixture
def refused(cli):
    """A function that runs a command line which must fail with exit code 2 and one line; returns the line."""

    def run(*arguments):
        answer = cli(*arguments)
        assert answer.exit_code == 2, answer
        assert answer.out == ""
        assert answer.err.startswith("fudemoji: "), answer.err
        assert answer.err.count("\n") == 1, answer.err
        return answer.err.removeprefix("fudemoji: ").rstrip("\n")

    return run


@pytest.fixture
def folder(tmp_path):
    """A folder of signs in KMNIST's format."""
    return write_glyphs(tmp_path / "signs", glyphs(88, 24))


@pytest.fixture(scope="session")
def done(tmp_path_factory):
    """A finished run."""
    return finished_run(tmp_path_factory.mktemp("done"))
