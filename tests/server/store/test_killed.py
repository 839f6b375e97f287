"""A process that is killed at any moment loses nothing that it acknowledged."""

import hashlib
import subprocess
import sys
from pathlib import Path

from fudemoji.server.store import Store, images, leftovers
from stores import new_project

KILLS = 10


def test_what_was_acknowledged_is_there_after_each_of_ten_kills(tmp_path):
    store = Store.open(tmp_path / "store")
    project, [tag] = new_project(store, tag_names=["t"])
    script = Path(__file__).parents[2] / "killing.py"
    command = [sys.executable, script, store.folder, project.id, tag.id, str(KILLS)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    acknowledged = {"images": set(), "tags": set(), "deleted": set()}
    for line in told.splitlines():
        what, *ids = line.split()
        acknowledged[what].update(ids)
    assert len(acknowledged["tags"]) > KILLS

    with store.session(reads_only=True) as session:
        there = {one.id: one for one in images.select(session, project, take=100_000)}
    gone = acknowledged["images"] - set(there)
    assert acknowledged["deleted"] <= gone
    assert len(gone - acknowledged["deleted"]) <= KILLS, "at most the one whose deletion a kill kept quiet"
    for image_id in acknowledged["tags"] - gone:
        assert [one.tag.name for one in there[image_id].tags] == ["t"]
    for one in there.values():
        assert hashlib.sha256(store.blobs.read(one.sha256)).hexdigest() == one.sha256

    leftovers.tidy(store, older=0)
    assert set(store.blobs.every()) == {one.sha256 for one in there.values()}
    assert list(store.blobs.folder.rglob(".*")) == []
    store.close()
