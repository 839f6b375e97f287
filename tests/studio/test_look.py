"""The style sheets: one for each page and element, which styles nothing else."""

import re
from pathlib import Path

import pytest

from fudemoji.studio import assets, pages

LOOK = Path(assets.__file__).parent / "look"
SHEETS = sorted(LOOK.rglob("*.css"))
OF_PAGES = {
    path.rstrip("/").rsplit("/", 1)[-1] or "projects"
    for module in Path(pages.__file__).parent.rglob("*.py")
    for told in re.findall(r'^@page\("([^"]+)"', module.read_text("utf-8"), re.MULTILINE)
    for path in [re.sub(r"/?\{[^}]*\}", "", told)]
}


def outermost(sheet):
    """The selectors of a sheet's rules that stand in no other rule."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    found, depth, begin = [], 0, 0
    for place, char in enumerate(text):
        if char == "{":
            if not depth:
                found.append(text[begin:place].strip())
            depth += 1
        elif char == "}":
            depth -= 1
            begin = place + 1
    assert not depth, f"the braces of {sheet.name} do not match"
    return found


@pytest.mark.parametrize("sheet", sorted((LOOK / "pages").glob("*.css")), ids=lambda sheet: sheet.stem)
def test_a_page_s_sheet_styles_that_page_alone(sheet):
    assert sheet.stem in OF_PAGES
    assert outermost(sheet) == [f".page-{sheet.stem}"]


@pytest.mark.parametrize("sheet", sorted((LOOK / "elements").glob("*.css")), ids=lambda sheet: sheet.stem)
def test_an_element_s_sheet_styles_that_element_alone(sheet):
    assert outermost(sheet) == [f".{sheet.stem}"]


def test_a_class_is_common_to_all_pages_or_belongs_to_one():
    common = {name for sheet in LOOK.glob("*.css") for name in outermost(sheet)}
    assert not common & {f".{sheet.stem}" for sheet in (LOOK / "elements").glob("*.css")}


def test_the_browser_gets_all_sheets_as_one():
    whole = assets.style()
    assert all(sheet.read_text("utf-8") in whole for sheet in SHEETS)
    assert whole.index(".content {") < whole.index(".page-train {")
