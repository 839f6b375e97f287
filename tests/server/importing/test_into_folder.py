"""A project of the cloud as a folder with a listing."""

import csv
import errno
import hashlib
import json
import uuid

import pytest

import fudemoji.server.importing.into_folder as module
from cloud import DETECTION, KEY, picture
from fudemoji.data import load
from fudemoji.errors import SettingsError
from fudemoji.server.importing import ImportFailed, Patience, Source, import_into_folder

SOON = Patience(waits=(0.01, 0.02))


@pytest.fixture
def bring(cloud, tmp_path):
    """What imports the project of the cloud into a folder."""

    def run(project="insects", *, folder=tmp_path / "insects", key=KEY, **values):
        return import_into_folder(
            Source(cloud.endpoint, key, patience=SOON), folder, project=project, **values
        )

    return run


def rows(folder):
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        return {row[0]: row[1] for row in list(csv.reader(file))[1:]}


def hashes(folder):
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "images").iterdir()}


def test_every_file_comes_byte_for_byte_with_its_tag(bring, cloud, tmp_path):
    outcome = bring()
    assert hashes(tmp_path / "insects") == {hashlib.sha256(c).hexdigest() for c, _ in cloud.images.values()}
    names = {one: cloud.tags[tags[0]]["name"] for one, (_, tags) in cloud.images.items() if tags}
    assert {
        path.split("/")[1].split(".")[0]: tag for path, tag in rows(tmp_path / "insects").items()
    } == names
    assert outcome.is_whole
    assert [(one.name, one.at_source, one.here) for one in outcome.tags] == [("ants", 5, 5), ("bees", 5, 5)]
    assert (outcome.images.at_source, outcome.images.here, outcome.num_new) == (11, 11, 11)


def test_the_listing_is_a_set_that_can_be_trained_on(bring, tmp_path):
    bring()
    data = load(tmp_path / "insects" / "labels.csv", cache_dir=tmp_path / "cache")
    assert [c.id for c in data.classes] == ["ants", "bees"]
    assert len(data.images) == 10


def test_called_again_it_fetches_nothing_twice_and_brings_what_is_new(bring, cloud, tmp_path):
    bring()
    before = cloud.downloads()
    assert bring().num_new == 0
    assert cloud.downloads() == before == 11
    cloud.image(picture(300), next(iter(cloud.tags)))
    outcome = bring()
    assert (outcome.num_new, cloud.downloads()) == (1, 12)
    assert outcome.is_whole
    assert len(rows(tmp_path / "insects")) == 11


def test_a_tag_that_has_changed_at_the_source_changes_here(bring, cloud, tmp_path):
    bring()
    ants, bees = cloud.tags
    name = next(one for one, (_, tags) in cloud.images.items() if tags == (ants,))
    cloud.images[name] = (cloud.images[name][0], (bees,))
    bring()
    assert rows(tmp_path / "insects")[f"images/{name}.png"] == "bees"


def test_several_labels_and_negatives_are_written_as_the_listing_has_them(bring, cloud, tmp_path):
    cloud.kind = "Multilabel"
    ants, bees = cloud.tags
    both, none = (
        cloud.image(picture(300), bees, ants),
        cloud.image(picture(301), cloud.tag("Negative", "Negative")),
    )
    bring()
    found = rows(tmp_path / "insects")
    assert found[f"images/{both}.png"] == "bees|ants"
    assert found[f"images/{none}.png"] == ""
    data = load(tmp_path / "insects" / "labels.csv", cache_dir=tmp_path / "cache")
    assert data.is_multi_label
    assert [c.id for c in data.classes] == ["ants", "bees"]


def test_more_images_than_a_page_holds_all_come(bring, cloud):
    ants = next(iter(cloud.tags))
    for seed in range(1000, 1260):
        cloud.image(picture(seed), ants)
    outcome = bring()
    assert outcome.is_whole
    assert outcome.images.here == 271


# --- what goes wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["/customvision", "/files/"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_is_busy_is_asked_again(bring, cloud, where, status):
    cloud.fails[where] = [status, status]
    assert bring().is_whole


def test_a_file_that_breaks_off_is_fetched_again(bring, cloud):
    cloud.truncates = True
    assert bring().is_whole
    assert cloud.downloads() == 12


def test_an_address_that_has_expired_is_asked_for_anew(bring, cloud):
    cloud.expires = True
    assert bring().is_whole


def test_files_that_only_the_service_can_open_come_through_it(bring, cloud):
    cloud.by_path = True
    assert bring().is_whole
    assert cloud.downloads() == 0


def test_a_file_that_is_gone_is_named_and_the_rest_comes(bring, cloud, tmp_path):
    lost = list(cloud.images)[2]
    cloud.lost.add(lost)
    outcome = bring()
    assert not outcome.is_whole
    assert dict(outcome.missing) == {lost: "HTTP 404"}
    assert [(one.name, one.here) for one in outcome.tags] == [("ants", 4), ("bees", 5)]
    cloud.lost.clear()
    assert bring().is_whole


def test_what_is_no_image_and_what_is_too_large_is_named(bring, cloud, monkeypatch):
    ants = next(iter(cloud.tags))
    text, large = cloud.image(b"hello", ants), cloud.image(picture(300) + bytes(5000), ants)
    monkeypatch.setattr("fudemoji.server.importing.downloading.MOST_BYTES", 4096)
    missing = bring().missing
    assert missing[text] == "is no image in a known format"
    assert missing[large].startswith("is larger than")


def test_an_image_that_the_service_counts_and_does_not_list_is_missed(bring, cloud):
    real = cloud._api

    def counts_more(path, query):
        status, content = real(path, query)
        if path.endswith("/tags"):
            content[0]["imageCount"] += 2
        return status, content

    cloud._api = counts_more
    outcome = bring()
    assert not outcome.is_whole
    assert (outcome.tags[0].at_source, outcome.tags[0].here) == (7, 5)


def test_a_network_that_goes_away_stops_it_and_the_same_call_goes_on(bring, cloud, tmp_path):
    ants = next(iter(cloud.tags))
    for seed in range(1000, 1040):
        cloud.image(picture(seed), ants)

    def progress(done, total):
        cloud.has_network = done < 20

    with pytest.raises(ImportFailed, match="give the same command again"):
        bring(progress=progress)
    cloud.has_network = True
    there = len(list((tmp_path / "insects" / "images").iterdir()))
    assert 20 <= there < 51
    cloud.asked.clear()
    assert bring().is_whole
    assert cloud.downloads() == 51 - there


def test_no_network_at_all_is_told_with_the_host(bring, cloud):
    cloud.has_network = False
    host = cloud.endpoint.removeprefix("http://")
    with pytest.raises(ImportFailed, match=f"no answer from {host} .*, tried 3 times; check the endpoint"):
        bring()


def test_a_record_whose_last_line_was_cut_off_by_a_kill_is_read(bring, cloud, tmp_path):
    bring()
    record = tmp_path / "insects" / "import.jsonl"
    record.write_bytes(record.read_bytes()[:-10])
    (tmp_path / "insects" / "images" / ".x.png.1.part").write_bytes(b"half")
    outcome = bring()
    assert outcome.is_whole
    assert outcome.num_new == 1
    assert len(list((tmp_path / "insects" / "images").iterdir())) == 11


def test_a_file_that_was_deleted_here_comes_again(bring, tmp_path):
    bring()
    next((tmp_path / "insects" / "images").iterdir()).unlink()
    assert bring().num_new == 1


def test_a_full_disk_is_one_line_and_what_came_stays(bring, cloud, tmp_path, monkeypatch):
    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(module, "write_beside", full)
        with pytest.raises(
            ImportFailed, match="insects cannot be written: the disk is full; what has come is kept"
        ):
            bring()
    assert bring().is_whole


# --- what is refused ------------------------------------------------------------------------------------------


def test_a_wrong_key_is_refused_and_not_told(bring):
    with pytest.raises(
        SettingsError, match=r"refuses the key \(HTTP 401\); give the key of the training"
    ) as told:
        bring(key="wrong-key-9876")
    assert "9876" not in str(told.value)


@pytest.mark.parametrize("key", ["a b", "schl\u00fcssel", "a\nb"])
def test_a_key_that_cannot_be_one_is_refused(bring, key):
    with pytest.raises(SettingsError, match="holds characters that no key has"):
        bring(key=key)


def test_the_key_goes_to_the_endpoint_and_to_no_other_host(bring, cloud, tmp_path):
    bring()
    assert all("Training-Key" in headers for _, headers in cloud.headers)
    endpoint, cloud.endpoint = cloud.endpoint, cloud.endpoint.replace("127.0.0.1", "localhost")
    cloud.headers.clear()
    import_into_folder(Source(endpoint, KEY, patience=SOON), tmp_path / "again", project="insects")
    files = [headers for path, headers in cloud.headers if path.startswith("/files/")]
    assert len(files) == 11
    assert not any("Training-Key" in headers for headers in files)


def test_an_unknown_project_gets_the_nearest_name(bring, cloud):
    cloud.others.append({"id": str(uuid.uuid4()), "name": "birds", "settings": {}})
    with pytest.raises(
        SettingsError, match=r"no project 'insect' \(did you mean 'insects'\?\); it has: birds"
    ):
        bring("insect")


def test_a_project_is_found_by_its_id(bring, cloud):
    assert bring(cloud.id.upper()).is_whole


def test_a_project_of_object_detection_is_refused(bring, cloud):
    cloud.domain = DETECTION
    with pytest.raises(SettingsError, match="'insects' is for object detection, its tags belong to regions"):
        bring()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((404, {"message": "nothing"}), "HTTP 404"), ((200, b"<html>hello</html>"), "not in the form"),
     ((302, {}), "HTTP 302"), ((200, [{"name": "insects"}]), "not in the form"), ((200, {}), "not in the form")],
)  # fmt: skip
def test_what_is_no_such_service_is_told(bring, cloud, answer, reason):
    cloud.answer = lambda *_: answer
    with pytest.raises(SettingsError, match=f"is no endpoint of a Custom Vision training service .*{reason}"):
        bring()


def test_an_id_that_leads_out_of_the_folder_is_refused(bring, cloud, tmp_path):
    cloud.images["../../out"] = cloud.images.popitem()[1]
    with pytest.raises(SettingsError, match="not in the form"):
        bring()
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    "endpoint", ["", "ftp://a", "a.cognitiveservices.azure.com", "http://", "http://[", "http://a:b"]
)
def test_what_is_no_url_is_refused(endpoint):
    with pytest.raises(SettingsError, match="is no endpoint; give a URL such as https://NAME"):
        Source(endpoint, KEY)


def test_an_endpoint_with_a_password_is_refused_and_not_told():
    with pytest.raises(SettingsError, match="holds a user or a password") as told:
        Source("https://me:secret@a.b", KEY)
    assert "secret" not in str(told.value)


def test_a_folder_with_other_things_is_refused(bring, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").write_bytes(b"x")
    with pytest.raises(SettingsError, match="photos holds other files already; choose an empty --folder"):
        bring(folder=tmp_path / "photos")


def test_a_folder_of_another_project_is_refused(bring, cloud):
    bring()
    cloud.id = str(uuid.uuid4())
    with pytest.raises(SettingsError, match="holds an import of 'insects' from http"):
        bring()


@pytest.mark.parametrize("content", ["", "[]\n", json.dumps({"endpoint": "a"}) + "\n"])
def test_a_damaged_record_is_told(bring, tmp_path, content):
    bring()
    (tmp_path / "insects" / "import.jsonl").write_text(content)
    with pytest.raises(SettingsError, match=r"import.jsonl is damaged; choose another --folder"):
        bring()


@pytest.mark.parametrize("name", ["a|b", " ants ", "U+304A"])
def test_names_that_a_listing_would_confuse_are_refused(bring, cloud, name):
    cloud.kind = "Multilabel"
    cloud.tag("お")
    cloud.tag(name)
    with pytest.raises(SettingsError, match="cannot be told apart in a listing; rename them at the source"):
        bring()


def test_two_imports_into_one_folder_do_not_meet(bring, cloud, tmp_path):
    def second(done, total):
        with pytest.raises(SettingsError, match=r"another import into .*insects is under way; let it end"):
            bring()

    bring(progress=second)
