import io
import json

import nbformat
import pytest
from nbclient import NotebookClient

from fudemoji.report.notebook import NotebookTracker, in_notebook
from growing import EPOCHS, Training

CELLS = """
import fudemoji as fm
from fudemoji.data import LabelClass
import numpy as np
images = np.random.default_rng(0).integers(0, 255, (60, 1, 8, 8)).astype(np.uint8)
data = fm.ImageSet("noise", images, np.arange(60) % 2, (LabelClass("even"), LabelClass("odd")),
                   splits={{"train": np.arange(60)}})
---
finished = fm.fit(data, model="mlp", epochs=4, batch_size=8, output={output!r})
"""


def test_outside_a_notebook_there_is_none():
    assert not in_notebook()


def test_the_curve_of_a_fit_stays_in_the_saved_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    text = CELLS.format(output=str(tmp_path / "runs"))
    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in text.split("---")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    updates = []
    monkeypatch.setattr(client, "process_message", watching(client.process_message, updates), raising=True)
    client.execute()
    (output,) = notebook.cells[1].outputs
    html, plain = output["data"]["text/html"], output["data"]["text/plain"]
    assert output["output_type"] == "display_data"
    assert html.count("<svg") == 2  # loss and accuracy
    assert "<script" not in html
    assert "of the validation images are right" in html
    rows = [line.split()[0] for line in plain.splitlines()]
    assert [row for row in rows if row.isdecimal()] == ["1", "2", "3", "4"]
    assert len(updates) >= 2  # it grew
    assert "http" not in json.dumps(output).replace("http://www.w3.org", "")


def watching(process, updates):
    def watched(message, *arguments, **values):
        if message["msg_type"] == "update_display_data":
            updates.append(message)
        return process(message, *arguments, **values)

    return watched


@pytest.fixture
def shown(monkeypatch):
    """What IPython was asked to display."""
    found = []

    class Handle:
        def update(self, data, *, raw):
            found.append(data)

    def display(data, *, raw, display_id):
        found.append(data)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    return found


def test_drawing_takes_a_small_share_of_the_time(shown, tmp_path, monkeypatch):
    training = Training(tmp_path / "runs" / "a")
    tracker = NotebookTracker()
    tracker(training.goes())
    for event in EPOCHS[0]:
        tracker(event)
    assert len(shown) == 1  # all of this took less than a second
    tracker.close()
    assert len(shown) == 2
    assert "step 3 of 6, epoch 1.0 of 2" in shown[-1]["text/html"]


def test_names_from_a_set_are_not_taken_for_html(shown, tmp_path):
    import dataclasses

    training = Training(tmp_path / "runs" / "a")
    tracker = NotebookTracker()
    tracker(dataclasses.replace(training.goes(), data="<script>"))
    tracker.close()
    assert "<script>" not in shown[-1]["text/html"]
    assert "&lt;script&gt;" in shown[-1]["text/html"]
    assert isinstance(tracker._text, io.StringIO)
