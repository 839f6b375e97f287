"""Images by what an iteration learned from them, and by what it takes them for."""

import numpy as np
import pytest
from sqlalchemy import delete, select

from fudemoji.server.store import images, suggestions
from fudemoji.server.store.tables import Image, ImageTag, Iteration, Project, Tag
from fudemoji.server.trainings.judging import answers, in_split, judged
from fudemoji.server.trainings.measured import read_measured
from fudemoji.serving.errors import ApiError
from projects import add_image, add_tags, png


def ids_of(session, project, condition):
    return set(session.scalars(select(Image.id).where(Image.project_id == project.id, condition)))


def tags_now(session, image_id, iteration):
    found = session.scalars(select(ImageTag.tag_id).where(ImageTag.image_id == image_id))
    return {one for one in found if one in iteration.tag_ids}


def taken_for(measured, iteration, sha256):
    probs = measured.probs(measured.place_of[sha256], iteration.tag_ids)
    return {tag_id for tag_id, prob in probs if prob >= 0.5} if measured.is_multi_label else {probs[0][0]}


def unlike_all(session, store, project, tags=()):
    return add_image(session, store, project, png(np.full((12, 12), 7, dtype=np.uint8)), tags)


def test_every_image_was_learned_from_held_out_or_neither(there):
    session, store, project, iteration = there
    later = unlike_all(session, store, project)
    parts = [
        ids_of(session, project, in_split(session, store, iteration, one))
        for one in ("train", "valid", "outside")
    ]
    assert sum(map(len, parts)) == images.count(session, project)
    assert len(parts[0] | parts[1] | parts[2]) == sum(map(len, parts))
    assert len(parts[1]) == len(read_measured(store, iteration).place_of)
    assert later.id in parts[2]


def test_wrong_is_what_is_taken_for_something_else_than_its_tags_now(there):
    session, store, project, iteration = there
    measured = read_measured(store, iteration)
    held_out = images.identities(
        session, project, images.ImageQuery(where=[in_split(session, store, iteration, "valid")])
    )
    expected = {
        image_id
        for image_id, sha256 in held_out.items()
        if taken_for(measured, iteration, sha256) != tags_now(session, image_id, iteration)
    }
    found = judged(session, store, project, iteration, verdict="wrong")
    assert set(found) == expected

    right = next(one for one in held_out if one not in expected and tags_now(session, one, iteration))
    (new,) = add_tags(session, project, "a tag that came later")
    session.execute(delete(ImageTag).where(ImageTag.image_id == right))
    assert right not in judged(session, store, project, iteration, verdict="wrong")
    session.add(ImageTag(image_id=right, tag_id=new.id))
    session.flush()
    assert right in judged(session, store, project, iteration, verdict="wrong")
    assert judged(
        session, store, project, iteration, verdict="wrong", query=images.ImageQuery(tag_ids=[new.id])
    ) == {right: held_out[right]}
    if not measured.is_multi_label:
        first, *_ = judged(session, store, project, iteration, verdict="wrong")
        assert first == right  # the least probable


def test_uncertain_is_what_no_tag_is_probable_enough_for_the_most_uncertain_first(there):
    session, store, project, iteration = there
    untagged, certain = (
        add_image(session, store, project, png(np.full((12, 12), shade, dtype=np.uint8)), [])
        for shade in (7, 9)
    )
    even = [(one, 1 / len(iteration.tag_ids)) for one in iteration.tag_ids]
    if iteration.kind == "multilabel":
        even = [(one, 0.5) for one in iteration.tag_ids]
    sure = [(one, float(place == 0)) for place, one in enumerate(iteration.tag_ids)]
    suggestions.keep(session, iteration, {untagged.id: even, certain.id: sure})

    def found(**how):
        return list(judged(session, store, project, iteration, verdict="uncertain", **how))

    held_out = images.identities(
        session, project, images.ImageQuery(where=[in_split(session, store, iteration, "valid")])
    )
    measured = read_measured(store, iteration)
    probs = {one: measured.probs_NK[measured.place_of[sha256]] for one, sha256 in held_out.items()}
    for threshold in (0.6, 0.95):
        if measured.is_multi_label:
            expected = {
                one for one, p_K in probs.items() if ((p_K > 1 - threshold) & (p_K < threshold)).any()
            }
        else:
            expected = {one for one, p_K in probs.items() if p_K.max() < threshold}
        assert set(found(sure=threshold)) == expected | {untagged.id}
    assert found()[0] == untagged.id  # nothing is more uncertain
    assert found(query=images.ImageQuery(tagged=False)) == [untagged.id]
    assert untagged.id not in found(query=images.ImageQuery(tagged=True))


def test_what_is_known_of_images_is_what_was_measured_and_what_is_suggested(there):
    session, store, project, iteration = there
    untagged = unlike_all(session, store, project)
    suggestions.keep(
        session, iteration, {untagged.id: [(iteration.tag_ids[1], 0.75), (iteration.tag_ids[0], 0.25)]}
    )
    every = images.select(session, project, take=1000)
    told = answers(session, store, iteration, {one.id: one.sha256 for one in every}, most=2)
    measured = read_measured(store, iteration)
    assert set(told) == {one.id for one in every if one.sha256 in measured.place_of} | {untagged.id}
    assert [tuple(one) for one in told[untagged.id]] == [
        (iteration.tag_ids[1], 0.75),
        (iteration.tag_ids[0], 0.25),
    ]
    assert {len(probs) for probs in told.values()} == {2}


def test_a_negative_tag_says_that_there_is_none_of_the_others(trained):
    store, done = trained
    iteration = done["multilabel"]
    with store.session() as session:
        project = session.get_one(Project, iteration.project_id)
        negative = session.scalars(
            select(Tag.id).where(Tag.project_id == project.id, Tag.kind == "negative")
        ).one()
        wrong = judged(
            session, store, project, iteration, verdict="wrong", query=images.ImageQuery(tag_ids=[negative])
        )
        measured = read_measured(store, iteration)
        held_out = in_split(session, store, iteration, "valid")
        rows = images.identities(session, project, images.ImageQuery(tag_ids=[negative], where=[held_out]))
    assert rows
    assert set(wrong) == {one for one, sha256 in rows.items() if taken_for(measured, iteration, sha256)}


def test_what_cannot_be_judged_says_why(trained):
    store, done = trained
    with store.session(reads_only=True) as session:
        project = session.get_one(Project, done["multiclass"].project_id)
        waiting = Iteration(id="x", name="Iteration 9", status="queued")
        with pytest.raises(ApiError, match="Iteration 9 is queued, not completed"):
            in_split(session, store, waiting, "train")
        with pytest.raises(ApiError, match="Iteration 9 is queued, not completed"):
            judged(session, store, project, waiting, verdict="wrong")
        gone = Iteration(id="y", name="Iteration 9", status="completed")
        with pytest.raises(ApiError, match="which images Iteration 9 learned from is not known any more"):
            in_split(session, store, gone, "valid")
