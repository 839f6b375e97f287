"""Images over the API."""

import base64
import errno
import io
import os

import pytest
from PIL import Image

from servers import form, noise


def test_images_are_uploaded_as_a_form_as_bytes_and_as_base64(client, project):
    contents = [noise(seed) for seed in range(4)]
    told = [
        client.post(f"{project}/images", files=form(contents[:2])),
        client.post(f"{project}/images", content=contents[2], headers={"Content-Type": "application/octet-stream"}),
        client.post(f"{project}/images", json={"images": [base64.b64encode(contents[3]).decode()]}),
    ]  # fmt: skip
    assert [answer.status_code for answer in told] == [201, 201, 201]
    images = [one["image"] for answer in told for one in answer.json()["images"]]
    assert [client.get(f"{project}/images/{image['id']}/file").content for image in images] == contents
    assert (images[0]["name"], images[0]["format"], images[0]["width"], images[0]["height"]) == (
        "0.png",
        "PNG",
        12,
        12,
    )


def test_what_is_no_image_is_refused_beside_those_that_are(client, project):
    answer = client.post(f"{project}/images", files=form([noise(1), b"GIF89a and no more", noise(1)]))
    assert answer.status_code == 207
    assert [one["status"] for one in answer.json()["images"]] == ["OK", "ErrorImageFormat", "OKDuplicate"]
    assert client.get(f"{project}/images").json()["total"] == 1


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"", "application/octet-stream", 400, "BadRequestImageStream"),
        (b"x" * (4 * 2**20 + 1), "application/octet-stream", 413, "BadRequestImageSizeBytes"),
        (b"x", "text/plain", 415, "UnsupportedMediaType"),
        (b"x", "multipart/form-data", 400, "BadRequestImageStream"),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400, "BadRequestImageStream"),
        (b"{}", "application/json", 400, "BadRequest"),
    ],
)
def test_a_body_that_cannot_be_read_is_told(client, project, content, kind, status, code):
    answer = client.post(f"{project}/images", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_more_images_than_a_request_may_hold_are_refused(client, project):
    answer = client.post(f"{project}/images", files=form([noise(1)] * 65))
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestExceededBatchSize")


def test_images_are_listed_by_their_tags_a_page_at_a_time(client, project, tag, upload):
    bar, post = tag("bar"), tag("post")
    tagged = upload(noise(1), noise(2), tag_ids=[bar]) + upload(noise(3), tag_ids=[post])
    plain = upload(noise(4))

    def listed(**asked):
        page = client.get(f"{project}/images", params=asked).json()
        return [image["id"] for image in page["images"]], page["total"]

    assert listed() == ([*plain, *reversed(tagged)], 4)
    assert listed(newest_first=False, take=2, skip=1) == (tagged[1:3], 4)
    assert listed(tagged=True, newest_first=False) == (tagged, 3)
    assert listed(tag_ids=[post]) == (tagged[2:], 1)
    assert listed(tag_ids=[bar, post], take=0) == ([], 3)
    assert listed(image_ids=[*plain, tagged[0].upper(), "gone"]) == ([*plain, tagged[0]], 2)
    every = client.get(f"{project}/images/ids").json()
    assert every == {"ids": [*plain, *reversed(tagged)], "notes": {}}
    some = client.get(f"{project}/images/ids", params={"tagged": True, "newest_first": False}).json()
    assert some["ids"] == tagged


def test_images_are_tagged_and_untagged_many_at_a_time(client, project, tag, upload):
    bar, post, images = tag("bar"), tag("post"), upload(noise(1), noise(2))
    told = client.post(f"{project}/images/tags", json={"image_ids": images, "tag_ids": [bar]}).json()
    assert told["created"] == [[image, bar] for image in images]
    told = client.post(f"{project}/images/tags", json={"image_ids": images[:1], "tag_ids": [post]}).json()
    assert told["exceeded"] == [[images[0], post]]
    wish = {"image_ids": images[:1], "tag_ids": [post], "replace": True}
    assert client.post(f"{project}/images/tags", json=wish).json()["created"] == [[images[0], post]]
    assert [one["name"] for one in client.get(f"{project}/images/{images[0]}").json()["tags"]] == ["post"]
    asked = {"image_ids": images, "tag_ids": [bar, post]}
    assert client.delete(f"{project}/images/tags", params=asked).status_code == 204
    assert client.get(f"{project}/images", params={"tagged": True}).json()["total"] == 0


def test_deleted_images_are_gone(client, project, upload):
    first, second = upload(noise(1), noise(2))
    assert client.delete(f"{project}/images", params={"image_ids": [first]}).status_code == 204
    assert client.get(f"{project}/images/{first}").json()["code"] == "NotFoundImage"
    assert client.get(f"{project}/images/{second}").status_code == 200


def test_an_image_is_shown_as_it_was_sent_and_small(client, project, upload):
    (image,) = upload(noise(1, side=300))
    file = client.get(f"{project}/images/{image}/file")
    assert file.headers["content-type"] == "image/png"
    assert file.headers["x-content-type-options"] == "nosniff"
    small = client.get(f"{project}/images/{image}/thumbnail", params={"size": 128})
    assert Image.open(io.BytesIO(small.content)).size == (128, 128)
    assert small.headers["content-type"] == "image/jpeg"


def test_images_of_another_project_are_not_found(client, project, upload):
    (image,) = upload(noise(1))
    other = client.post("/api/v1/projects", json={"name": "another"}).json()["id"]
    assert client.get(f"/api/v1/projects/{other}/images/{image}").json()["code"] == "NotFoundImage"
    asked = {"image_ids": [image]}
    assert client.delete(f"/api/v1/projects/{other}/images", params=asked).json()["code"] == "NotFoundImage"
    assert client.get(f"{project}/images/{image}").status_code == 200


def test_a_full_disk_is_told_and_keeps_nothing(client, project, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = client.post(f"{project}/images", files=form([noise(50)]))
    assert answer.status_code == 207
    (told,) = answer.json()["images"]
    assert (told["status"], told["image"]) == ("ErrorStorage", None)
    assert "the disk is full" in told["message"]
    assert client.get(f"{project}/images").json()["total"] == 0
    assert client.post(f"{project}/images", files=form([noise(50)])).status_code == 201


def test_all_ids_come_at_once_and_details_and_small_versions_of_some(client, project, tag, upload):
    bar = tag("bar")
    tagged, plain = upload(noise(1), noise(2), tag_ids=[bar]), upload(noise(3))
    assert client.get(f"{project}/images/ids").json()["ids"] == [*plain, *reversed(tagged)]
    assert client.get(f"{project}/images/ids", params={"tagged": False}).json()["ids"] == plain
    asked = {"image_ids": [tagged[0], plain[0], "none"]}
    page = client.get(f"{project}/images", params=asked).json()
    assert ([image["id"] for image in page["images"]], page["total"]) == ([plain[0], tagged[0]], 2)
    told = client.get(f"{project}/images/thumbnails", params={**asked, "size": 64}).json()["thumbnails"]
    assert [one["id"] for one in told] == [tagged[0], plain[0]]
    head, _, content = told[0]["url"].partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (12, 12)
