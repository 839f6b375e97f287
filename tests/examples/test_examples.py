import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_article_is_a_script_of_under_40_lines() -> None:
    text = (EXAMPLES / "article.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 40
    imported = {node.names[0].name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)}
    assert "fudemoji" in imported


def test_the_article_runs_on_real_characters(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "article.py", str(shared_data("kmnist-8k")), "--model", "mlp",
               "--epochs", "1", "--output", str(tmp_path)]  # fmt: skip
    result = subprocess.run(command, cwd=EXAMPLES, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "the last image shows" in result.stdout
    assert {"samples.png", "lr.png"} <= {path.name for path in tmp_path.iterdir()}
    assert len(list(tmp_path.glob("*/report.html"))) == 1


def test_the_article_falls_back_on_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "FUDEMOJI_DATA": str(tmp_path)}
    command = [sys.executable, "article.py", "--output", str(tmp_path)]
    result = subprocess.run(
        command, cwd=EXAMPLES, capture_output=True, text=True, check=False, env=environment
    )
    assert result.returncode != 0
    assert "fudemoji data get kmnist" in result.stderr


def test_the_notebook_runs_from_its_first_cell_to_its_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTICLE_MODEL", "mlp")
    monkeypatch.setenv("ARTICLE_EPOCHS", "40st")
    monkeypatch.setenv("ARTICLE_OUTPUT", str(tmp_path / "runs"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    notebook = nbformat.read(EXAMPLES / "article.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = [
        output for cell in notebook.cells if cell.cell_type == "code" for output in cell.get("outputs", [])
    ]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) == 3  # samples, the finder's curve, the losses
    assert "read as" in "".join(output.get("text", "") for output in shown)  # a line may come in two pieces


def test_the_notebook_is_stored_without_outputs() -> None:
    notebook = nbformat.read(EXAMPLES / "article.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [cell for cell in cells if cell.outputs or cell.execution_count]


def test_the_photos_run_on_real_ones(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "photos.py", str(shared_data("hymenoptera")), "--model", "mlp",
               "--epochs", "1", "--size", "32", "--output", str(tmp_path)]  # fmt: skip
    result = subprocess.run(command, cwd=EXAMPLES, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "valid: 70 ants, 83 bees" in result.stdout
    assert "and is taken for" in result.stdout
