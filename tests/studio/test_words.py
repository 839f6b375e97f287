"""The words of the pages: each has its Japanese, and none is left over."""

import ast
import re
import string
from pathlib import Path

import pytest

from fudemoji.data.readers.table import parse_table
from fudemoji.errors import DataError
from fudemoji.studio import frame
from fudemoji.studio.words import Words
from fudemoji.studio.words.japanese import JAPANESE
from fudemoji.studio.words.templates import TEMPLATES

STUDIO = Path(frame.__file__).parent
SOURCES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(STUDIO.rglob("*.py"))}
SERVERS = [ast.parse(path.read_text("utf-8")) for path in sorted((STUDIO.parent / "server").rglob("*.py"))]
PLACEHOLDERS = string.Formatter()
LEAST_LITERAL = 12  # characters of a text, below which it says too little to be known again


def calls():
    """What `say` and `@page(title=)` are given in the code, and where."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = node.args[:1] if name == "say" else []
            given += [one.value for one in node.keywords if name == "page" and one.arg == "title"]
            for value in given:
                yield f"{path.relative_to(STUDIO)}:{node.lineno}", value


def said():
    """The English texts that stand in such a call itself, and where."""
    for place, value in calls():
        branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
        for branch in branches:
            if isinstance(branch, ast.Constant):
                yield branch.value, place


def texts():
    """Every text in the code, for those that reach `say` by a name, or as the message of an error."""
    pages = [tree for path, tree in SOURCES.items() if path.name != "japanese.py"]
    return {
        node.value
        for tree in pages + SERVERS
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def names(text):
    return {name for _, name, _, _ in PLACEHOLDERS.parse(text) if name}


def test_every_text_has_its_japanese():
    missing = {text: place for text, place in said() if text not in JAPANESE}
    assert not missing, "\n".join(f"{place}: {text!r}" for text, place in missing.items())


def test_no_japanese_is_left_over():
    left = sorted(JAPANESE.keys() - texts())
    assert not left, left


def test_a_text_is_put_together_by_no_f_string():
    wrong = [place for place, value in calls() if isinstance(value, ast.JoinedStr | ast.BinOp)]
    assert not wrong, wrong


@pytest.mark.parametrize("english", JAPANESE)
def test_the_japanese_takes_the_values_that_the_english_does(english):
    assert names(JAPANESE[english]) == names(english)
    assert "|" not in JAPANESE[english]
    assert JAPANESE[english].strip()


def test_tables_of_words_have_their_japanese():
    for table in (frame._PLACES, frame._OF_PROJECT, frame._LOOKS):
        assert not [word for word in table.values() if word not in JAPANESE]


def test_japanese_ends_sentences_as_japanese_does():
    wrong = [text for text in JAPANESE.values() if re.search(r"[ぁ-ん]\.$|、$|。.*[^。」）]です$", text)]
    assert not wrong, wrong


def made():
    """What each text with values in the code looks like, as a pattern, and all texts without any."""
    patterns, constants = [], set()
    for path in sorted(STUDIO.parent.rglob("*.py")):
        if path.parent.name == "words":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [one.value if isinstance(one, ast.Constant) else None for one in node.values]
                if sum(len(one) for one in parts if one) >= LEAST_LITERAL:
                    pattern = "".join(".*" if one is None else re.escape(one) for one in parts)
                    patterns.append(re.compile(pattern, re.DOTALL))
    return patterns, constants


def test_what_is_told_in_japanese_is_what_the_code_tells():
    patterns, constants = made()
    unknown = [
        one
        for one in TEMPLATES
        if one not in constants and not any(pattern.fullmatch(one) for pattern in patterns)
    ]
    assert not unknown


@pytest.mark.parametrize("english", TEMPLATES)
def test_a_template_names_only_values_that_the_english_has_and_fits_itself(english):
    assert names(TEMPLATES[english]) <= names(english)
    values = {name: f"<{number}>" for number, name in enumerate(sorted(names(english)))}
    message = english.format(**values)
    assert Words("ja").told(message) == TEMPLATES[english].format(**values)
    assert Words("en").told(message) == message


def test_a_message_within_a_message_is_told_in_japanese_too():
    say = Words("ja")
    assert (
        say.told("the image is cut short: its end is missing")
        == "画像が途中で切れています（末尾がありません）"
    )
    assert say.told("the image could not be kept: the disk is full") == (
        "画像を保存できませんでした（ディスクがいっぱいです）"
    )
    assert say.told("the image could not be kept: Input/output error") == (
        "画像を保存できませんでした（Input/output error）"
    )


@pytest.mark.parametrize(
    "table",
    [
        b"",
        b"path,label\n",
        b"path,colour\na.png,red\n",
        b"path\na.png\n",
        b"path,label\na.png,cat,dog\n",
        b"path,label\n,cat\n",
        b"path,label\na.png,\n",
        b"path,label\na\0.png,cat\n",
        b'path,label\n"a.png,cat\n',
        b"path,labels\na.png,cat||dog\n",
        b"path,label,split\na.png,cat,later\n",
        b"path,label,split\na.png,cat,train\nb.png,cat,\n",
        b"path,label\na.png,cat\na.png,dog\n",
        "path,label\na.png,cat\n".encode("utf-16"),
        "path,label\na.png,猫\n".encode("shift-jis"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_in_japanese(table):
    with pytest.raises(DataError) as refused:
        parse_table(table, name="signs.csv")
    told = Words("ja").told(str(refused.value))
    assert re.match(r"signs\.csv [にがの]", told)
    assert told.endswith(("ください", "です", "です）", "必要です")), told


def test_a_message_that_is_not_known_stays_as_it_is():
    for message in ("", "CUDA error: {device} is gone", "{}", "the image\nis cut"):
        assert Words("ja").told(message) == message


def test_numbers_are_shown_with_separators_and_one_thing_is_one():
    text = "one image|{count} images"
    assert [Words("en")(text, count=count) for count in (0, 1, 2, 12_000)] == [
        "0 images",
        "one image",
        "2 images",
        "12,000 images",
    ]
    assert Words("ja")(text, count=1) == "画像 1 枚"


def test_what_a_person_called_something_is_no_place_for_values():
    assert Words("en")("{name} is here", name="{count}") == "{count} is here"
    assert Words("ja")("nothing knows {this}") == "nothing knows {this}"


def test_of_two_templates_that_fit_the_one_that_says_more_tells():
    """One that begins with a value would fit much; a value is as little of a message as can be."""
    say = Words("ja")
    assert (
        say.told("it is still under way; cancel it first") == "まだ続いています。先にキャンセルしてください"
    )
    assert say.told("Iteration 2 is queued; cancel it first") == (
        "Iteration 2 は待機中です。先にキャンセルしてください"
    )
