"""The commands and the Python in the documentation, run as they stand where that is cheap."""

import functools
import importlib
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from PIL import Image

from fudemoji.cli import main
from fudemoji.cli.app import app
from fudemoji.config import FLAGS, resolve
from fudemoji.data.named.kana import draw_kana

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TINY = ["--model", "mlp", "--epochs", "5st", "--name", "NAME"]
ELSEWHERE = (
    "kmnist",
    "k49",
    "path/to",
    "resume",
    "resnet18",
    "import-custom-vision",
    "serve",
    "studio",
)  # needs the network, files of one's own, or a broken run, or does not end


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def lines(page: Path) -> list[list[str]]:
    found = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in found if line.startswith("fudemoji ")]


@pytest.fixture
def small_kana(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A few images a class, in a folder of its own: what is tested is that the words still run."""
    module = importlib.import_module("fudemoji.data.loader")
    monkeypatch.setattr(module, "draw_kana", functools.partial(draw_kana, num_train=10, num_test=3))
    monkeypatch.chdir(tmp_path)


def fudemoji(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> object:
    monkeypatch.setattr(sys, "argv", ["fudemoji", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_that_is_shown_is_understood(page: Path) -> None:
    asked: dict[str, Any] = {}

    def without_doing_it(command: Any) -> None:
        for inner in getattr(command, "commands", {}).values():
            without_doing_it(inner)
        if not getattr(command, "commands", None):
            command.callback = lambda **given: asked.update(given)

    command: Any = typer.main.get_command(app)
    without_doing_it(command)
    for line in lines(page):
        asked.clear()
        command.main(args=line, prog_name="fudemoji", standalone_mode=False)
        if "recipe" in asked:  # a verb with settings
            values = {name: value for name, value in asked.items() if name in FLAGS}
            resolve(asked["recipe"], values)


@pytest.mark.usefixtures("small_kana")
def test_the_commands_of_the_readme_run_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("photos").mkdir()
    Image.new("L", (40, 40)).save("photos/a.png")
    done = []
    for line in lines(ROOT / "README.md"):
        if not any(word in part for part in line for word in ELSEWHERE):
            assert fudemoji(monkeypatch, [*line, *TINY] if line == ["train"] else line) == 0, line
            done.append(line[0])
    assert {"train", "runs", "evaluate", "predict", "report", "recipes", "data"} <= set(done)
    assert "report.html" in capsys.readouterr().out
    explained = (ROOT / "docs/run-folder.md").read_text(encoding="utf-8")
    files = [path for path in Path("runs/NAME").rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path.name for path in files if f"{path.name}`" not in explained]


@pytest.mark.usefixtures("small_kana")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python")], ids=lambda path: path.name
)
def test_the_python_that_is_shown_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "\n".join(blocks(page, "python"))
    if "runs/NAME" in source:
        assert fudemoji(monkeypatch, ["train", *TINY]) == 0
    short = re.sub(r'(epochs"?[=:] ?)\d+', r'\1"5st"', source).replace("fude-s", "mlp")
    exec(compile(short, str(page), "exec"), {})
