"""Links that need no key."""

import base64
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from fudemoji.server.customvision.links import Signer
from fudemoji.serving.errors import ApiError

PATH = "/links/projects/p/images/i"


def parts(link):
    split = urlsplit(link)
    query = parse_qs(split.query)
    return split.path, {"until": query["until"][0], "signature": query["signature"][0]}


def test_a_link_holds_for_its_path_alone(tmp_path):
    signer = Signer.of(tmp_path)
    path, proof = parts(signer.sign(PATH))
    signer.check(path, **proof)
    with pytest.raises(ApiError, match="was not made by this server"):
        signer.check(PATH.replace("/i", "/j"), **proof)
    with pytest.raises(ApiError, match="was not made by this server"):
        signer.check(path, until=str(int(proof["until"]) + 1), signature=proof["signature"])


@pytest.mark.parametrize(
    "proof",
    [
        {"until": "", "signature": ""},
        {"until": "soon", "signature": "x"},
        {"until": "²", "signature": "筆"},
        {"until": "9" * 400, "signature": "x"},
    ],
)
def test_a_link_without_a_proof_is_refused(tmp_path, proof):
    with pytest.raises(ApiError) as refused:
        Signer.of(tmp_path).check(PATH, **proof)
    assert (refused.value.status, refused.value.code) == (403, "Forbidden")


def test_a_link_ends(tmp_path, monkeypatch):
    signer = Signer.of(tmp_path)
    path, proof = parts(signer.sign(PATH, seconds=60))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * 3600)
    with pytest.raises(ApiError, match="has ended"):
        signer.check(path, **proof)


def test_a_link_stays_the_same_for_a_while_so_that_a_browser_keeps_what_it_fetched(tmp_path, monkeypatch):
    signer = Signer.of(tmp_path)
    monkeypatch.setattr(time, "time", lambda: 7200.0)
    first = signer.sign(PATH)
    monkeypatch.setattr(time, "time", lambda: 7200.0 + 3599)
    assert signer.sign(PATH) == first
    monkeypatch.setattr(time, "time", lambda: 7200.0 + 3600)
    assert signer.sign(PATH) != first


def test_the_secret_outlives_the_server_belongs_to_one_store_and_is_read_by_its_owner_alone(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    path, proof = parts(Signer.of(one).sign(PATH))
    Signer.of(one).check(path, **proof)
    with pytest.raises(ApiError, match="was not made by this server"):
        Signer.of(other).check(path, **proof)
    assert (one / "links.key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in one.iterdir()] == ["links.key"]


def test_a_secret_that_a_power_cut_left_empty_is_made_anew(tmp_path):
    (tmp_path / "links.key").touch()
    path, proof = parts(Signer.of(tmp_path).sign(PATH))
    Signer.of(tmp_path).check(path, **proof)


def test_a_token_stands_for_a_project_until_it_ends(tmp_path, monkeypatch):
    signer = Signer.of(tmp_path)
    token = signer.token("some-project")
    assert signer.read_token(token) == "some-project"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 8 * 24 * 3600)
    with pytest.raises(ApiError, match="or has ended"):
        signer.read_token(token)


@pytest.mark.parametrize("token", ["", "x", "筆", "dG9rZW4vYQ", "*" * 5000])
def test_what_is_no_token_is_refused(tmp_path, token):
    with pytest.raises(ApiError) as refused:
        Signer.of(tmp_path).read_token(token)
    assert (refused.value.status, refused.value.code) == (400, "BadRequestInvalidImportToken")


def test_a_link_is_no_token_nor_a_token_a_link(tmp_path):
    signer = Signer.of(tmp_path)
    link = base64.urlsafe_b64encode(signer.sign("some-project/images/i/original").encode()).decode()
    with pytest.raises(ApiError, match="the token was not made by this server"):
        signer.read_token(link.rstrip("="))
