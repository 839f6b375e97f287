import re
from html.parser import HTMLParser

import numpy as np
import pytest

from builders import classes, glyphs
from fudemoji.data.checks.full import check_subject
from fudemoji.data.checks.subject import Subject
from fudemoji.data.listing import Problem
from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.report.check_page import write_check_page

HOSTILE = "\"><script>alert(1)</script>&'<img src=https://example.org/x>.png"


class Page(HTMLParser):
    """Tags, and the text between them."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, text):
        self.words.append(text)

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self):
        return " ".join("".join(self.words).split())


def subject_of(data, problems=()):
    subject = Subject.of_set(data)
    return Subject(**{**{f: getattr(subject, f) for f in subject.__dataclass_fields__}, "problems": problems})


@pytest.fixture
def write(tmp_path):
    def page(subject):
        path = write_check_page(check_subject(subject), subject, tmp_path / "check.html")
        return Page(path.read_text(encoding="utf-8")), path.read_text(encoding="utf-8")

    return page


def leaking(num=12, *, is_leaking=True):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (num, 3, 8, 8), dtype=np.uint8).repeat(8, axis=2).repeat(8, axis=3)
    if is_leaking:
        images[num - 1] = images[0]
    splits = {"train": np.arange(num - 4), "test": np.arange(num - 4, num)}
    names = (HOSTILE, *(f"{place}.png" for place in range(1, num)))
    named = (LabelClass("<i>cat</i>"), LabelClass("dog"))
    return ImageSet("photos", images, np.arange(num) % 2, named, splits, names=names, kind="photos")


def test_the_page_shows_copies_side_by_side_with_their_names(write):
    page, source = write(subject_of(leaking()))
    assert "In two splits" in page.text
    [group] = re.findall(r'<article class="group">.*?</article>', source, re.DOTALL)[:1]
    assert group.count("<img ") == 2
    assert "11.png" in group


def test_hostile_names_stay_text_and_the_page_fetches_and_runs_nothing(write):
    page, source = write(subject_of(leaking(), (Problem(HOSTILE, "broken", "<b>detail</b>"),)))
    assert not page.of("script")
    assert not page.of("link")
    assert HOSTILE in {image["alt"] for image in page.of("img")}
    assert all(image["src"].startswith("data:image/") for image in page.of("img"))
    assert all(link["href"].startswith("#") for link in page.of("a"))
    assert not re.search(r"url\((?!data:)", source)
    assert page.text.count(HOSTILE) == 2
    assert "<b>detail</b>" in page.text
    assert "<i>cat</i>" in page.text


def test_every_class_has_samples_and_a_bar(write):
    _, source = write(subject_of(glyphs(40, 12)))
    rows = re.findall(r'<div class="class">.*?</div></div>', source, re.DOTALL)
    assert len(rows) == 4
    assert all(row.count("<img ") == 8 for row in rows)
    assert all('class="train" style="width:76.92%"' in row for row in rows)


def test_of_very_many_classes_the_largest_and_the_smallest_are_shown(write):
    labels = np.repeat(np.arange(130), np.linspace(30, 3, 130).astype(int)).astype(np.int64)
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 1, 8, 8), dtype=np.uint8)
    named = classes("".join(chr(0x4E00 + k) for k in range(130)))
    page, source = write(
        subject_of(ImageSet("many", images, labels, named, {"train": np.arange(len(labels))}))
    )
    assert source.count('<div class="class">') == 100
    assert "30 are not shown" in page.text


def test_more_findings_than_fit_are_counted(write):
    problems = tuple(Problem(f"{place}.jpg", "broken", "is no image") for place in range(230))
    page, _ = write(subject_of(glyphs(40, 12), problems))
    assert "And 30 more;" in page.text
    assert "199.jpg" in page.text
    assert "200.jpg" not in page.text


def test_what_is_shown_once_is_not_shown_again(write):
    page, source = write(subject_of(leaking()))
    assert source.count('<article class="group">') == 1
    anchors = {attributes["href"] for attributes in page.of("a")}
    assert "#leak" in anchors
    assert "#duplicate" not in anchors


def test_a_page_without_findings_says_so(write):
    page, source = write(subject_of(leaking(is_leaking=False)))
    assert "Nothing found." in page.text
    assert "nothing found" in page.text
    assert '<article class="group">' not in source
