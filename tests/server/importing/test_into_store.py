"""A project of the cloud as a project of a store."""

import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import exc, func, select

from cloud import KEY, picture
from fudemoji.errors import SettingsError
from fudemoji.server.importing import ImportFailed, Patience, Source, import_into_store
from fudemoji.server.store import Store, images, projects, tags
from fudemoji.server.store.tables import Image
from fudemoji.serving.errors import ApiError
from servers import wait_for

SOON = Patience(waits=(0.01, 0.02))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def bring(cloud, folder):
    """What imports the project of the cloud into a store."""

    def run(project="insects", *, key=KEY, **values):
        return import_into_store(
            Source(cloud.endpoint, key, patience=SOON), folder, project=project, **values
        )

    return run


@pytest.fixture
def look(folder):
    """A function that tells what is in the store: by project, the tags with the contents of their images."""

    def tell():
        store = Store.open(folder)
        with store.session(reads_only=True) as session:
            told = {}
            for project in projects.every(session):
                every = images.select(session, project, take=1000)
                told[project.name] = {
                    tag.name: sorted(
                        store.blobs.read(image.sha256)
                        for image in every
                        if tag.id in {one.tag_id for one in image.tags}
                    )
                    for tag in tags.every(session, project)
                }
                told[project.name][""] = [store.blobs.read(one.sha256) for one in every if not one.tags]
        store.close()
        return told

    return tell


def contents(cloud, tag):
    return sorted(content for content, its in cloud.images.values() if tag in its)


def test_every_image_is_there_byte_for_byte_with_its_tag(bring, cloud, look):
    outcome = bring()
    assert outcome.is_whole
    assert (outcome.place, outcome.num_new) == ("insects", 11)
    ants, bees = cloud.tags
    assert look() == {
        "insects": {"ants": contents(cloud, ants), "bees": contents(cloud, bees), "": [picture(200)]}
    }


def test_project_and_tags_are_described_as_they_were(bring, cloud, folder):
    cloud.kind = "Multilabel"
    cloud.tag("nothing", "Negative")
    bring()
    store = Store.open(folder)
    with store.session(reads_only=True) as session:
        (project,) = projects.every(session)
        assert (project.description, project.kind, project.domain_id) == (
            "of the garden",
            "multilabel",
            cloud.domain,
        )
        assert project.export_platforms == ["CoreML"]
        assert [(tag.name, tag.kind, tag.description) for tag in tags.every(session, project)] == [
            ("ants", "regular", "six legs"), ("bees", "regular", ""), ("nothing", "negative", ""),
        ]  # fmt: skip
    store.close()


def test_images_keep_their_order(bring, cloud, folder):
    bring()
    store = Store.open(folder)
    with store.session(reads_only=True) as session:
        (project,) = projects.every(session)
        found = images.select(session, project, images.ImageQuery(newest_first=False), take=256)
        assert [store.blobs.read(one.sha256) for one in found] == [
            content for content, _ in cloud.images.values()
        ]
    store.close()


def test_called_again_it_fetches_nothing_twice_and_brings_what_is_new(bring, cloud, look):
    bring()
    before = cloud.downloads()
    assert bring().num_new == 0
    assert cloud.downloads() == before == 11
    cloud.image(picture(300), cloud.tag("wasps"))
    outcome = bring()
    assert (outcome.num_new, outcome.is_whole, cloud.downloads()) == (1, True, 12)
    assert look()["insects"]["wasps"] == [picture(300)]


def test_a_tag_that_has_changed_at_the_source_changes_here(bring, cloud, look):
    bring()
    ants, bees = cloud.tags
    name = next(one for one, (_, tags) in cloud.images.items() if tags == (ants,))
    cloud.images[name] = (cloud.images[name][0], (bees,))
    assert bring().is_whole
    assert look()["insects"]["bees"] == contents(cloud, bees)
    assert look()["insects"]["ants"] == contents(cloud, ants)


def test_a_tag_that_was_renamed_on_either_side_stays_one(bring, cloud, look):
    bring()
    cloud.tags[next(iter(cloud.tags))]["name"] = "emmets"
    assert bring().is_whole
    assert set(look()["insects"]) == {"ants", "bees", ""}


def test_one_file_that_is_there_twice_is_one_image_and_counts_for_both(bring, cloud, look):
    ants = next(iter(cloud.tags))
    cloud.image(picture(0), ants)
    outcome = bring()
    assert outcome.is_whole
    assert outcome.tags[0].at_source == outcome.tags[0].here == 6
    assert len(look()["insects"]["ants"]) == 5


def test_one_file_under_two_tags_of_a_multiclass_project_is_told(bring, cloud):
    _, bees = cloud.tags
    twice = cloud.image(picture(0), bees)
    outcome = bring()
    assert not outcome.is_whole
    assert outcome.missing[twice] == "an image of a multiclass project has one tag"


def test_a_second_project_of_the_same_source_takes_another_name(bring, cloud, look):
    bring()
    assert bring(name="copy").num_new == 11
    assert set(look()) == {"insects", "copy"}
    with pytest.raises(
        SettingsError, match=r"several imports of 'insects': copy, insects; say which by --name"
    ):
        bring()
    assert bring(name="copy").num_new == 0


def test_a_project_that_was_renamed_here_is_found_again(bring, folder):
    bring()
    store = Store.open(folder)
    with store.session() as session:
        projects.update(session, projects.every(session)[0], name="six legs")
    store.close()
    outcome = bring()
    assert (outcome.place, outcome.num_new) == ("six legs", 0)


def test_an_image_that_was_deleted_here_comes_again(bring, folder):
    bring()
    store = Store.open(folder)
    with store.session() as session:
        (project,) = projects.every(session)
        images.delete(session, project, [images.select(session, project, take=1)[0].id])
    store.close()
    assert bring().num_new == 1


def test_a_name_that_is_taken_is_refused(bring, folder):
    store = Store.open(folder)
    with store.session() as session:
        projects.create(session, name="insects", domain_id="x")
    store.close()
    with pytest.raises(
        SettingsError, match="a project 'insects' already, which did not come from there; choose another"
    ):
        bring()
    assert bring(name="more").is_whole


def test_an_image_that_the_store_refuses_is_named(bring, cloud):
    half = cloud.image(picture(300)[:200], next(iter(cloud.tags)))
    outcome = bring()
    assert not outcome.is_whole
    assert "truncated" in outcome.missing[half] or "image" in outcome.missing[half]


def test_a_network_that_goes_away_stops_it_and_the_same_call_goes_on(bring, cloud, folder):
    ants = next(iter(cloud.tags))
    for seed in range(1000, 1040):
        cloud.image(picture(seed), ants)

    def progress(done, total):
        cloud.has_network = done < 20

    with pytest.raises(ImportFailed, match="give the same command again"):
        bring(progress=progress)
    cloud.has_network = True
    store = Store.open(folder)
    with store.session(reads_only=True) as session:
        there = session.scalar(select(func.count()).select_from(Image))
    store.close()
    assert 20 <= there < 51
    cloud.asked.clear()
    assert bring().is_whole
    assert cloud.downloads() == 51 - there


def test_a_full_disk_is_one_line_and_what_came_stays(bring, monkeypatch):
    def full(self, content):
        raise ApiError(507, "ErrorUnknown", "the image could not be kept: the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("fudemoji.server.store.blobs.Blobs.put", full)
        with pytest.raises(ImportFailed, match="could not be kept: the disk is full; what has come is kept"):
            bring()
    assert bring().is_whole


def test_a_database_that_cannot_be_written_is_one_line(bring, monkeypatch):
    def full(*_, **__):
        raise exc.OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr("fudemoji.server.store.images.add", full)
    with pytest.raises(ImportFailed, match="the store cannot be written: the disk is full; what has come"):
        bring()


def test_two_imports_into_one_store_do_not_meet(bring):
    def second(done, total):
        with pytest.raises(SettingsError, match=r"another import into .*store is under way; let it end"):
            bring()

    bring(progress=second)


def test_an_import_that_is_killed_goes_on_and_fetches_no_more_than_was_under_way(bring, cloud, folder):
    ants = next(iter(cloud.tags))
    for seed in range(1000, 1050):
        cloud.image(picture(seed), ants)
    words = [
        "import-custom-vision",
        "--endpoint",
        cloud.endpoint,
        "--project",
        "insects",
        "--data",
        str(folder),
    ]
    with subprocess.Popen([sys.executable, "-m", "fudemoji", *words]) as process:
        wait_for(lambda: cloud.downloads() > 20)
        process.kill()
    assert cloud.downloads() < 61
    outcome = bring()
    assert outcome.is_whole
    assert cloud.downloads() <= 61 + 16  # eight under way, and as many that were being kept
