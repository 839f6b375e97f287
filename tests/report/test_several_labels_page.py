import dataclasses

import numpy as np

from fudemoji.engine.results import Scored, record
from fudemoji.events import Evaluated, to_json
from fudemoji.metrics import MultiPredictions, summarise_multi, worst_multi
from fudemoji.report.page import write_report
from pages import Page, outside

SECTIONS = ["course", "figures", "pairs", "worst", "matrix", "classes", "settings", "data", "environment"]


def several_labels(make_run, *, num_images=60, with_samples=True):
    """A run whose predictions are of three labels an image, one of which is never there."""
    run = make_run(num_classes=3, num_images=num_images, sheet={"multi_label": True})
    rng = np.random.default_rng(2)
    labels_NK = rng.uniform(size=(num_images, 3)) < [0.5, 0.3, 0]
    probs_NK = np.clip(0.3 + 0.4 * labels_NK + rng.normal(0, 0.2, labels_NK.shape), 0.01, 0.99)
    made = MultiPredictions("test", np.arange(num_images), labels_NK, probs_NK.astype(np.float32))
    images = rng.integers(0, 255, (num_images, 1, 12, 12)).astype(np.uint8)
    record(run, Scored(made, 0.1), images, shifts=0)
    told = [
        dataclasses.replace(e, balanced_accuracy=None, macro_f1=0.6, mean_average_precision=0.7)
        if isinstance(e, Evaluated)
        else e
        for e in run.events()
    ]
    run.events_path.write_text("".join(f"{to_json(event)}\n" for event in told), encoding="utf-8")
    if not with_samples:
        (run.path / "samples.npz").unlink()
    return run, made


def test_several_labels_an_image_get_a_table_of_classes_and_no_confusion(make_run):
    run, made = several_labels(make_run)
    page = Page(write_report(run))
    metrics = summarise_multi(made)
    assert [id_ for id_ in page.ids if id_ in SECTIONS] == [
        "course", "figures", "worst", "classes", "settings", "data", "environment"
    ]  # fmt: skip
    assert all(f"#{id_}" not in page.addresses for id_ in ("pairs", "matrix"))
    assert f"{100 * metrics.mean_average_precision:.1f} % mean average precision of 3 labels" in page.words
    for wrong in ("balanced accuracy", "confus", "calibration", "top-5"):
        assert wrong not in page.words, wrong
    assert "Mean average precision. validation: 70.00" in page.source
    assert f"{100 * metrics.micro_f1:.2f} %" in page.words
    assert f"{100 * metrics.average_precision[0]:.1f} %" in page.words
    assert "several an image, or none" in page.words
    assert "お r0, き r1" in page.alts
    assert not (run.path / "plots" / "confusion.png").exists()
    assert outside(page) == ["https://codh.rois.ac.jp/kmnist/"]


def test_wrong_labels_are_shown_as_missed_or_as_too_many_with_their_probabilities(make_run):
    run, made = several_labels(make_run, num_images=30)
    page = Page(write_report(run))
    row = worst_multi(made, count=1)[0]
    missed = made.labels_NK[row] & ~made.predicted_NK[row]
    extra = made.predicted_NK[row] & ~made.labels_NK[row]
    assert (missed | extra).any()
    for k in np.flatnonzero(missed | extra):
        assert f"{100 * made.probs_NK[row, k]:.1f} %" in page.words
    assert page.source.count('<span class="tag missed">') == (made.labels_NK & ~made.predicted_NK).sum()
    assert page.source.count('<span class="tag miss">') == (made.predicted_NK & ~made.labels_NK).sum()


def test_several_labels_without_kept_images_still_make_a_page(make_run):
    run, _ = several_labels(make_run, with_samples=False)
    assert "No images were kept with this run." in Page(write_report(run)).words


def test_of_very_many_wrong_labels_the_worst_are_listed(make_run):
    run = make_run(num_classes=12, num_images=1, sheet={"multi_label": True})
    probs_NK = np.linspace(0.6, 0.93, 12, dtype=np.float32)[None]
    made = MultiPredictions("test", np.arange(1), np.zeros((1, 12), dtype=bool), probs_NK)
    record(run, Scored(made, 0.1), np.zeros((1, 1, 8, 8), dtype=np.uint8), shifts=0)
    page = Page(write_report(run))
    assert page.source.count('<span class="tag miss">') == 3
    assert "93.0 %" in page.words
    assert "and 9 more" in page.words
