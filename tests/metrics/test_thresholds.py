import numpy as np
import pytest

from fudemoji.errors import DataError
from fudemoji.metrics import cut_at, for_precision, for_recall


def claims(*, seed, num=60, levels=12):
    """Scores with many ties, and hits that go with them."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(1, levels, num) / levels
    return scores, rng.uniform(size=num) < scores


def every_cut(scores, hits, num_to_find):
    """All that thresholds can keep, by trying one below each score."""
    return [cut_at(score - 1e-6, scores, hits, num_to_find=num_to_find) for score in np.unique(scores)]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("wanted", [0.5, 0.8, 0.95, 1.0])
def test_no_other_threshold_with_the_precision_finds_more(seed, wanted):
    scores, hits = claims(seed=seed)
    cut = for_precision(wanted, scores, hits, num_to_find=40)
    tried = every_cut(scores, hits, 40)
    enough = [one for one in tried if one.precision >= wanted]
    assert cut.is_reached == bool(enough)
    if enough:
        assert cut.num_kept == max(one.num_kept for one in enough)
    else:
        assert cut.precision == max(one.precision for one in tried)
    kept = cut_at(cut.threshold, scores, hits, num_to_find=40)
    assert (kept.num_kept, kept.precision, kept.recall) == (cut.num_kept, cut.precision, cut.recall)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("wanted", [0.3, 0.6, 0.9, 1.0])
def test_no_higher_threshold_has_the_recall(seed, wanted):
    scores, hits = claims(seed=seed)
    cut = for_recall(wanted, scores, hits, num_to_find=40)
    enough = [one for one in every_cut(scores, hits, 40) if one.recall >= wanted]
    assert cut.is_reached == bool(enough)
    assert cut.num_kept == min((one.num_kept for one in enough), default=len(scores))


def test_scikit_learn_finds_the_same_precision_and_recall():
    metrics = pytest.importorskip("sklearn.metrics")
    scores, hits = claims(seed=3)
    precision, recall, _ = metrics.precision_recall_curve(hits, scores)
    cut = for_precision(0.8, scores, hits, num_to_find=int(hits.sum()))
    assert cut.recall == pytest.approx(recall[:-1][precision[:-1] >= 0.8].max())


def test_thresholds_lie_midway_and_keep_all_at_zero():
    scores, hits = np.array([0.9, 0.7, 0.2]), np.array([True, True, False])
    assert for_precision(1.0, scores, hits, num_to_find=2).threshold == pytest.approx(0.45)
    assert for_recall(0.5, scores, hits, num_to_find=2).threshold == pytest.approx(0.8)
    assert for_precision(0.6, scores, hits, num_to_find=2).threshold == 0.0


def test_one_claim_or_none_that_is_right():
    one, yes, no = np.array([0.4]), np.array([True]), np.array([False])
    assert for_precision(1.0, one, yes, num_to_find=1).num_kept == 1
    found = for_precision(0.5, one, no, num_to_find=0)
    assert (found.is_reached, found.precision, found.recall) == (False, 0.0, 1.0)
    assert cut_at(0.5, one, yes, num_to_find=1).precision == 1.0


def test_nothing_to_choose_by_or_no_share_is_refused():
    nothing = np.zeros(0)
    with pytest.raises(DataError, match=r"^no predictions to choose a threshold by$"):
        for_recall(0.5, nothing, nothing.astype(bool), num_to_find=0)
    with pytest.raises(DataError, match=r"^a share of 95 is asked for, expected more than 0 and 1 at most$"):
        for_precision(95, np.ones(1), np.ones(1, bool), num_to_find=1)
