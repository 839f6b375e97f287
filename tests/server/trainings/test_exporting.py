"""Exports of a trained iteration, made by a process and packed."""

import io
import shutil
import zipfile

import pytest

from fudemoji.server.store import exports, iterations
from fudemoji.server.store.tables import Export, Iteration, Project
from fudemoji.server.trainings import Trainer
from fudemoji.server.trainings.exporting import FLAVORS, packed, request
from fudemoji.serving.errors import ApiError
from projects import wait_for


@pytest.fixture
def exporting(trained):
    """The store, a trained iteration, and a trainer that exports."""
    store, done = trained
    trainer = Trainer(store)
    trainer.start()
    yield store, done["multiclass"], trainer
    trainer.stop(end_trainings=True)
    with store.session() as session:
        session.query(Export).delete()


def again(session, iteration):
    return session.get_one(Iteration, iteration.id)


def ask(store, iteration, trainer, **wanted):
    with store.session() as session:
        export = request(session, again(session, iteration), **wanted)
    trainer.wake()
    return export


def ended(store, export):
    def look():
        with store.session(reads_only=True) as session:
            found = session.get_one(Export, export.id)
            return found if found.status in ("done", "failed") else None

    return wait_for(look)


def zip_of(store, iteration, export):
    with store.session(reads_only=True) as session:
        return packed(session, store, session.get_one(Project, iteration.project_id), export.id)


def test_an_export_becomes_a_zip_file_with_all_that_a_stranger_needs(exporting):
    store, iteration, trainer = exporting
    export = ask(store, iteration, trainer, platform="safetensors")
    done = ended(store, export)
    assert (done.status, done.note, done.platform) == ("done", "", "Safetensors")
    with zipfile.ZipFile(io.BytesIO(zip_of(store, iteration, export).read_bytes())) as archive:
        assert archive.testzip() is None
        assert {"README.md", "fudemoji.json"} <= set(archive.namelist())
    with store.session() as session, pytest.raises(ApiError, match="is done"):
        request(session, again(session, iteration), platform="Safetensors")


def test_an_export_that_fails_says_why_and_can_be_asked_for_again(exporting):
    store, iteration, trainer = exporting
    run, away = store.runs / iteration.id, store.folder / "away"
    shutil.move(run, away)
    try:
        export = ask(store, iteration, trainer, platform="ONNX", flavor="ONNX12")
        failed = ended(store, export)
        assert failed.status == "failed"
        assert failed.note.startswith(f"no run folder runs/{iteration.id}")
        with pytest.raises(ApiError, match="the export is failed, not done"):
            zip_of(store, iteration, export)
    finally:
        shutil.move(away, run)
    assert ask(store, iteration, trainer, platform="onnx", flavor="onnx12").id == export.id
    done = ended(store, export)
    assert (done.status, done.note) == ("done", "")


def test_an_export_that_was_cut_off_says_so(trained):
    store, done = trained
    with store.session() as session:
        export = request(session, again(session, done["multiclass"]), platform="TorchScript")
        exports.mark(session, export, "exporting")
    trainer = Trainer(store)
    trainer.start()
    failed = ended(store, export)
    trainer.stop()
    assert (failed.status, failed.note) == ("failed", "the server stopped during this export; export again")
    with store.session() as session:
        session.delete(session.get_one(Export, export.id))


def test_an_export_of_another_version_fails(exporting):
    store, iteration, trainer = exporting
    with store.session() as session:
        export = exports.create(session, again(session, iteration), platform="Stone")
    trainer.wake()
    assert ended(store, export).note == "this version makes no such export"


@pytest.mark.parametrize(
    ("platform", "flavor"), [("CoreML", ""), ("TensorFlow", "TensorFlowLite"), ("ONNX", "ARM")]
)
def test_other_platforms_are_refused_with_those_that_there_are(trained, platform, flavor):
    store, done = trained
    with (
        store.session() as session,
        pytest.raises(ApiError, match=r"there are: ONNX, ONNX \(ONNX10\)") as caught,
    ):
        request(session, done["multiclass"], platform=platform, flavor=flavor)
    assert (caught.value.status, caught.value.code) == (400, "BadRequestExportValidationFailed")
    assert FLAVORS == {"ONNX": ("ONNX10", "ONNX12", "Int8"), "TorchScript": (), "Safetensors": ()}


def test_an_export_belongs_to_its_project_and_its_file_may_be_gone(trained):
    store, done = trained
    with store.session() as session:
        export = request(session, again(session, done["multiclass"]), platform="ONNX")
        exports.mark(session, export, "done")
    with pytest.raises(ApiError, match="the file of the export is gone; export the model again"):
        zip_of(store, done["multiclass"], export)
    with pytest.raises(ApiError) as caught:
        zip_of(store, done["multilabel"], export)
    assert caught.value.code == "NotFoundIteration"
    with store.session() as session:
        assert iterations.find(
            session, session.get_one(Project, done["multiclass"].project_id), export.iteration_id
        )
        session.delete(session.get_one(Export, export.id))
