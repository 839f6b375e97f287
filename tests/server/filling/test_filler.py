"""Fillings that are cancelled, cut off, and gone on with."""

import asyncio
import tarfile
import threading

import pytest

from archives import zipped
from fudemoji.server.filling import Bounds, Filler, Source
from fudemoji.server.filling.sources import check_archive, safe_name
from fudemoji.server.store import Store, images, projects, tags
from fudemoji.server.store.blobs import Blobs
from fudemoji.serving.errors import ApiError
from servers import noise, wait_for
from stores import new_project

BOUNDS = Bounds(images.Limits(num_images=200), archive_bytes=2**20)


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store")
    yield store
    store.close()


@pytest.fixture
def filler(store):
    filler = Filler(store, bounds=BOUNDS)
    filler.start()
    yield filler
    filler.stop()


def folder_of(path, num, *, tag="ants"):
    (path / tag).mkdir(parents=True)
    for number in range(num):
        (path / tag / f"{number:04}.png").write_bytes(noise(number))
    return path


async def arrive(filler, project, files):
    async with filler.arriving(project.id, "photos.zip") as (path, source):
        path.write_bytes(zipped(files))
        return filler.begin(project.id, source, archive=path)


def ended(filler, filling):
    def look():
        found = filler.find(filling.project_id, filling.id)
        return found if found.is_over else None

    return wait_for(look)


def count(store, project):
    with store.session(reads_only=True) as session:
        return images.count(session, project)


class Held:
    """Holds the adding of images up after so many calls."""

    def __init__(self, monkeypatch, *, after):
        self.reached, self.go_on = threading.Event(), threading.Event()
        upload, calls = images.upload, iter(range(1000))

        def slow(*arguments, **given):
            if next(calls) == after:
                self.reached.set()
                assert self.go_on.wait(60)
            return upload(*arguments, **given)

        monkeypatch.setattr(images, "upload", slow)


def test_a_folder_on_this_machine_fills_a_project(filler, store, tmp_path):
    project, _ = new_project(store)
    source = Source("path", str(folder_of(tmp_path / "photos", 3)))
    told = ended(filler, filler.begin(project.id, source))
    assert (told.status, told.num_new, count(store, project)) == ("done", 3, 3)
    (tmp_path / "list.csv").write_text("path,label\nphotos/ants/0001.png,U+304A\n")
    ended(filler, filler.begin(project.id, Source("path", str(tmp_path / "list.csv"))))
    with store.session(reads_only=True) as session:
        assert [tag.name for tag in tags.every(session, project)] == ["ants", "お"]


def test_a_cancelled_filling_keeps_what_it_has_added(filler, store, tmp_path, monkeypatch):
    held = Held(monkeypatch, after=1)
    project, _ = new_project(store)
    filling = filler.begin(project.id, Source("path", str(folder_of(tmp_path / "photos", 150))))
    assert held.reached.wait(60)
    filler.cancel(filling)
    held.go_on.set()
    told = ended(filler, filling)
    assert (told.status, told.num_new, count(store, project)) == ("cancelled", 128, 128)


def test_a_filling_that_was_cut_off_goes_on_with_the_next_server(store, tmp_path, monkeypatch):
    held = Held(monkeypatch, after=1)
    project, _ = new_project(store)
    first = Filler(store, bounds=BOUNDS)
    first.start()
    filling = asyncio.run(arrive(first, project, {f"ants/{n}.png": noise(n) for n in range(150)}))
    assert held.reached.wait(60)
    held.go_on.set()
    first.stop()
    assert count(store, project) == 128
    second = Filler(store, bounds=BOUNDS)
    second.start()
    told = ended(second, filling)
    second.stop()
    assert (told.status, told.num_new, told.num_known, count(store, project)) == ("done", 150, 0, 150)
    assert not list(store.folder.rglob("photos.zip"))


def test_a_project_that_is_deleted_takes_its_fillings_along(filler, store, tmp_path, monkeypatch):
    held = Held(monkeypatch, after=0)
    project, _ = new_project(store)
    filling = filler.begin(project.id, Source("path", str(folder_of(tmp_path / "photos", 3))))
    assert held.reached.wait(60)
    with store.session() as session:
        projects.delete(session, projects.find(session, project.id))
    held.go_on.set()
    wait_for(lambda: not filler.every(filling.project_id))
    assert not (store.folder / "fillings" / project.id).exists()


def test_more_images_than_a_project_may_have_are_refused_before_any_is_added(filler, store, tmp_path):
    project, _ = new_project(store)
    told = ended(filler, filler.begin(project.id, Source("path", str(folder_of(tmp_path / "photos", 201)))))
    assert (told.status, count(store, project)) == ("failed", 0)
    assert told.note == "it holds 201 images; a project of this server holds at most 200"


def test_a_tar_that_unpacks_to_too_much_is_refused(filler, store, tmp_path):
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        (tmp_path / "1.png").write_bytes(bytes(6 * 2**20))
        archive.add(tmp_path / "1.png", "ants/1.png")
    project, _ = new_project(store)
    told = ended(filler, filler.begin(project.id, Source("path", str(tmp_path / "a.tar.gz"))))
    assert told.status == "failed"
    assert "a.tar.gz: unpacks to more than 4,194,304 bytes" in told.note


class FullDisk:
    """A store's disk that is full from some image on, until there is room."""

    def __init__(self, monkeypatch, *, after):
        self.is_full = True
        keep, calls = Blobs.put, iter(range(1000))

        def kept(blobs, *arguments, **given):
            if self.is_full and next(calls) >= after:
                raise ApiError(507, "ErrorStorage", "the image could not be kept: the disk is full")
            return keep(blobs, *arguments, **given)

        monkeypatch.setattr(Blobs, "put", kept)


def test_a_filling_that_failed_over_a_full_disk_goes_on_where_it_was(store, monkeypatch):
    disk = FullDisk(monkeypatch, after=70)
    project, _ = new_project(store)
    first = Filler(store, bounds=BOUNDS)
    first.start()
    told = ended(first, asyncio.run(arrive(first, project, {f"ants/{n}.png": noise(n) for n in range(150)})))
    assert (told.status, told.num_done, told.can_go_on) == ("failed", 64, True)
    assert "the disk is full" in told.note
    first.stop()
    disk.is_full = False
    second = Filler(store, bounds=BOUNDS)  # the archive is kept over a restart, too
    second.start()
    again = ended(second, second.resume(second.find(project.id, told.id)))
    assert (again.status, again.note, again.num_done) == ("done", "", 150)
    assert again.num_new + again.num_known == count(store, project) == 150
    with pytest.raises(ApiError, match="only a filling that failed over something that may pass can go on"):
        second.resume(again)
    second.stop()
    assert not list(store.folder.rglob("photos.zip"))


def test_a_source_that_is_taken_away_meanwhile_is_gone_on_with_when_it_is_back(
    filler, store, tmp_path, monkeypatch
):
    held = Held(monkeypatch, after=1)
    project, _ = new_project(store)
    photos = folder_of(tmp_path / "photos", 150)
    filling = filler.begin(project.id, Source("path", str(photos)))
    assert held.reached.wait(60)
    photos.rename(tmp_path / "away")
    held.go_on.set()
    told = ended(filler, filling)
    assert (told.status, told.num_done, told.num_refused, told.can_go_on) == ("failed", 128, 0, True)
    assert "is not there any more; go on when it is back" in told.note
    assert ended(filler, filler.resume(told)).status == "failed"
    (tmp_path / "away").rename(photos)
    again = ended(filler, filler.resume(told))
    assert (again.status, again.num_new, again.num_refused) == ("done", 150, 0)


def test_an_archive_that_is_damaged_will_not_be_better_another_time(filler, store):
    project, _ = new_project(store)
    told = ended(filler, asyncio.run(arrive(filler, project, {"ants/read me.txt": b"no image"})))
    assert (told.status, told.can_go_on) == ("failed", False)
    assert not list(store.folder.rglob("photos.zip"))
    with pytest.raises(ApiError, match="can go on") as caught:
        filler.resume(told)
    assert caught.value.status == 409


def test_what_is_under_way_is_not_forgotten(filler, store, tmp_path, monkeypatch):
    held = Held(monkeypatch, after=0)
    project, _ = new_project(store)
    filling = filler.begin(project.id, Source("path", str(folder_of(tmp_path / "photos", 3))))
    assert held.reached.wait(60)
    with pytest.raises(ApiError, match="it is still under way; cancel it first"):
        filler.forget(filling)
    held.go_on.set()
    filler.forget(ended(filler, filling))
    with pytest.raises(ApiError, match="the project has no such filling"):
        filler.find(project.id, filling.id)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", "", "a" * 300, "\0.zip", "写真/" * 60, "C:\\a.zip"]
)
def test_a_name_that_a_client_gives_is_one_of_a_file_in_its_folder(tmp_path, name):
    place = tmp_path / safe_name(name)
    place.write_bytes(b"GIF89a")
    assert place.parent == tmp_path
    with pytest.raises(ApiError, match="this is no zip and no tar"):
        check_archive(place)
