import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from fudemoji.events import Evaluated, Note, RunStarted, StepsDone, to_json
from fudemoji.report.course import course_of
from fudemoji.report.page import write_report
from pages import Page, outside

SECTIONS = ["course", "figures", "pairs", "worst", "matrix", "classes", "settings", "data", "environment"]


def test_a_finished_run_becomes_a_page_that_needs_nothing_else(make_run):
    run = make_run()
    path = write_report(run)
    page = Page(path)
    assert path == run.report_path
    assert [name for name in page.ids if name in SECTIONS] == SECTIONS
    assert outside(page) == ["https://codh.rois.ac.jp/kmnist/"]
    assert "@import" not in page.source
    assert not re.search(r"url\((?!data:)", page.source)
    assert all(page.alts)
    for told in (
        "test accuracy",
        "95 % interval",
        "312,458",
        "5.3 s",
        "created by CODH",
        "CC BY-SA 4.0",
        "お",
        "fudemoji train kmnist --recipe quick --epochs 4ep",
        "IPAexGothic",
        "U+304A",
    ):
        assert told in page.words, told
    assert path.stat().st_size < 500_000


def test_the_length_told_is_the_one_trained_and_not_the_one_asked_for(make_run):
    page = Page(write_report(make_run(epochs=6, values={"data": "kmnist"})))
    assert "6 epochs" in page.words
    assert "9 epochs" not in page.words


def test_the_page_can_be_written_on_another_machine_and_again(make_run, tmp_path):
    run = make_run()
    first = write_report(run.path).read_bytes()
    moved = run.path.rename(tmp_path / "moved")
    again = write_report(str(moved)).read_bytes()
    assert first.replace(run.name.encode(), b"moved") == again
    assert not list(moved.glob(".*"))


def test_every_plot_is_a_picture(make_run):
    run = make_run()
    write_report(run)
    plots = sorted((run.path / "plots").iterdir())
    assert [plot.name for plot in plots] == ["accuracy.png", "confusion.png", "loss.png", "schedule.png"]
    for plot in plots:
        with Image.open(plot) as picture:
            assert min(picture.size) > 300


def test_neither_report_nor_metrics_imports_torch():
    told = "import sys, fudemoji.report.plots, fudemoji.metrics; print('torch' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "False"


def test_matplotlib_is_left_as_it_was(make_run):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    write_report(make_run())
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("state", ["running", "interrupted", "failed"])
def test_a_run_without_predictions_shows_its_curves_and_says_what_is_missing(make_run, state):
    run = make_run(state=state, with_predictions=False)
    page = Page(write_report(run))
    assert state in page.words
    assert "There are no predictions yet" in page.words
    assert f"fudemoji evaluate {run.path}" in page.words
    assert (f"fudemoji resume {run.path}" in page.words) == (state != "running")
    assert [name for name in page.ids if name in SECTIONS] == ["course", "settings", "data", "environment"]
    assert "validation accuracy" in page.words


def test_a_run_that_has_only_just_begun_gets_a_page(make_run):
    run = make_run(state="running", with_predictions=False)
    for name in ("data.json", "events.jsonl", "status.json", "env.json"):
        (run.path / name).unlink()
    page = Page(write_report(run))
    for told in (
        "No step has been recorded yet",
        "The data sheet (data.json) is not there",
        "no measurement yet",
    ):
        assert told in page.words


def test_a_line_cut_off_by_a_kill_is_no_matter(make_run):
    run = make_run(state="interrupted", with_predictions=False)
    lines = run.events_path.read_bytes()
    run.events_path.write_bytes(lines[:-20])
    Page(write_report(run))


def test_a_run_without_a_validation_split_has_no_validation_curve(make_run):
    page = Page(write_report(make_run(splits={"train": 8000, "test": 600})))
    assert '<li class="valid">' not in page.source
    assert '<li class="test">' in page.source


def test_a_run_without_a_test_split_is_measured_on_validation(make_run):
    page = Page(write_report(make_run(split="valid", splits={"train": 8000, "valid": 600})))
    assert "validation accuracy on 600 images" in page.words
    assert "Figures of the valid split" in page.words


def test_two_classes_are_enough(make_run):
    page = Page(write_report(make_run(num_classes=2, num_images=60)))
    assert [name for name in page.ids if name in SECTIONS] == SECTIONS


def test_a_run_without_errors_says_so(make_run):
    page = Page(write_report(make_run(accuracy=1.0)))
    assert "No image of the test split was misread." in page.words
    assert "100.0" in page.words


def test_92_classes_stay_small_and_are_all_in_the_matrix(make_run):
    path = write_report(make_run(num_classes=92, num_images=4600, accuracy=0.9))
    page = Page(path)
    assert path.stat().st_size < 5_000_000
    assert "most confused of" not in page.words
    assert page.source.count('<th scope="row" class="g"') == 92


def test_300_classes_show_the_most_confused_part_and_say_so(make_run):
    path = write_report(make_run(num_classes=300, num_images=3000, accuracy=0.9))
    page = Page(path)
    assert re.search(r"Shown are the 40 most confused of 300 classes, with \d+ of all \d+ errors", page.words)
    assert "All 300 classes" in page.words
    assert path.stat().st_size < 5_000_000


def test_names_are_shown_and_never_become_markup(make_run):
    evil = '<script>alert("x")</script>'
    classes = [{"id": f"{evil}{k}", "glyph": "", "romanisation": f'"><img src=x>{k}'} for k in range(3)]
    sheet = {"name": evil, "source": "javascript:alert(1)", "licence": evil, "credit": "<b>credit</b>"}
    run = make_run(
        num_classes=3,
        num_images=90,
        accuracy=0.8,
        classes=classes,
        sheet=sheet,
        values={"data": evil, "epochs": 4},
    )
    with run.events_path.open("a", encoding="utf-8") as file:
        file.write(to_json(Note(text=evil, level="warning")) + "\n")
    page = Page(write_report(run))
    assert page.tags.count("script") == 1
    assert page.source.count("alert(") >= 5
    assert "<img src=x>" not in page.source
    assert outside(page) == []
    assert evil in page.words


def test_a_synthetic_set_is_said_to_be_one_and_a_real_one_is_not(make_run):
    assert "Synthetic images." in Page(write_report(make_run(sheet={"synthetic": True}))).words


def test_a_real_set_gets_no_warning(make_run):
    assert "Synthetic" not in Page(write_report(make_run())).words


def test_settings_that_differ_from_the_recipe_are_marked(make_run):
    page = Page(write_report(make_run(values={"epochs": 4, "lr": 0.01, "data": "kana"})))
    assert page.source.count('<tr class="changed">') == 3  # fewer epochs switch off the least number of steps
    assert "marks what differs from the recipe quick (3 of" in page.words
    assert "recipe: 0.02" in page.words


def test_a_glyph_that_the_font_lacks_is_shown_by_its_id(make_run):
    classes = [
        {"id": f"U+{0x1B002 + k:X}", "glyph": chr(0x1B002 + k), "romanisation": "we"} for k in range(2)
    ]
    page = Page(write_report(make_run(num_classes=2, num_images=40, classes=classes)))
    assert chr(0x1B002) not in page.source
    assert "U+1B002" in page.words


def test_without_kept_images_the_page_says_so(make_run):
    page = Page(write_report(make_run(with_samples=False)))
    assert "No images were kept with the run" in page.words
    assert "img" not in page.tags


@pytest.mark.parametrize("shape", [(3, 120, 160), (3, 28, 28), (2, 9, 9), (4, 20, 20)])
def test_photographs_and_odd_channels_are_shown_too(make_run, shape):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, *shape), dtype=np.uint8)
    page = Page(write_report(make_run(num_classes=2, num_images=40, images=images)))
    assert "img" in page.tags


def test_a_resumed_run_is_drawn_without_its_discarded_steps():
    step = {"epoch": 0.1, "lr": 0.1, "momentum": 0.9, "images_per_second": 1.0}
    start = {
        "run": "r",
        "recipe": "quick",
        "data": "d",
        "model": "m",
        "num_parameters": 1,
        "num_train": 1,
        "num_valid": 1,
        "num_classes": 2,
        "epochs": 1,
        "total_steps": 9,
        "steps_per_epoch": 9,
        "batch_size": 1,
        "device": "cpu",
        "precision": "fp32",
    }
    events = [
        RunStarted(**start),
        StepsDone(step=1, loss=3.0, **step),
        StepsDone(step=2, loss=2.0, **step),
        RunStarted(**start, step=1),
        StepsDone(step=2, loss=2.5, **step),
    ]
    assert [loss for _, loss in course_of(events).train_loss] == [3.0, 2.5]


def test_a_loss_that_was_no_number_leaves_a_gap(make_run):
    run = make_run(state="failed", with_predictions=False)
    lost = Evaluated(
        step=200,
        epoch=3.0,
        split="valid",
        num_images=1,
        loss=float("nan"),
        accuracy=float("nan"),
        balanced_accuracy=float("nan"),
        seconds=0.1,
    )
    with run.events_path.open("a", encoding="utf-8") as file:
        file.write(to_json(lost) + "\n")
    page = Page(write_report(run))
    assert not re.search(r"\bnan\b", page.words)


def test_balanced_accuracy_has_a_curve_of_its_own_where_it_differs(make_run):
    page = Page(write_report(make_run()))
    assert "validation, balanced" in page.words
    assert "test, balanced" not in page.words  # they are alike there
    assert "balanced accuracy" in page.words


def test_classes_that_are_never_measured_are_counted(make_run):
    counts = [{"train": 9, "valid": 1, "test": 2}, {"train": 1, "valid": 0, "test": 0}]
    classes = [
        {"id": f"U+{ord(c):04X}", "glyph": c, "romanisation": "", "counts": n}
        for c, n in zip("おき", counts, strict=True)
    ]
    labels = np.zeros(20, dtype=np.int64)
    page = Page(write_report(make_run(num_classes=2, num_images=20, classes=classes, labels=labels)))
    assert "classes in train only1, never measured" in page.words.replace(" 1,", "1,")
    assert "mean recall of the 1 of 2 classes that have images in this split" in page.words


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"smoothing": 0}, None),
        ({}, "label smoothing of 0.1"),
        (
            {"class_weights": "balanced", "loss": "focal"},
            "label smoothing of 0.1 and class weights and the focal factor",
        ),
        ({"smoothing": 0, "logit_adjust": 1}, "logit adjustment"),
        ({"smoothing": 0, "sampling": "balanced"}, "balanced sampling"),
    ],
)
def test_what_sets_the_training_loss_apart_is_said_under_its_curve(make_run, values, told):
    words = Page(write_report(make_run(values=values))).words
    assert ("The training loss includes" in words) == (told is not None)
    assert told is None or f"The training loss includes {told}, the others do not." in words
