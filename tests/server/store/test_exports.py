"""Exports in the store."""

import pytest

from fudemoji.server.store import exports, iterations
from fudemoji.serving.errors import ApiError
from stores import trained


@pytest.fixture
def iteration(store, project):
    with store.session() as session:
        return trained(session, project)


def test_exports_come_in_the_order_in_which_they_were_asked_for(store, iteration):
    with store.session() as session:
        made = [
            exports.create(session, session.merge(iteration), platform=platform, flavor=flavor)
            for platform, flavor in (("ONNX", ""), ("ONNX", "int8"), ("TorchScript", ""))
        ]
        exports.mark(session, made[0], "done")
        exports.mark(session, made[1], "exporting")
    with store.session(reads_only=True) as session:
        assert [one.id for one in exports.every(session, iteration)] == [one.id for one in made]
        assert [one.id for one in exports.unfinished(session)] == [one.id for one in made[1:]]
        assert exports.find(session, made[1].id.upper()).flavor == "int8"


@pytest.mark.parametrize("status", ["queued", "exporting", "done"])
def test_an_export_that_is_there_or_on_its_way_is_not_made_again(store, iteration, status):
    with store.session() as session:
        exports.mark(session, exports.create(session, session.merge(iteration), platform="ONNX"), status)
    message = f"the export of Iteration 1 for ONNX is {status}"
    with pytest.raises(ApiError, match=message) as caught, store.session() as session:
        exports.create(session, session.merge(iteration), platform="ONNX")
    assert caught.value.code == "BadRequestExportAlreadyInProgress"


def test_an_export_that_failed_is_queued_again(store, iteration):
    with store.session() as session:
        failed = exports.create(session, session.merge(iteration), platform="ONNX")
        exports.mark(session, failed, "failed", note="answers differ")
        assert exports.find(session, failed.id).note == "answers differ"
    with store.session() as session:
        again = exports.create(session, session.merge(iteration), platform="ONNX")
    assert (again.id, again.status, again.note) == (failed.id, "queued", "")


def test_what_is_not_trained_is_not_exported(store, project):
    with store.session() as session:
        waiting = iterations.create(session, project, recipe="quick")
    with pytest.raises(ApiError, match="Iteration 1 is queued, not completed"), store.session() as session:
        exports.create(session, session.merge(waiting), platform="ONNX")


def test_an_export_that_is_not_there_is_told(store):
    for wanted in ("00000000-0000-0000-0000-000000000000", "x"):
        with pytest.raises(ApiError, match="there is no such export"), store.session() as session:
            exports.find(session, wanted)
