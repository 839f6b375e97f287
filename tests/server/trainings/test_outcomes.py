"""The images behind what became of tags: rightly given, missed, wrongly given."""

import itertools

import pytest
from sqlalchemy import delete, select

from fudemoji.server.store.images import ImageQuery
from fudemoji.server.store.tables import Image, ImageTag
from fudemoji.server.trainings.measured import read_measured
from fudemoji.server.trainings.outcomes import NONE, Outcome, with_outcome
from fudemoji.serving.errors import ApiError
from projects import add_tags


def happened(there, least):
    """Of each image that was held out, the sets of tags that are right, missed and wrong, by hand."""
    session, store, project, iteration = there
    measured, told = read_measured(store, iteration), {}
    for image in session.scalars(select(Image).where(Image.project_id == project.id)):
        if image.sha256 not in measured.place_of:
            continue
        probs = measured.probs(measured.place_of[image.sha256], iteration.tag_ids)
        probs = probs if measured.is_multi_label else probs[:1]
        given = {tag_id for tag_id, prob in probs if prob >= least}
        has = {one.tag_id for one in image.tags if one.tag_id in iteration.tag_ids}
        told[image.id] = (has & given, has - given, given - has)
    return told


@pytest.mark.parametrize("least", [0.3, 0.5, 0.9])
def test_every_cell_has_the_images_that_are_counted_by_hand(there, least):
    expected = happened(there, least)
    tag_ids = there[3].tag_ids
    for tag_id in tag_ids:
        for place, name in enumerate(("rightly", "missed", "wrongly")):
            found = with_outcome(*there, Outcome(**{name: tag_id}, least=least))
            assert set(found) == {one for one, sets in expected.items() if tag_id in sets[place]}
    for truth, given in itertools.product([*tag_ids, NONE], repeat=2):
        if truth == given:
            continue
        found = with_outcome(*there, Outcome(missed=truth, wrongly=given, least=least))
        assert set(found) == {
            one
            for one, (_, missed, wrong) in expected.items()
            if (truth in missed or (truth == NONE and not missed))
            and (given in wrong or (given == NONE and not wrong))
        }


def test_what_was_tagged_anew_moves_to_another_cell_and_the_least_probable_comes_first(there):
    session, _, project, iteration = there
    wrong = {one: sets for one, sets in happened(there, 0.0).items() if sets[0]}
    image_id, (right, _, _) = next(iter(wrong.items()))
    tag_id, (late,) = min(right), add_tags(session, project, "late")
    session.execute(delete(ImageTag).where(ImageTag.image_id == image_id))
    session.add(ImageTag(image_id=image_id, tag_id=late.id))
    session.flush()
    session.expire_all()
    assert image_id not in with_outcome(*there, Outcome(rightly=tag_id, least=0.0))
    assert image_id in with_outcome(*there, Outcome(wrongly=tag_id, least=0.0))
    assert image_id not in with_outcome(*there, Outcome(missed=NONE, wrongly=tag_id, least=0.0))
    only = ImageQuery(tag_ids=[late.id])
    assert set(with_outcome(*there, Outcome(wrongly=tag_id, least=0.0), query=only)) == {image_id}
    if iteration.kind == "multiclass":
        assert next(iter(with_outcome(*there, Outcome(wrongly=tag_id)))) == image_id


def test_a_tag_that_came_later_is_unknown_to_the_iteration(there):
    session, _, project, _ = there
    (late,) = add_tags(session, project, "late")
    for name in ("rightly", "missed", "wrongly"):
        with pytest.raises(ApiError, match="does not know this tag"):
            with_outcome(*there, Outcome(**{name: late.id}))
