"""Images are found, selected, counted and listed."""

import pytest
from sqlalchemy import event, insert

from fudemoji.server.store import images, projects, tags
from fudemoji.server.store.ids import new_id
from fudemoji.server.store.many import one_of
from fudemoji.server.store.tables import Image, ImageTag
from fudemoji.serving.errors import ApiError
from stores import entries, new_project, picture


@pytest.fixture
def mixed(store):
    """Five images: t, t + u, u, none, none."""
    project, [first, second] = new_project(store, kind="multilabel", tag_names=["t", "u"])
    ids = []
    for start, wanted in enumerate([[first.id], [first.id, second.id], [second.id], [], []]):
        [added] = images.upload(store, project.id, entries(1, tag_ids=wanted, start=start))
        ids.append(added.image.id)
    return project, first.id, second.id, ids


def numbers(store, project, ids, **how):
    """Which images `select` gives, by their places in `ids`; `count` is to say their number."""
    with store.session(reads_only=True) as session:
        page = {name: how.pop(name) for name in ("take", "skip") if name in how}
        query = images.ImageQuery(**how)
        found = [ids.index(one.id) for one in images.select(session, project, query, **page)]
        return found, images.count(session, project, query)


def test_images_are_selected_by_their_tags(store, mixed):
    project, first, second, ids = mixed
    assert numbers(store, project, ids) == ([4, 3, 2, 1, 0], 5)
    assert numbers(store, project, ids, newest_first=False) == ([0, 1, 2, 3, 4], 5)
    assert numbers(store, project, ids, tagged=True) == ([2, 1, 0], 3)
    assert numbers(store, project, ids, tagged=False) == ([4, 3], 2)
    assert numbers(store, project, ids, tag_ids=[first]) == ([1, 0], 2)
    assert numbers(store, project, ids, tag_ids=[first, second.upper()]) == ([2, 1, 0], 3)
    assert numbers(store, project, ids, tag_ids=[first, second, first], match="all") == ([1], 1)
    assert numbers(store, project, ids, tag_ids=[first], tagged=False) == ([], 0)
    assert numbers(store, project, ids, tag_ids=["nonsense"]) == ([], 0)


def test_pages_follow_one_another(store, mixed):
    project, _, _, ids = mixed
    assert numbers(store, project, ids, take=2) == ([4, 3], 5)
    assert numbers(store, project, ids, take=2, skip=2) == ([2, 1], 5)
    assert numbers(store, project, ids, take=2, skip=4) == ([0], 5)
    assert numbers(store, project, ids, take=2, skip=9) == ([], 5)
    assert numbers(store, project, ids, take=0) == ([], 5)


def test_all_that_match_are_told_by_their_files(store, mixed):
    project, first, _, ids = mixed
    with store.session(reads_only=True) as session:
        found = images.identities(session, project, images.ImageQuery(tag_ids=[first], newest_first=False))
        assert list(found) == ids[:2]
        assert found[ids[0]] == images.find(session, project, ids[0]).sha256
        some = [found[ids[1]], "nothing"]
        assert numbers(store, project, ids, where=[one_of(session, Image.sha256, some)]) == ([1], 1)
        many = [f"{number:064x}" for number in range(100_000)]
        assert numbers(store, project, ids, where=[one_of(session, Image.sha256, many)]) == ([], 0)


def test_metadata_can_be_a_condition(store, project):
    sent = [images.Entry(picture(number), about={"page": str(number % 2)}) for number in range(4)]
    ids = [one.image.id for one in images.upload(store, project.id, sent)]
    where = [Image.about["page"].as_string() == "1"]
    assert numbers(store, project, ids, where=where) == ([3, 1], 2)


def test_images_are_found_in_the_order_of_their_ids(store, mixed):
    project, _, _, ids = mixed
    wanted = [ids[3], ids[1].upper(), ids[4]]
    with store.session(reads_only=True) as session:
        found = images.find_all(session, project, wanted)
    assert [one.id for one in found] == [ids[3], ids[1], ids[4]]
    assert [one.tag.name for one in found[1].tags] == ["t", "u"]


def test_an_image_of_another_project_is_not_found(store, mixed):
    other = new_project(store, "other")[0]
    for wanted in (mixed[3][0], "x", "\ud800"):
        with (
            pytest.raises(ApiError, match="the project has no such image") as caught,
            store.session(reads_only=True) as session,
        ):
            images.find(session, other, wanted)
        assert (caught.value.status, caught.value.code) == (404, "NotFoundImage")


def test_a_training_gets_every_tagged_image_with_all_its_tags(store, mixed):
    project, first, second, ids = mixed
    with store.session(reads_only=True) as session:
        listed = list(images.listing(session, project))
    assert [one.image_id for one in listed] == ids[:3]
    assert [one.tag_ids for one in listed] == [(first,), tuple(sorted([first, second])), (second,)]
    assert [one.name for one in listed] == ["0.png", "1.png", "2.png"]
    assert all(store.blobs.path(one.sha256).exists() for one in listed)


def test_the_fingerprint_follows_what_a_training_learns_from(store, mixed):
    project, first, second, ids = mixed

    def fingerprint():
        with store.session(reads_only=True) as session:
            return images.fingerprint(session, projects.find(session, project.id))

    def changed(change):
        before = fingerprint()
        with store.session() as session:
            change(session, projects.find(session, project.id))
        return fingerprint() != before

    assert fingerprint() == fingerprint()
    assert not changed(lambda s, p: tags.update(s, p, tags.find(s, p, first), name="other"))
    assert not changed(lambda s, p: projects.update(s, p, name="other"))
    assert not changed(lambda s, p: images.delete(s, p, [ids[4]]))
    assert changed(lambda s, p: images.tag(s, p, [(ids[3], first)]))
    assert changed(lambda s, p: images.untag(s, p, [ids[1]], [second]))
    assert changed(lambda s, p: images.delete(s, p, [ids[0]]))
    assert changed(lambda s, p: projects.update(s, p, kind="multiclass"))
    assert changed(lambda s, p: tags.create(s, p, name="new"))
    before = fingerprint()
    images.upload(store, project.id, entries(1, start=9))
    assert fingerprint() == before
    images.upload(store, project.id, entries(1, start=9, tag_ids=[first]))
    assert fingerprint() != before


def test_a_fingerprint_does_not_depend_on_the_order_in_which_images_came(store, mixed):
    project, first, _, _ids = mixed
    before = None
    for _ in range(2):
        with store.session() as session:
            images.delete_all(session, project)
        for start in (1, 2) if before is None else (2, 1):
            images.upload(store, project.id, entries(1, start=start, tag_ids=[first]))
        with store.session(reads_only=True) as session:
            now = images.fingerprint(session, project)
        assert before in (None, now)
        before = now


def test_ten_thousand_images_are_listed_in_pages_with_two_questions_each(store, project):
    with store.session() as session:
        tag = tags.create(session, project, name="t")
        ids = [new_id() for _ in range(10_000)]
        about = {"project_id": project.id, "format": "PNG", "width": 1, "height": 1}
        session.execute(insert(Image), [{**about, "id": one, "sha256": one} for one in ids])
        session.execute(insert(ImageTag), [{"image_id": one, "tag_id": tag.id} for one in ids])
    asked, found, tagged = [], [], images.ImageQuery(tagged=True)
    with store.session(reads_only=True) as session:
        engine = session.get_bind().engine
        event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        while page := images.select(session, project, tagged, take=256, skip=len(found)):
            found += [one.id for one in page]
            assert all(one.tags[0].tag.name == "t" for one in page)
    assert found == ids[::-1]
    assert len([one for one in asked if "SELECT" in one]) == 2 * 40 + 1
