"""Images classified, kept and asked for again, through the service's own clients."""

import io
import uuid

import pytest
import requests
from azure.cognitiveservices.vision.customvision.training.models import (
    PredictionQueryTag,
    PredictionQueryToken,
)

from custom_vision import fetched, noise, refused

PUBLISHED = "signs v1"


@pytest.fixture(params=["bytes", "an open file", "BytesIO"])
def sent(request, learnt, tmp_path):
    """A sign in the forms in which programs send it, and its name."""
    name, content = learnt.unseen[1]
    path = tmp_path / "sign.png"
    path.write_bytes(content)
    with path.open("rb") as file:
        yield name, {"bytes": content, "an open file": file, "BytesIO": io.BytesIO(content)}[request.param]


def check(answer, name, learnt):
    assert (answer.project, answer.iteration) == (learnt.id, learnt.iteration_id)
    assert answer.predictions[0].tag_name == name
    assert {one.tag_id: one.tag_name for one in answer.predictions} == {
        tag_id: tag for tag, tag_id in learnt.tag_ids.items()
    }
    shares = [one.probability for one in answer.predictions]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-6)
    assert {one.tag_type for one in answer.predictions} == {"Regular"}


def num_kept(trainer, learnt):
    return len(trainer.query_predictions(learnt.id, PredictionQueryToken(max_count=256)).results)


# --- the prediction service


def test_classify_image__keeps_what_it_was_asked(trainer, predictor, learnt, sent):
    name, image = sent
    answer = predictor.classify_image(learnt.id, PUBLISHED, image, application="a test")
    check(answer, name, learnt)
    kept = trainer.query_predictions(learnt.id, PredictionQueryToken(application="a test")).results[0]
    assert (kept.id, kept.created) == (answer.id, answer.created)
    assert [(one.tag_id, one.probability) for one in kept.predictions] == [
        (one.tag_id, one.probability) for one in answer.predictions
    ]


def test_classify_image_with_no_store__keeps_nothing(trainer, predictor, learnt, sent):
    name, image = sent
    before = num_kept(trainer, learnt)
    answer = predictor.classify_image_with_no_store(learnt.id, PUBLISHED, image, application="a test")
    check(answer, name, learnt)
    assert uuid.UUID(answer.id)
    assert num_kept(trainer, learnt) == before


def test_classify_image_url__keeps_what_it_fetched(trainer, predictor, learnt, website):
    folder, site = website
    name, content = learnt.unseen[2]
    (folder / "sign.png").write_bytes(content)
    answer = predictor.classify_image_url(learnt.id, PUBLISHED, f"{site}/sign.png")
    check(answer, name, learnt)
    kept = trainer.query_predictions(learnt.id, PredictionQueryToken(max_count=1)).results[0]
    assert kept.id == answer.id
    assert fetched(kept.original_image_uri) == content


def test_classify_image_url_with_no_store__keeps_nothing(trainer, predictor, learnt, website):
    folder, site = website
    name, content = learnt.unseen[3]
    (folder / "sign.png").write_bytes(content)
    before = num_kept(trainer, learnt)
    check(predictor.classify_image_url_with_no_store(learnt.id, PUBLISHED, f"{site}/sign.png"), name, learnt)
    assert num_kept(trainer, learnt) == before
    with refused(400, "BadRequestImageUrl"):
        predictor.classify_image_url_with_no_store(learnt.id, PUBLISHED, f"{site}/missing.png")


def test_predictions_are_counted_by_their_route(server, predictor, learnt):
    predictor.classify_image_with_no_store(learnt.id, PUBLISHED, noise(1))
    headers = {"Training-Key": server.training_key}
    told = requests.get(f"{server.endpoint}metrics", headers=headers, timeout=60).text
    assert "/classify/iterations/{published_name}/image/nostore" in told
    assert learnt.id not in told


# --- quick tests


def test_quick_test_image__asks_the_newest_iteration_or_the_one_that_is_named(trainer, learnt, sent):
    name, image = sent
    before = num_kept(trainer, learnt)
    check(
        trainer.quick_test_image(learnt.id, image, iteration_id=learnt.iteration_id, store=False),
        name,
        learnt,
    )
    assert num_kept(trainer, learnt) == before
    check(trainer.quick_test_image(learnt.id, learnt.unseen[1][1]), name, learnt)
    assert num_kept(trainer, learnt) == before + 1
    with refused(404, "NotFoundIteration"):
        trainer.quick_test_image(learnt.id, noise(1), iteration_id=str(uuid.uuid4()))


def test_quick_test_image__needs_a_trained_iteration(trainer, project):
    with refused(404, "NotFoundProjectDefaultIteration"):
        trainer.quick_test_image(project.id, noise(1))


def test_quick_test_image_url__fetches_the_image(trainer, learnt, website):
    folder, site = website
    name, content = learnt.unseen[4]
    (folder / "sign.png").write_bytes(content)
    check(trainer.quick_test_image_url(learnt.id, f"{site}/sign.png", store=False), name, learnt)
    check(trainer.quick_test_image_url(learnt.id, f"{site}/sign.png"), name, learnt)


# --- what was kept


@pytest.fixture
def kept(predictor, learnt):
    """The ids of three predictions, of two programs."""
    return [
        predictor.classify_image(learnt.id, PUBLISHED, content, application=f"program {seed % 2}").id
        for seed, (_, content) in enumerate(learnt.unseen[:3])
    ]


def test_query_predictions__pages_through_them(trainer, learnt, kept):
    first = trainer.query_predictions(learnt.id, PredictionQueryToken(max_count=2, order_by="Newest"))
    assert [one.id for one in first.results] == kept[:0:-1]
    second = trainer.query_predictions(learnt.id, first.token)
    assert second.results[0].id == kept[0]
    found, token = [], PredictionQueryToken(order_by="Oldest", max_count=2)
    while True:
        page = trainer.query_predictions(learnt.id, token)
        found += [one.id for one in page.results]
        token = page.token
        if token.continuation is None:
            break
    assert found[-3:] == kept
    assert len(found) == len(set(found))


def test_query_predictions__finds_by_program_iteration_time_and_probability(trainer, learnt, kept):
    def found(**query):
        return {one.id for one in trainer.query_predictions(learnt.id, PredictionQueryToken(**query)).results}

    times = {
        one.id: one.created
        for one in trainer.query_predictions(learnt.id, PredictionQueryToken(max_count=3)).results
    }
    assert set(kept) & found(application="program 1") == {kept[1]}
    assert set(kept) <= found(iteration_id=learnt.iteration_id)
    assert found(start_time=times[kept[1]]) == set(kept[1:])
    assert kept[2] not in found(end_time=times[kept[1]])
    name = learnt.unseen[0][0]
    sure = PredictionQueryTag(id=learnt.tag_ids[name], min_threshold=0.5, max_threshold=1.0)
    assert kept[0] in found(tags=[sure])
    unlikely = PredictionQueryTag(id=learnt.tag_ids[name], min_threshold=0.0, max_threshold=0.01)
    assert kept[0] not in found(tags=[unlikely])
    assert found(order_by="Suggested")


def test_query_predictions__refuses_a_continuation_that_is_none(trainer, learnt):
    with refused(400, "BadRequestPredictionInvalidQueryParameters"):
        trainer.query_predictions(learnt.id, PredictionQueryToken(continuation="made up"))


def test_delete_prediction__deletes_them(trainer, learnt, kept):
    trainer.delete_prediction(learnt.id, kept[:2])
    left = {one.id for one in trainer.query_predictions(learnt.id, PredictionQueryToken()).results}
    assert left & set(kept) == {kept[2]}
    with refused(404, "NotFoundImage"):
        trainer.delete_prediction(learnt.id, kept[:1])
    with refused(400, "BadRequestPredictionIdsMissing"):
        trainer.delete_prediction(learnt.id, [])
