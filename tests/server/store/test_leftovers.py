"""Files that nobody needs any more."""

import os
import time

import pytest

from fudemoji.server.store import images, leftovers, predictions
from fudemoji.server.store.ids import new_id
from stores import entries, picture, trained

LONG_AGO = time.time() - 7200


def grow_old(store):
    for path in store.folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def needed(store, project):
    """The contents of an image and of a prediction, and an iteration."""
    [added] = images.upload(store, project.id, entries(1))
    with store.session() as session:
        iteration = trained(session, project)
    with store.session() as session:
        prediction = predictions.keep(session, store.blobs, iteration, content=picture(1), probs=[])
    return {added.image.sha256, prediction.sha256}, iteration


def test_what_no_row_names_goes_once_it_is_old(store, needed):
    sha256s, iteration = needed
    [lost] = images.keep(store.blobs, entries(1, start=9))
    for sha256 in (lost.sha256, *sha256s):
        store.thumbnails.of(sha256, size=64)
    for name in (iteration.id, new_id()):
        (store.runs / name).mkdir()
        (store.runs / name / "events.jsonl").write_text("")
        (store.runs / f"{name}.log").write_text("")
        (store.sets / f"{name}.csv").write_text("")
    part = store.blobs.path(lost.sha256).with_name(".part")
    part.write_bytes(b"half")
    assert leftovers.tidy(store) == 0, "all of it is young"
    grow_old(store)
    assert leftovers.tidy(store) == 4
    assert set(store.blobs.every()) == set(store.thumbnails.every()) == sha256s
    assert {path.name for path in store.runs.iterdir()} == {iteration.id, f"{iteration.id}.log"}
    assert [path.name for path in store.sets.iterdir()] == [f"{iteration.id}.csv"]
    assert not part.exists()
    assert leftovers.tidy(store) == 0


def test_thumbnails_without_an_image_go(store, needed):
    sha256s, _ = needed
    for sha256 in sha256s:
        store.thumbnails.of(sha256, size=64)
    gone, kept = sorted(sha256s)
    store.blobs.delete(gone)
    leftovers.tidy(store)
    assert list(store.thumbnails.every()) == [kept]


def test_what_is_not_ours_stays(store):
    (store.runs / "my-run").mkdir()
    (store.runs / ".fudemoji.lock").write_text("")
    (store.folder / "notes.txt").write_text("")
    grow_old(store)
    assert leftovers.tidy(store) == 0
    assert {path.name for path in store.runs.iterdir()} == {"my-run", ".fudemoji.lock"}
    assert (store.folder / "notes.txt").exists()


def test_an_upload_that_runs_keeps_its_file_whatever_is_tidied(store, project):
    kept = images.keep(store.blobs, entries(1))
    grow_old(store)
    assert leftovers.tidy(store) == 1
    with store.session() as session:
        [added] = images.add(session, store.blobs, project, kept)
    assert store.blobs.read(added.image.sha256) == picture(0)
