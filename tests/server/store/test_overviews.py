"""Projects beside each other."""

from fudemoji.server.store import images, iterations
from fudemoji.server.store.overviews import overviews, sample
from stores import entries, new_project, trained


def test_projects_are_told_with_their_counts_the_newest_first(store):
    first, [ants, _bees] = new_project(store, "first", tag_names=("ants", "bees"))
    second, _ = new_project(store, "second")
    images.upload(store, first.id, entries(3, tag_ids=[ants.id]))
    with store.session() as session:
        trained(session, first)
        last = trained(session, first)
        waits = iterations.create(session, first, recipe="quick")
    with store.session(reads_only=True) as session:
        empty, full = overviews(session)
    assert (empty.project.id, empty.num_images, empty.trained, empty.busy) == (second.id, 0, None, None)
    assert (full.num_images, full.num_tags, full.num_iterations) == (3, 2, 3)
    assert (full.trained.id, full.busy.id) == (last.id, waits.id)


def test_a_sample_shows_as_many_tags_as_it_can(store):
    project, tags = new_project(store, tag_names=("ants", "bees", "wasps"))
    for place, tag in enumerate(tags[:2]):
        images.upload(store, project.id, entries(10, tag_ids=[tag.id], start=10 * place))
    with store.session(reads_only=True) as session:
        shown = images.find_all(session, project, sample(session, project, num=6))
    assert {one.tags[0].tag_id for one in shown} == {tags[0].id, tags[1].id}
    other, _ = new_project(store, "without tags")
    images.upload(store, other.id, entries(10))
    with store.session(reads_only=True) as session:
        assert len(sample(session, other, num=6)) == 6
