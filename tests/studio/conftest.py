"""A studio in a process of its own, and a browser that looks at it."""

import contextlib
import shutil

import pytest

from studios import Studio, browser


@pytest.fixture(scope="module")
def chromium():
    """A headless browser; tests with one are skipped where there is none. Its loop would be in the way of others."""
    if shutil.which("chromium") is None:
        pytest.skip("no chromium here; on Debian: apt-get install chromium")
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio on a store of its own."""
    with Studio(tmp_path_factory.mktemp("studio") / "store") as running:
        yield running


@pytest.fixture(scope="module")
def client(studio):
    """A client of the studio's APIs that has signed in."""
    with contextlib.closing(studio.client()) as client:
        yield client


@pytest.fixture
def visit(chromium, studio):
    """Opens pages of the studio as a person who is signed in; no page may fail, or ask for anything elsewhere."""
    with studio.visitor(chromium) as visitor:
        yield visitor
