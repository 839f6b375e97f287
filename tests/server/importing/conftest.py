"""A cloud with a project of two tags, and what imports it."""

import pytest

from cloud import KEY, Cloud, picture, serving


@pytest.fixture
def cloud():
    """Five ants in PNG, five bees in JPEG, and a picture without a tag."""
    made = Cloud()
    ants, bees = made.tag("ants", description="six legs"), made.tag("bees")
    for seed in range(5):
        made.image(picture(seed), ants)
        made.image(picture(100 + seed, "JPEG"), bees)
    made.image(picture(200))
    with serving(made):
        yield made


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("CUSTOM_VISION_TRAINING_KEY", KEY)
