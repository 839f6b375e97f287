import numpy as np
import pytest

from answers import CLASSES, labelled, read
from fudemoji.errors import SettingsError
from fudemoji.metrics import Logits, fit_temperature
from fudemoji.trust import Wish, choose, describe_unknown


def by_hand(trust, logits):
    """Top probability, class and truth under the trust's temperature."""
    scaled = logits.logits_MK.astype(float) / trust.temperature
    probs = np.exp(scaled) / np.exp(scaled).sum(axis=1, keepdims=True)
    return probs.max(axis=1), probs.argmax(axis=1), logits.labels


def test_the_validation_split_alone_chooses():
    valid = read("valid")
    alone, told = choose(valid), choose(valid, read("test", seed=1))
    assert alone.temperature == told.temperature == fit_temperature(valid.logits_MK, valid.labels)
    assert alone.rule.threshold == told.rule.threshold
    assert told.chosen_on == "valid"
    assert set(alone.splits) == {"valid"}
    assert set(told.splits) == {"valid", "test"}


def test_calibration_is_better_after_and_accuracy_the_same():
    valid, test = read("valid", num=4000), read("test", num=4000, seed=1)
    trust = choose(valid, test)
    for name, logits in (("valid", valid), ("test", test)):
        found = trust.splits[name]
        assert found.accuracy == (logits.logits_MK.argmax(axis=1) == logits.labels).mean()
        assert found.after.log_loss < found.before.log_loss
        assert found.after.expected_error < found.before.expected_error / 2
        assert found.after.brier < found.before.brier
        assert sum(count for count, _, _ in found.after.bins) == 4000


def test_without_a_wish_95_in_100_validation_images_are_kept():
    valid, test = read("valid"), read("test", seed=1)
    trust = choose(valid, test)
    assert (trust.rule.wanted, trust.rule.share) == ("known", 0.95)
    assert trust.rule.kept["valid"].num_kept == 380
    top, predicted, labels = by_hand(trust, test)
    kept = top > trust.rule.threshold
    assert trust.rule.kept["test"].num_kept == kept.sum()
    assert trust.rule.kept["test"].precision == pytest.approx((predicted == labels)[kept].mean())
    assert (trust.is_known(trust.probabilities(test.logits_MK)) == kept).all()


def test_an_accuracy_is_kept_to_with_the_most_images():
    valid = read("valid")
    trust = choose(valid, wish=Wish("accuracy", 0.99))
    top, predicted, labels = by_hand(trust, valid)
    kept = top > trust.rule.threshold
    assert (predicted == labels)[kept].mean() >= 0.99
    better = [
        t for t in np.unique(top) if t < top[kept].min() and (predicted == labels)[top >= t].mean() >= 0.99
    ]
    assert not better
    assert trust.rule.is_reached


def test_what_cannot_be_reached_is_said_with_the_best_there_is():
    valid = read("valid")
    sure = valid.logits_MK.argmax(axis=1)
    labels = np.where(np.arange(400) % 2, sure, (sure + 1) % CLASSES)  # as often wrong as right, however sure
    order = np.argsort(-valid.logits_MK.max(axis=1))
    labels[order[:5]] = (sure[order[:5]] + 1) % CLASSES
    trust = choose(Logits("valid", 400, labels, valid.logits_MK), wish=Wish("accuracy", 0.9))
    assert not trust.rule.is_reached
    assert 0.4 < trust.rule.kept["valid"].precision < 0.9


@pytest.mark.parametrize("wanted", ["precision", "recall"])
@pytest.mark.parametrize("draw", [read, labelled])
def test_each_class_has_a_threshold_of_its_own(wanted, draw):
    trust = choose(draw("valid"), draw("test", seed=1), wish=Wish(wanted, 0.9))
    assert len(trust.rule.classes) == CLASSES
    for one in trust.rule.classes:
        if one.is_own and one.is_reached:
            assert getattr(one.kept["valid"], wanted) >= 0.9
        assert set(one.kept) == {"valid", "test"}
    assert sum(one.kept["test"].num_kept for one in trust.rule.classes) == trust.rule.kept["test"].num_kept


def test_a_class_with_few_examples_takes_the_threshold_of_all():
    trust = choose(labelled("valid"), wish=Wish("precision", 0.9))
    *common, rare = trust.rule.classes
    assert all(one.is_own for one in common)
    assert not rare.is_own
    assert rare.threshold == trust.rule.threshold


def test_several_labels_are_given_above_a_half_unless_something_is_wished():
    valid = labelled("valid")
    trust = choose(valid)
    assert trust.rule.wanted == "half"
    probs = trust.probabilities(valid.logits_MK)
    assert (trust.labels(probs) == (valid.logits_MK > 0)).all()
    assert trust.is_known(probs).all()
    assert trust.splits["valid"].accuracy == ((valid.logits_MK > 0) == valid.labels).all(axis=1).mean()
    assert trust.temperature > 1
    wished = choose(valid, wish=Wish("precision", 0.99))
    given = wished.labels(wished.probabilities(valid.logits_MK))
    assert valid.labels[:, 0][given[:, 0]].mean() >= 0.99
    assert given.sum() < trust.labels(probs).sum()


def test_too_few_images_or_none_misread_leave_the_temperature_alone():
    few = choose(read("valid", num=20))
    assert few.temperature == 1
    assert few.temperature_note == "20 validation images are too few to fit a temperature by (30 at least)"
    valid = read("valid")
    perfect = choose(Logits("valid", 400, valid.logits_MK.argmax(axis=1), valid.logits_MK))
    assert perfect.temperature == 1
    assert perfect.temperature_note == (
        "the validation images set no bound to a temperature: all are read rightly, or as by chance"
    )


def test_images_of_no_class_are_told_by_the_share_rejected():
    valid, test = read("valid"), read("test", seed=1)
    trust = choose(valid, test)
    rng = np.random.default_rng(2)
    strange = trust.probabilities(rng.normal(0, 2, (300, CLASSES)))
    found = describe_unknown(trust, test, strange, name="noise")
    assert found.rejected == (strange.max(axis=1) <= trust.rule.threshold).mean()
    assert found.rejected > 0.5
    assert found.auroc > 0.8
    coverage, accuracy = found.curve[-1]
    assert coverage == 1
    assert accuracy == pytest.approx(trust.splits["test"].accuracy * 400 / 700)


def test_wishes_that_make_no_sense_are_refused():
    with pytest.raises(SettingsError, match=r"^--for-precision 95 is no share: more than 0, and 1 at most$"):
        Wish("precision", 95)
    with pytest.raises(
        SettingsError, match=r"^--for-accuracy is for one label an image; .* use --for-precision"
    ):
        choose(labelled("valid"), wish=Wish("accuracy", 0.9))
