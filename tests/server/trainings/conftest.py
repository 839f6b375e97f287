"""A store, and trainers for it that leave no process behind."""

import pytest

from builders import glyphs
from fudemoji.server.store import Store
from fudemoji.server.store.tables import Project
from fudemoji.server.trainings import Rules, Trainer, start
from projects import TINY, add_glyphs, add_image, add_labelled_glyphs, add_project, png, wait_until_over


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store")
    yield store
    store.close()


@pytest.fixture
def trainers(store, monkeypatch):
    """Makes started trainers; at the end all they started is stopped."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    made = []

    def make(**values):
        made.append(Trainer(store, **{"grace_seconds": 20.0, **values}))
        made[-1].start()
        return made[-1]

    yield make
    for trainer in made:
        trainer.stop(end_trainings=True)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A store with a trained project of one tag an image, and one of several."""
    store = Store.open(tmp_path_factory.mktemp("performance") / "store")
    rules = Rules(recipe="quick", values={**TINY.values, "epochs": 6, "valid": 0.3})
    with store.session() as session:
        single, several = add_project(session, "one"), add_project(session, "several", kind="multilabel")
        tags = add_glyphs(session, store, single, num=120)
        add_image(session, store, single, b"damaged", tags[:1])  # left out: those behind it move up
        more = glyphs(40, 0, seed=9)
        for image_CHW, label in zip(more.images, more.labels, strict=True):
            add_image(session, store, single, png(image_CHW[0]), [tags[label]])
        add_labelled_glyphs(session, store, several, num=160)
        queued = [start(session, store, project, rules=rules) for project in (single, several)]
    trainer = Trainer(store, at_a_time=2)
    trainer.start()
    done = {iteration.kind: wait_until_over(store, iteration) for iteration in queued}
    trainer.stop(end_trainings=True)
    yield store, done
    store.close()


@pytest.fixture(params=["multiclass", "multilabel"])
def there(trained, request):
    """A transaction about a trained project that comes to nothing, its store, project and iteration."""
    store, done = trained
    iteration = done[request.param]
    with store.session() as session:
        yield session, store, session.get_one(Project, iteration.project_id), iteration
        session.rollback()
