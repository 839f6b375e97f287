"""Projects filled over the API."""

import tarfile
import zipfile

import pytest

from archives import tarred, zipped
from servers import noise, wait_for


@pytest.fixture
def fill(client, project):
    """Sends an archive, and gives what became of it."""

    def send(content, **asked):
        answer = client.post(f"{project}/fillings", content=content, params=asked)
        assert answer.status_code == 202, answer.text
        return ended(client, project, answer.json()["id"])

    return send


def ended(client, project, filling_id):
    def look():
        told = client.get(f"{project}/fillings/{filling_id}").json()
        return told if told["ended"] else None

    return wait_for(look)


def tags_of(client, project):
    """How many images have each tag, by its name, and the number of all images."""
    counts = {tag["name"]: tag["num_images"] for tag in client.get(f"{project}/tags").json()}
    return counts, client.get(f"{project}/images").json()["total"]


@pytest.mark.parametrize(
    ("pack", "ending"),
    [(zipped, "zip"), (tarred, "tar"), (lambda files: tarred(files, mode="w:gz"), "tar.gz")],
)
def test_folders_of_an_archive_become_tags(client, project, fill, pack, ending):
    names = ["photos/train/ants/1.png", "photos/test/ants/2.png", "photos/train/U+304A/3.png", "photos/4.png"]
    told = fill(pack({name: noise(number) for number, name in enumerate(names)}), name=f"photos.{ending}")
    assert (told["status"], told["num_images"], told["num_new"], told["num_refused"]) == ("done", 4, 4, 0)
    assert tags_of(client, project) == ({"ants": 2, "お": 1}, 4)


def test_a_table_in_an_archive_says_which_image_has_which_tags(client, project, fill):
    files = {
        "set/list.csv": "path,labels\nimages/1.png,sea|sky\nimages/2.png,\nimages/5.png,sea\n",
        **{f"set/images/{number}.png": noise(number) for number in (1, 2, 3)},
    }
    told = fill(zipped(files))
    assert (told["status"], told["num_new"]) == ("done", 3)
    assert told["problems"] == [
        {"name": "images/5.png", "message": "is in line 4 of the table, but not there"}
    ]
    assert tags_of(client, project) == ({"sea": 1, "sky": 1}, 3)
    assert client.get(project).json()["kind"] == "multilabel"


def test_what_is_broken_there_already_or_no_image_is_told(client, project, fill):
    fill(zipped({"ants/1.png": noise(1)}))
    files = {
        "ants/1.png": noise(1),
        "ants/2.png": noise(2),
        "ants/3.png": b"GIF89a and no more",
        "bees/1.png": noise(1),
        "ants/read me.txt": b"hello",
        "ants/film.mp4": b"film",
        "__MACOSX/ants/1.png": b"",
    }
    told = fill(zipped(files), name="more.zip")
    assert (told["status"], told["num_new"], told["num_known"], told["num_refused"]) == ("done", 1, 1, 4)
    assert {one["name"]: one["message"].partition(":")[0] for one in told["problems"]} == {
        "ants/read me.txt": "is no image by its name",
        "ants/film.mp4": "is a video; projects hold images",
        "ants/3.png": "it is no image of the kinds that are taken",
        "bees/1.png": "an image of a multiclass project has one tag",
    }
    assert tags_of(client, project) == ({"ants": 2, "bees": 0}, 2)


def test_images_of_an_archive_can_come_without_tags(client, project, fill):
    fill(zipped({"ants/1.png": noise(1)}), has_tags=False)
    assert tags_of(client, project) == ({}, 1)


def bomb(*, claimed):
    """A zip whose list of members claims more than what is packed."""
    content = bytearray(zipped({"ants/1.png": bytes(2**20)}))
    place = content.rfind(b"PK\x01\x02")
    content[place + 24 : place + 28] = claimed.to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (bomb(claimed=2**31), "claims to unpack to more than 1032 times its size"),
        (zipped({"../ants/1.png": b"x"}), "points outside its folder"),
        (zipped({"C:/ants/1.png": b"x"}), "points outside its folder"),
        (tarred({"/etc/ants/1.png": b"x"}), "points outside its folder"),
        (zipped({"ants/1.png": b"x"})[:-30], "is missing; get the file again"),
        (zipped({"ants/1.png": b"x"}, how=zipfile.ZIP_LZMA), "is packed by method 14"),
        (zipped({"ants.txt": b"x"}), "holds no image"),
        (zipped({"a.csv": "path,label\n", "b.csv": "path,label\n", "1.png": b"x"}), "several tables of labels"),
    ],
)  # fmt: skip
def test_an_archive_that_is_not_to_be_trusted_is_refused(client, project, fill, content, told):
    found = fill(content, name="a")
    assert (found["status"], tags_of(client, project)) == ("failed", ({}, 0))
    assert told in found["note"]


def test_links_in_a_tar_are_refused(client, project, fill, tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        link = tarfile.TarInfo("ants/1.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert "is a link or special file" in fill((tmp_path / "a.tar").read_bytes())["note"]


def test_an_image_that_unpacks_to_too_much_is_refused_unread(client, project, fill):
    told = fill(zipped({"ants/1.png": bytes(5 * 2**20), "ants/2.png": noise(2)}))
    assert (told["num_new"], told["num_refused"]) == (1, 1)
    assert told["problems"][0]["message"] == "the file has 5,242,880 bytes, at most 4,194,304 are taken"


def test_what_is_no_archive_is_refused_at_once_and_leaves_nothing(client, project):
    for content in (b"", b"GIF89a", noise(1)):
        answer = client.post(f"{project}/fillings", content=content, params={"name": "../../a.zip"})
        assert answer.status_code == 400
        assert answer.json()["code"] in ("BadRequest", "BadRequestArchive")
    assert client.get(f"{project}/fillings").json() == []
    assert client.post("/api/v1/projects/nothing/fillings", content=b"PK").status_code == 404
    store = client.app.state.context.store.folder
    assert [path for path in (store / "fillings").rglob("*") if path.name == "a.zip"] == []


def test_a_set_fills_a_project_with_some_of_each_class(client, project):
    wish = {"set": "kana", "per_class": 2}
    begun = client.post(f"{project}/fillings/sets", json=wish)
    assert (begun.status_code, begun.json()["source"]) == (202, {"kind": "set", "name": "kana"})
    assert ended(client, project, begun.json()["id"])["num_new"] == 184
    counts, total = tags_of(client, project)
    assert (total, counts["お"], set(counts.values())) == (184, 2, {2})
    tag = client.get(f"{project}/tags").json()[0]
    assert (tag["name"], tag["description"]) == ("あ", "U+3042 a")
    assert client.post(f"{project}/fillings/sets", json={"set": "nist"}).json()["code"] == "NotFoundSet"


def test_a_filling_that_has_ended_is_forgotten(client, project, fill):
    told = fill(zipped({"1.png": noise(1)}))
    assert [one["id"] for one in client.get(f"{project}/fillings").json()] == [told["id"]]
    assert client.delete(f"{project}/fillings/{told['id']}").status_code == 204
    assert client.get(f"{project}/fillings").json() == []
    assert tags_of(client, project) == ({}, 1)


def test_a_filling_that_failed_is_resumed(client, project, monkeypatch):
    filler = client.app.state.context.filler
    monkeypatch.setattr(type(filler.bounds), "unpacked_bytes", property(lambda _: 1 / 0))
    begun = client.post(f"{project}/fillings", content=zipped({"ants/1.png": noise(1)})).json()
    address = f"{project}/fillings/{begun['id']}"
    told = ended(client, project, begun["id"])
    assert (told["status"], told["can_go_on"]) == ("failed", True)
    assert told["note"] == "the server failed; its log says why"
    monkeypatch.undo()
    again = client.post(f"{address}/resume")
    assert (again.status_code, again.json()["status"], again.json()["ended"]) == (202, "queued", None)
    told = ended(client, project, begun["id"])
    assert (told["status"], told["num_new"], told["can_go_on"]) == ("done", 1, False)
    assert client.post(f"{address}/resume").status_code == 409
    assert client.post(f"{project}/fillings/nothing/resume").status_code == 404
