"""Which iteration answers under which name."""

import pytest

from fudemoji.server.store import iterations, publications
from fudemoji.serving.errors import ApiError
from stores import new_project, trained

NAME = "my model/1 🖌"


@pytest.fixture
def three(store, project):
    with store.session() as session:
        return [trained(session, project) for _ in range(3)]


def answers(store, project, name=NAME):
    with store.session(reads_only=True) as session:
        return publications.named(session, project, name).number


def publish(store, project, iteration, name=NAME, **how):
    with store.session() as session:
        return publications.publish(session, project, session.merge(iteration), name=name, **how)


def roll_back(store, project):
    with store.session() as session:
        publications.roll_back(session, project, name=NAME)
    return answers(store, project)


def test_an_iteration_answers_under_its_name_until_it_is_unpublished(store, project, three):
    publication = publish(store, project, three[1], resource="/subscriptions/x")
    assert (publication.name, publication.resource) == (NAME, "/subscriptions/x")
    assert answers(store, project) == 2
    with store.session(reads_only=True) as session:
        assert publications.current(session, three[1]).id == publication.id
        assert list(publications.every(session, project)) == [three[1].id]
    with store.session() as session:
        publications.unpublish(session, project, three[1])
    with store.session(reads_only=True) as session:
        assert publications.current(session, three[1]) is None
        assert publications.every(session, project) == {}
    with pytest.raises(ApiError, match="no iteration of the project is published under this name") as caught:
        answers(store, project)
    assert (caught.value.status, caught.value.code) == (404, "ErrorPredictionModelNotFound")


@pytest.mark.parametrize("name", ["other", "", "\0", "\ud800", "x" * 999])
def test_a_name_that_nothing_answers_under_is_told(store, project, three, name):
    publish(store, project, three[0])
    with pytest.raises(ApiError, match="published under this name"):
        answers(store, project, name)
    with store.session(reads_only=True) as session:
        assert publications.history(session, project, name=name) == []
    with (
        pytest.raises(ApiError, match="no iteration is published under this name") as caught,
        store.session() as session,
    ):
        publications.roll_back(session, project, name=name)
    assert caught.value.code == "BadRequestIterationNotPublished"


def test_a_name_is_of_one_project(store, project, three):
    publish(store, project, three[0])
    other = new_project(store, "other")[0]
    with store.session() as session:
        foreign = trained(session, other)
    publish(store, other, foreign)
    assert answers(store, project) == answers(store, other) == 1


def test_a_name_that_is_taken_is_given_away_only_when_told_to(store, project, three):
    publish(store, project, three[0])
    with pytest.raises(ApiError, match="another iteration is published as 'my model/1") as caught:
        publish(store, project, three[1])
    assert (caught.value.status, caught.value.code) == (400, "BadRequestInvalidPublishName")
    publish(store, project, three[1], overwrite=True)
    assert answers(store, project) == 2


def test_an_iteration_has_one_name_at_a_time(store, project, three):
    first = publish(store, project, three[0])
    assert publish(store, project, three[0]).id == first.id
    with pytest.raises(ApiError, match="Iteration 1 is published as 'my model/1") as caught:
        publish(store, project, three[0], name="other")
    assert caught.value.code == "BadRequestIterationIsPublished"


@pytest.mark.parametrize("name", ["", " ", "x" * 256])
def test_a_name_that_cannot_be_is_refused(store, project, three, name):
    with pytest.raises(ApiError, match="the name of the publication") as caught:
        publish(store, project, three[0], name=name)
    assert caught.value.code == "BadRequestInvalidPublishName"


def test_what_is_not_trained_is_not_published(store, project):
    with store.session() as session:
        waiting = iterations.create(session, project, recipe="quick")
    with pytest.raises(ApiError, match="Iteration 1 is queued, not completed") as caught:
        publish(store, project, waiting)
    assert caught.value.code == "BadRequestIterationIsNotTrained"


def test_what_was_deleted_meanwhile_is_not_published(store, project, three):
    with store.session() as session:
        iterations.delete(session, project, iterations.find(session, project, three[0].id))
    with pytest.raises(ApiError, match="the iteration has been deleted"), store.session() as session:
        publications.publish(session, project, three[0], name=NAME)


def test_what_is_not_published_cannot_be_unpublished(store, project, three):
    with pytest.raises(ApiError, match="Iteration 1 is not published") as caught, store.session() as session:
        publications.unpublish(session, project, three[0])
    assert caught.value.code == "BadRequestIterationNotPublished"


def test_rolling_back_goes_back_one_by_one(store, project, three):
    for one in three:
        publish(store, project, one, overwrite=True)
    assert [answers(store, project), roll_back(store, project), roll_back(store, project)] == [3, 2, 1]
    with pytest.raises(ApiError, match="no other iteration was published under this name before"):
        roll_back(store, project)
    assert answers(store, project) == 1
    with store.session(reads_only=True) as session:
        told = publications.history(session, project, name=NAME)
    ids = [one.id for one in three]
    assert [ids.index(one.iteration_id) + 1 for one in told] == [1, 2, 3, 2, 1]
    assert [one.withdrawn_at is None for one in told] == [True, False, False, False, False]


def test_what_is_published_after_rolling_back_is_rolled_back_to_where_it_was(store, project, three):
    for one in three:
        publish(store, project, one, overwrite=True)
    assert roll_back(store, project) == 2
    publish(store, project, three[2], overwrite=True)
    assert [roll_back(store, project), roll_back(store, project)] == [2, 1]


def test_the_iteration_that_answered_before_is_found_after_a_return(store, project, three):
    for number in (0, 1, 0):
        publish(store, project, three[number], overwrite=True)
    assert roll_back(store, project) == 2


def test_rolling_back_passes_over_what_was_deleted_or_answers_elsewhere(store, project, three):
    with store.session() as session:
        fourth = trained(session, project)
    for one in (*three, fourth):
        publish(store, project, one, overwrite=True)
    with store.session() as session:
        iterations.delete(session, project, iterations.find(session, project, three[2].id))
    publish(store, project, three[1], name="elsewhere")
    assert roll_back(store, project) == 1
    assert answers(store, project, "elsewhere") == 2


def test_what_a_roll_back_leads_to_is_known_before_it_is_done(store, project, three):
    def known():
        with store.session(reads_only=True) as session:
            found = publications.before(session, project, name=NAME)
            return found and found.iteration_id

    assert known() is None
    for iteration in three:
        publish(store, project, iteration, overwrite=True)
    for expected in (three[1].id, three[0].id):
        assert known() == expected
        roll_back(store, project)
    assert known() is None
    with store.session(reads_only=True) as session:
        assert len(publications.history(session, project)) == 5
