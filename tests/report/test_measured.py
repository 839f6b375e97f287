# N images, K classes

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from fudemoji.engine.looking import Heat
from fudemoji.engine.results import Scored
from fudemoji.errors import RunError
from fudemoji.metrics import MultiPredictions, Predictions
from fudemoji.report.measured import heat_uri
from fudemoji.report.page import write_report
from fudemoji.runs import Run
from pages import Page, outside
from predicted import labelled


def known(run, *, num_classes=10):
    """The made-up predictions of a run with probabilities for all classes."""
    stored = Predictions.from_arrays(run.read_arrays("predictions"))
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.full(num_classes, 0.2), len(stored)).astype(np.float32)
    best = np.where(
        rng.uniform(size=len(stored)) < 0.9, stored.labels_N, rng.integers(0, num_classes, len(stored))
    )
    probs[np.arange(len(stored)), best] += 1
    return Predictions.from_probs(
        stored.split, stored.indices_N, stored.labels_N, probs / probs.sum(axis=1)[:, None]
    )


def write(run, predictions, *, heat=None, images=None):
    """What `record` writes, with every image kept."""
    scored = Scored(predictions, 0.1)
    run.write_arrays("predictions", predictions.to_arrays())
    run.write_json(
        "metrics", {"shifts": 1, **scored.metrics.to_dict(), "intervals": scored.intervals.to_dict()}
    )
    images = images if images is not None else np.zeros((len(predictions), 1, 28, 28), np.uint8)
    run.write_arrays("samples", {"indices": predictions.indices_N, "images": images})
    if heat:
        run.write_arrays("gradcam", heat.to_arrays())
    return scored


def percents(share):
    return f"{100 * share:.2f} %"


def test_every_figure_stands_with_its_interval(make_run):
    run = make_run()
    scored = write(run, known(run))
    words = Page(write_report(run)).words
    for name in ("balanced_accuracy", "macro_precision", "macro_f1", "mean_average_precision"):
        low, high = scored.intervals.figures[name]
        told = f"{percents(getattr(scored.metrics, name))} {percents(low)} to {percents(high)}"
        assert told.replace(" ", "") in words.replace(" ", ""), name
    assert "percentiles of 1,000 bootstrap draws" in words
    assert "each class keeping its number" in words


def test_a_run_from_before_there_were_intervals_has_a_page_all_the_same(make_run):
    run = make_run()
    page = Page(write_report(run))
    assert "bootstrap" not in page.words
    assert "mean average precision" not in page.words
    assert "curves" not in page.ids
    assert "cam" not in page.ids


def test_figures_of_other_predictions_are_not_shown_with_these(make_run):
    run = make_run()
    write(run, known(run))
    stored = run.read_json("metrics")
    run.write_json("metrics", {**stored, "num_images": 7})
    assert "bootstrap" not in Page(write_report(run)).words


def test_what_was_too_large_to_keep_is_read_from_metrics_json(make_run, monkeypatch):
    run = make_run()
    predictions = known(run)
    monkeypatch.setattr("fudemoji.metrics.predictions.MOST_STORED", 0)
    scored = write(run, predictions)
    assert "class_probs" not in run.read_arrays("predictions")
    page = Page(write_report(run))
    assert percents(scored.metrics.mean_average_precision) in page.words
    assert "average precision" in page.words
    assert "curves" not in page.ids


@pytest.mark.parametrize(("num_classes", "curves"), [(10, 10), (40, 0)])
def test_few_classes_have_curves_and_many_have_none(make_run, num_classes, curves):
    run = make_run(num_classes=num_classes)
    write(run, known(run, num_classes=num_classes))
    assert Page(write_report(run)).source.count('<svg class="small"') == curves


def test_heat_lies_over_its_image_for_the_wrong_class_and_the_right_one(make_run):
    run = make_run()
    predictions = known(run)
    wrong, right = np.flatnonzero(~predictions.hits_N)[0], np.flatnonzero(predictions.hits_N)[0]
    asked = [
        (predictions.indices_N[wrong], predictions.predicted_N[wrong]),
        (predictions.indices_N[wrong], predictions.labels_N[wrong]),
        (predictions.indices_N[right], predictions.labels_N[right]),
    ]
    indices, classes = np.array(asked).T
    heat = np.zeros((3, 28, 28), np.uint8)
    heat[:, 4:8, 10:20] = 255
    write(run, predictions, heat=Heat(indices, classes, heat))
    page = Page(write_report(run))
    assert page.source.count('<img class="heat"') == 3
    assert page.words.count("Read rightly") == 1
    assert all(page.alts)
    assert outside(page) == ["https://codh.rois.ac.jp/kmnist/"]


def test_heat_is_clear_where_nothing_speaks_and_red_where_most_does():
    heat = np.zeros((6, 6), np.uint8)
    heat[2, 3], heat[4, 4] = 255, 128
    picture = Image.open(io.BytesIO(base64.b64decode(heat_uri(heat).partition(",")[2])))
    pixels = np.asarray(picture)
    assert picture.mode == "RGBA"
    assert pixels[0, 0, 3] == 0
    assert pixels[2, 3].tolist() == [200, 40, 16, 215]
    assert 60 < pixels[4, 4, 3] < 160
    assert pixels[4, 4, 1] > 90


def test_several_labels_have_intervals_and_curves_too(make_run):
    made = labelled(200, 4)
    run = make_run(num_classes=4, num_images=200, sheet={"multi_label": True})
    predictions = MultiPredictions("test", made.indices_N, made.labels_NK, made.probs_NK)
    scored = write(run, predictions)
    page = Page(write_report(run))
    low, high = scored.intervals.figures["hamming_loss"]
    assert f"{percents(low)} to {percents(high)}" in page.words
    assert "each class keeping its number" not in page.words
    assert page.source.count('<svg class="small"') == 4


def test_an_evaluation_has_a_page_of_its_own_and_a_line_in_the_runs(make_run):
    run = make_run()
    folder = run.path / "evaluations" / "other-test"
    folder.mkdir(parents=True)
    other = Run(folder)
    scored = write(other, known(run))
    other.write_json("data", run.read_json("data"))
    notes = ["left out: 3 images of classes that the model does not know (<b>)"]
    told = {"run": run.name, "data": "other", "source": "x", "split": "test", "notes": notes}
    other.write_json("evaluation", told)
    page = Page(write_report(run, results=folder))
    assert (folder / "report.html").exists()
    assert not (folder / "plots" / "loss.png").exists()
    assert (folder / "plots" / "confusion.png").exists()
    assert "left out: 3 images of classes that the model does not know (<b>)" in page.words
    assert "course" not in page.ids
    own = Page(write_report(run))
    assert outside(own)[0] == "evaluations/other-test/report.html"
    assert percents(scored.metrics.accuracy) in own.words
    (folder / "metrics.json").write_text("{")
    assert "The same weights on other images" not in Page(write_report(run)).words


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gradcam.npz", {"heat": np.zeros((1, 2, 2), np.uint8)}, "expected heat uint8 M x h x w"),
        ("gradcam.npz", {"heat": np.zeros((1, 2, 2)), "indices": [0], "classes": [0]}, "expected heat uint8"),
        ("evaluation.json", {"data": "other"}, "Field required"),
    ],
)
def test_damage_is_told_with_the_file_that_is_damaged(make_run, name, content, message):
    run = make_run()
    if name.endswith(".npz"):
        run.write_arrays("gradcam", content)
    else:
        (run.path / name).write_text(json.dumps(content))
    with pytest.raises(RunError, match=f"{name} is damaged: .*{message}"):
        write_report(run)


def test_damaged_intervals_are_told(make_run):
    run = make_run()
    write(run, known(run))
    stored = run.read_json("metrics")
    run.write_json("metrics", {**stored, "intervals": {"figures": {}}})
    with pytest.raises(RunError, match=r"metrics\.json is damaged: intervals: "):
        write_report(run)
