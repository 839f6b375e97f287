"""A project of another fudemoji server, asked through the service's own client."""

import csv
import hashlib

import pytest
from azure.cognitiveservices.vision.customvision.training.models import (
    ImageFileCreateBatch,
    ImageFileCreateEntry,
)

from custom_vision import noise, running
from fudemoji.errors import SettingsError
from fudemoji.server.importing import Source, import_into_folder, import_into_store
from fudemoji.server.store import Store, images, projects, tags


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with a multi-label project: two tags and a negative one, and an image without any."""
    with running(tmp_path_factory.mktemp("source")) as server, server.trainer() as trainer:
        project = trainer.create_project("garden", description="ours", classification_type="Multilabel")
        made = {
            name: trainer.create_tag(project.id, name, description=name.upper(), type=kind).id
            for name, kind in (("ants", "Regular"), ("bees", "Regular"), ("nothing", "Negative"))
        }
        wanted = [["ants"], ["ants", "bees"], ["bees"], ["nothing"], []]
        entries = [
            ImageFileCreateEntry(
                contents=noise(seed), tag_ids=[made[name] for name in names], name=f"{seed}.png"
            )
            for seed, names in enumerate(wanted)
        ]
        batch = ImageFileCreateBatch(images=entries, metadata={"camera": "old"})
        assert trainer.create_images_from_files(project.id, batch).is_batch_successful
        yield server


def test_a_store_gets_what_the_other_server_has(server, tmp_path):
    source = Source(server.endpoint, server.training_key)
    outcome = import_into_store(source, tmp_path / "store", project="garden", name="copy")
    assert outcome.is_whole
    assert [(one.name, one.at_source, one.here) for one in outcome.tags] == [
        ("ants", 2, 2), ("bees", 2, 2), ("nothing", 1, 1),
    ]  # fmt: skip
    store = Store.open(tmp_path / "store")
    with store.session(reads_only=True) as session:
        (project,) = projects.every(session)
        assert (project.name, project.description, project.kind) == ("copy", "ours", "multilabel")
        names = {tag.id: (tag.name, tag.kind) for tag in tags.every(session, project)}
        assert sorted(names.values()) == [("ants", "regular"), ("bees", "regular"), ("nothing", "negative")]
        found = images.select(session, project, images.ImageQuery(newest_first=False))
        assert [image.sha256 for image in found] == [
            hashlib.sha256(noise(seed)).hexdigest() for seed in range(5)
        ]
        assert [sorted(names[one.tag_id][0] for one in image.tags) for image in found] == [
            ["ants"], ["ants", "bees"], ["bees"], ["nothing"], [],
        ]  # fmt: skip
        assert found[0].about == {"camera": "old"}
    store.close()
    assert import_into_store(source, tmp_path / "store", project="garden", name="copy").num_new == 0


def test_a_folder_gets_it_too(server, tmp_path):
    outcome = import_into_folder(
        Source(server.endpoint, server.training_key), tmp_path / "out", project="garden"
    )
    assert outcome.is_whole
    with (tmp_path / "out" / "labels.csv").open(newline="") as file:
        assert sorted(row["labels"] for row in csv.DictReader(file)) == ["", "ants", "ants|bees", "bees"]


def test_a_wrong_key_and_an_unknown_project_are_told(server, tmp_path):
    with pytest.raises(SettingsError, match=r"refuses the key \(HTTP 401\)"):
        import_into_folder(Source(server.endpoint, "wrong"), tmp_path / "out", project="garden")
    with pytest.raises(SettingsError, match=r"no project 'gardens' \(did you mean 'garden'\?\)"):
        import_into_folder(Source(server.endpoint, server.training_key), tmp_path / "out", project="gardens")
