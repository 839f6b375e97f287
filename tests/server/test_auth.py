"""Who may do what."""

import asyncio
import hashlib
from contextlib import closing

import pytest
from starlette.requests import Request

from fudemoji.server.auth import EITHER, PREDICTION, TRAINING, Auth
from fudemoji.server.settings import server_settings
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Key, Project, now
from fudemoji.serving.errors import ApiError


@pytest.fixture
def store(tmp_path):
    with closing(Store.open(tmp_path / "store")) as store:
        yield store


def key(store, secret, *, kind="training", project_id=None):
    with store.session() as session:
        made = Key(
            name=secret,
            kind=kind,
            project_id=project_id,
            hint="",
            sha256=hashlib.sha256(secret.encode()).hexdigest(),
        )
        session.add(made)
    return made.id


def project(store, name="a"):
    with store.session() as session:
        session.add(made := Project(name=name, kind="multiclass", domain_id="x"))
    return made.id


def auth_of(store, **given):
    return Auth(store, server_settings(data=store.folder, **given))


def admit(auth, kinds=TRAINING, *, client="127.0.0.1", host="127.0.0.1:8000", **given):
    headers = given.pop("headers", {})
    project_id = given.pop("project_id", None)
    sent = [(name.lower().encode(), value.encode()) for name, value in {"host": host, **headers}.items()]
    scope = {
        "type": "http",
        "headers": sent,
        "client": (client, 50000) if client else None,
        "method": "GET",
        "path": "/",
    }
    return asyncio.run(auth.admit(Request(scope), kinds, project_id=project_id, **given))


def refused(auth, *args, **given):
    with pytest.raises(ApiError) as caught:
        admit(auth, *args, **given)
    return caught.value


def test_without_any_key_this_machine_may_do_everything_whatever_key_it_sends(store):
    auth = auth_of(store)
    for headers in ({}, {"Training-Key": "anything"}, {"Prediction-Key": ""}):
        assert admit(auth, headers=headers).key_id is None


@pytest.mark.parametrize(
    ("client", "host"),
    [("10.0.0.7", "127.0.0.1"), (None, "127.0.0.1"), ("127.0.0.1", "rebound.example.org"), ("127.0.0.1", "")],
)
def test_without_any_key_nobody_else_may_do_anything(store, client, host):
    error = refused(auth_of(store), client=client, host=host)
    assert (error.status, error.code) == (403, "Forbidden")
    assert (
        str(error)
        == "without keys this server answers its own machine only; make one with `fudemoji keys create`"
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:9000"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    ],
)  # fmt: skip
def test_without_any_key_pages_from_elsewhere_may_do_nothing_through_a_browser_on_this_machine(
    store, headers
):
    error = refused(auth_of(store), headers=headers)
    assert (error.status, str(error)) == (403, "a page from elsewhere asked for this, which needs a key")
    assert admit(auth_of(store), headers={"Origin": "http://127.0.0.1:8000"}).key_id is None
    key_id = key(store, "s")
    assert admit(auth_of(store), headers={"Training-Key": "s", **headers}).key_id == key_id


def test_off_this_machine_a_key_is_needed_even_if_there_is_none(store):
    error = refused(auth_of(store, host="0.0.0.0"))
    assert (error.status, str(error)) == (401, "this needs a key, in the header Training-Key")


@pytest.mark.parametrize(
    "headers",
    [
        {"Training-Key": "s"},
        {"training-key": " s "},
        {"Ocp-Apim-Subscription-Key": "s"},
        {"OCP-APIM-SUBSCRIPTION-KEY": "s"},
        {"Authorization": "Bearer s"},
        {"Authorization": "bearer s"},
        {"Training-Key": "stale", "Authorization": "Bearer s"},
    ],
)
def test_a_key_is_taken_from_each_header_that_clients_use(store, headers):
    key_id = key(store, "s")
    assert admit(auth_of(store), headers=headers, client="10.0.0.7", host="example.org").key_id == key_id


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "this needs a key, in the header Training-Key"),
        ({"Training-Key": ""}, "this needs a key, in the header Training-Key"),
        ({"Training-Key": "x" * 1000}, "this needs a key, in the header Training-Key"),
        ({"Authorization": "Basic s"}, "this needs a key, in the header Training-Key"),
        ({"Prediction-Key": "s"}, "this needs a key, in the header Training-Key"),
        ({"Training-Key": "S"}, "the key is not known, or was revoked"),
    ],
)
def test_where_there_is_a_key_none_or_a_wrong_one_is_refused(store, headers, message):
    key(store, "s")
    error = refused(auth_of(store), headers=headers)
    assert (error.status, error.code, str(error)) == (401, "Unauthorized", message)


def test_keys_for_training_and_for_prediction_are_apart(store):
    key(store, "t")
    key(store, "p", kind="prediction")
    auth = auth_of(store)
    error = refused(auth, PREDICTION, headers={"Prediction-Key": "t"})
    assert (error.status, error.code, str(error)) == (
        403,
        "Forbidden",
        "this is a training key; a prediction key is needed",
    )
    error = refused(auth, TRAINING, headers={"Training-Key": "p"})
    assert (error.status, str(error)) == (403, "this is a prediction key; a training key is needed")
    for headers in ({"Training-Key": "t"}, {"Prediction-Key": "p"}):
        admit(auth, EITHER, headers=headers)


def test_a_key_of_one_project_opens_no_other_and_nothing_that_is_about_all(store):
    one, other = project(store, "one"), project(store, "other")
    key(store, "s", project_id=one)
    auth, headers = auth_of(store), {"Training-Key": "s"}
    assert admit(auth, headers=headers, project_id=one).project_id == one
    assert admit(auth, headers=headers, of_any_project=True).project_id == one
    for project_id in (other, None):
        error = refused(auth, headers=headers, project_id=project_id)
        assert (error.status, str(error)) == (403, "this key opens another project")


def test_a_revoked_key_opens_nothing_and_the_server_stays_closed(store):
    key_id = key(store, "s")
    auth = auth_of(store)
    admit(auth, headers={"Training-Key": "s"})
    with store.session() as session:
        session.get_one(Key, key_id).revoked_at = now()
    auth.forget()
    assert refused(auth, headers={"Training-Key": "s"}).status == 401
    assert refused(auth).status == 401


def test_what_another_process_did_to_the_keys_is_known_within_a_second(store, monkeypatch):
    auth, clock = auth_of(store), [0.0]
    monkeypatch.setattr("fudemoji.server.auth.time.monotonic", lambda: clock[0])
    admit(auth)
    key_id = key(store, "s")
    clock[0] = 1.01
    assert refused(auth).status == 401
    admit(auth, headers={"Training-Key": "s"})
    with store.session() as session:
        session.get_one(Key, key_id).revoked_at = now()
    clock[0] = 2.02
    assert refused(auth, headers={"Training-Key": "s"}).status == 401


def test_a_key_that_asks_too_often_is_told_when_to_come_again(store):
    key(store, "s")
    key(store, "other")
    auth = auth_of(store, requests_per_second=0.5)
    admit(auth, headers={"Training-Key": "s"})
    error = refused(auth, headers={"Training-Key": "s"})
    assert (error.status, error.code, error.retry_after) == (429, "TooManyRequests", 2)
    assert str(error) == "too many requests with this key"
    admit(auth, headers={"Training-Key": "other"})


def test_an_address_cannot_guess_keys_for_long(store):
    key(store, "s")
    auth = auth_of(store, requests_per_second=0)
    told = [refused(auth, headers={"Training-Key": f"guess {number}"}).status for number in range(40)]
    assert told[:20] == [401] * 20
    assert told[-1] == 429
    assert refused(auth, client="10.0.0.8").status == 401


def test_what_is_looked_up_while_a_key_is_revoked_is_not_remembered(store, monkeypatch):
    key_id = key(store, "s")
    auth = auth_of(store)
    look_up = auth._ask_for

    def revoked_meanwhile(secret):
        found = look_up(secret)
        with store.session() as session:
            session.get_one(Key, key_id).revoked_at = now()
        auth.forget()
        return found

    monkeypatch.setattr(auth, "_ask_for", revoked_meanwhile)
    admit(auth, headers={"Training-Key": "s"})
    monkeypatch.undo()
    assert refused(auth, headers={"Training-Key": "s"}).status == 401
