"""Searches for a learning rate, each in a process of its own."""

import json

import pytest

from fudemoji.server.store import projects
from fudemoji.server.store.tables import Project
from fudemoji.server.trainings import Rules, foresee, start
from fudemoji.server.trainings.rates import Tried, read_tried
from fudemoji.serving.errors import ApiError
from projects import LONG, TINY, add_glyphs, add_project, reread, wait_for


@pytest.fixture
def project(store):
    with store.session() as session:
        project = add_project(session)
        add_glyphs(session, store, project, num=80)
    return project


def prospect(store, project, rules=TINY):
    with store.session() as session:
        return foresee(session, session.get_one(Project, project.id), rules=rules)


def wait_until(finder, project, status):
    return wait_for(lambda: (found := finder.last(project.id)) and found.status == status and found)


def test_a_search_ends_with_a_curve_and_a_rate(store, trainers, project):
    trainer = trainers()
    asked = trainer.finder.ask(project.id, prospect(store, project))
    assert "lr" not in asked.settings
    assert asked.fits(prospect(store, project))
    assert not asked.fits(
        prospect(store, project, Rules(recipe="quick", values={**TINY.values, "model": "cnn"}))
    )
    trainer.wake()
    done = wait_until(trainer.finder, project, "done")
    curve = trainer.finder.curve(done)
    assert len(curve.rates) == len(curve.losses) == len(curve.raw_losses) > 30
    assert curve.rates[0] < curve.recommended < curve.rates[-1]
    assert curve.verdict in ("clear", "noisy")
    tried = trainer.finder.tried(done)
    assert 0.3 < tried.share <= 1
    assert 1 <= tried.number <= 3

    again = trainer.finder.ask(project.id, prospect(store, project))
    assert [path.name for path in (store.folder / "finders" / project.id).iterdir()] == [again.id]
    trainer.finder.cancel(project.id)
    assert trainer.finder.last(project.id).status == "cancelled"
    trainer.stop()
    other = trainers()
    assert other.finder.last(project.id).status == "cancelled"


def test_a_search_has_the_place_of_a_training_and_is_ended_when_it_is_cancelled(store, trainers, project):
    trainer = trainers()
    trainer.finder.ask(
        project.id, prospect(store, project, Rules(recipe="quick", values={"model": "resnet50"}))
    )
    trainer.wake()
    finding = wait_until(trainer.finder, project, "finding")
    with store.session() as session:
        waiting = start(session, store, session.get_one(Project, project.id), rules=LONG)
    trainer.wake()
    wait_for((store.folder / "finders" / project.id / finding.id / "finder.pid").exists)
    assert reread(store, waiting).status == "queued"
    trainer.finder.cancel(project.id)
    trainer.wake()
    wait_for(lambda: reread(store, waiting).status == "training")


def test_a_search_that_fails_says_why(store, trainers, project):
    trainer = trainers()
    rules = Rules(recipe="quick", values={**TINY.values, "model": "cnn", "size": 8, "batch_size": 4})
    asked = trainer.finder.ask(project.id, prospect(store, project, rules))
    listing = store.folder / "finders" / project.id / asked.id / "set.csv"
    listing.write_text(listing.read_text().replace(",train", ",everything"))
    trainer.wake()
    failed = wait_until(trainer.finder, project, "failed")
    assert failed.note
    assert str(store.folder) not in failed.note
    assert trainer.finder.curve(failed) is None
    kept = json.loads((store.folder / "finders" / project.id / asked.id / "finding.json").read_text())
    assert kept["status"] == "failed"


def test_a_project_without_enough_images_has_nothing_to_look_for_a_rate_with(store, trainers):
    with store.session() as session:
        project = add_project(session, "empty")
    with pytest.raises(ApiError, match="not enough images for training: 0 tags have images"):
        trainers().finder.ask(project.id, prospect(store, project))


def test_the_search_of_a_deleted_project_leaves_nothing(store, trainers, project):
    trainer = trainers()
    trainer.finder.ask(project.id, prospect(store, project))
    with store.session() as session:
        projects.delete(session, session.get_one(Project, project.id))
    trainer.wake()
    wait_for(lambda: not (store.folder / "finders" / project.id).exists())
    trainer.finder.cancel(project.id)
    assert trainer.finder.last(project.id) is None


def test_how_far_a_search_is_is_read_from_the_last_whole_line(tmp_path):
    assert read_tried(tmp_path) is None
    steps = [{"step": step, "total": 100, "lr": 1e-7, "loss": 1.5} for step in range(1, 153)]
    lines = [json.dumps(one) + "\n" for one in steps]
    for content, expected in [
        ("", None),
        (lines[0][:-1], None),
        ("nonsense\n", None),
        ("".join(lines[:1]), Tried(0.01, 1)),
        ("".join(lines[:100]) + lines[100][:5], Tried(1.0, 1)),
        ("".join(lines), Tried(0.52, 2)),
    ]:
        (tmp_path / "tried.jsonl").write_text(content)
        assert read_tried(tmp_path) == expected
