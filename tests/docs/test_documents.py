import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from fudemoji.cli.app import app
from fudemoji.config import FLAGS, RECIPES
from fudemoji.data import CATALOG
from fudemoji.engine.finders import RULES
from fudemoji.events import EVENTS
from fudemoji.models.zoo import MODELS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "benchmarks/README.md",
    *sorted(DOCS.glob("*.md")),
]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(command: Any, path: str = "fudemoji") -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}")


VERBS = dict(commands(typer.main.get_command(app)))


def test_the_generated_parts_are_up_to_date() -> None:
    check = [sys.executable, "docs/generate.py", "--check"]
    result = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_flag_and_every_line_of_help_is_in_the_documentation() -> None:
    shown = re.sub(r"[\s│]+", " ", text_of("docs/cli.md"))
    for path, command in VERBS.items():
        assert f"## {path}" in shown
        for parameter in command.params:
            help_text = " ".join((getattr(parameter, "help", None) or "").split())
            assert help_text in shown, f"{path}: {parameter.name} is missing; run `python docs/generate.py`"
            for flag in getattr(parameter, "opts", []):
                assert flag in shown or parameter.param_type_name == "argument", flag


def test_every_verb_is_in_the_readme() -> None:
    leaves = {path for path, command in VERBS.items() if not getattr(command, "commands", None)}
    readme = text_of("README.md")
    assert not [path for path in leaves if path not in readme]


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("settings.md", [f"| `{name}` |" for name in FLAGS]),
        ("recipes.md", [f"**`{name}`**" for name in RECIPES]),
        ("models.md", [f"**`{name}`**" for name in MODELS]),
        ("events.md", [f"### `{kind}`: {event.__name__}" for kind, event in EVENTS.items()]),
        ("data.md", [f"| `{name}` |" for name in CATALOG]),
        ("finders.md", [f"| `{name}` |" for name in (*RULES, "clear", "noisy", "flat", "diverged")]),
        ("index.md", [f"({path.name})" for path in DOCS.glob("*.md") if path.name != "index.md"]),
    ],
)
def test_a_page_leaves_nothing_out(page: str, names: list[str]) -> None:
    text = text_of(f"docs/{page}")
    assert not [name for name in names if name not in text], f"missing from docs/{page}"


def test_each_row_on_bad_input_names_a_test_that_there_is() -> None:
    rows = [line for line in text_of("docs/bad-input.md").splitlines() if line.startswith("| ")]
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = [re.findall(r"`(test_\w+)`", row) for row in rows if not row.startswith(("| input", "| ---"))]
    assert len(named) > 30
    assert not [name for names in named for name in names if f"def {name}(" not in tests]
    assert named[0]
    assert all(
        names or "the same |" in row
        for row, names in zip(
            [row for row in rows if not row.startswith(("| input", "| ---"))], named, strict=True
        )
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [link.partition("#")[0] for link in links if not link.startswith(("http", "#"))]
    assert not [link for link in local if not (page.parent / link).exists()]


def test_the_line_that_tests_is_the_one_of_the_ci_script() -> None:
    lines = [line for line in text_of(".ci/run").splitlines() if "pytest" in line and "venv" in line]
    assert len(lines) == 1
    for page in ("README.md", "CONTRIBUTING.md"):
        assert f"```sh\n{lines[0]}\n```" in text_of(page)


def test_the_readme_opens_with_the_line_that_trains_and_the_line_that_tests() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert blocks[0].strip().endswith("&& .venv/bin/fudemoji train")
    assert blocks[1].strip().endswith("-m pytest")
    assert all(block.count("\n") == 1 for block in blocks[:2])
