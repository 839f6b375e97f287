import numpy as np
import pytest

from answers import labelled, read
from fudemoji.errors import RunError
from fudemoji.report.page import write_report
from fudemoji.trust import Wish, choose, describe_unknown, write_trust
from pages import Page


@pytest.fixture
def page_of(make_run):
    """A function that writes a run's page with some trust."""

    def write(trust, **changes):
        run = make_run(num_classes=4, **changes)
        if trust is not None:
            write_trust(run, trust)
        return Page(write_report(run))

    return write


def test_the_page_tells_calibration_before_and_after_and_every_threshold(page_of):
    trust = choose(read("valid", num=1000), read("test", num=1000, seed=1))
    page = page_of(trust)
    assert "trust" in page.ids
    assert "#trust" in page.addresses
    found = trust.splits["test"]
    for share in (found.before.expected_error, found.after.expected_error, found.accuracy):
        assert f"{100 * share:.2f} %" in page.words
    assert f"1,000 validation images chose the temperature {trust.temperature:.3f}" in page.words
    assert f"{100 * trust.rule.threshold:.1f} % is called unknown" in page.words
    assert "95 % of the validation images kept in use" in page.words
    for wanted in ("precision of 95 %", "precision of 99 %", "recall of 95 %", "recall of 99 %"):
        assert wanted in page.words
    assert page.source.count('class="chart"') >= 2
    assert 'aria-label="Reliability. as stated' in page.source


def test_thresholds_of_classes_are_listed_class_by_class(page_of):
    trust = choose(read("valid"), read("test", seed=1), wish=Wish("precision", 0.97))
    words = page_of(trust).words
    assert "The thresholds in use, class by class" in words
    assert "An answer whose probability lies below the threshold of its class is called unknown" in words
    for one in trust.rule.classes:
        assert f"{100 * one.threshold:.1f} %" in words


def test_what_is_not_reached_or_not_chosen_is_said(page_of):
    trust = choose(read("valid", num=25), wish=Wish("recall", 1.0))
    words = page_of(trust).words
    assert "No temperature was chosen: 25 validation images are too few" in words
    assert "not reached; the nearest there is" in words
    assert "too few images: that of all classes" in words


def test_images_of_no_class_have_a_curve_of_their_own(page_of):
    test = read("test", seed=1)
    trust = choose(read("valid"), test)
    strange = trust.probabilities(np.random.default_rng(0).normal(0, 2, (50, 4)))
    trust = trust.model_copy(update={"unknown": describe_unknown(trust, test, strange, name="<noise>")})
    page = page_of(trust)
    assert "Of 50 images of <noise>, which belong to no class, it calls" in page.words
    assert "test with <noise>" in page.words


def test_several_labels_have_a_section_too(page_of):
    trust = choose(labelled("valid"), labelled("test", seed=1))
    words = page_of(trust, sheet={"multi_label": True}).words
    assert "A label is given above 50.0 %" in words
    assert "labels above a half in use" in words


def test_a_run_without_trust_has_no_such_section(page_of):
    assert "trust" not in page_of(None).ids


def test_a_damaged_file_is_told(make_run):
    run = make_run(num_classes=4)
    (run.path / "trust.json").write_text("[]")
    with pytest.raises(RunError, match=r"trust\.json is damaged: no JSON object; write it anew with"):
        write_report(run)
