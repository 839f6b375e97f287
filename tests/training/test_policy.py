from dataclasses import replace

import pytest

from builders import glyphs
from fudemoji.config import POLICIES, resolve
from fudemoji.errors import SettingsError
from fudemoji.events import Note
from fudemoji.runs import Run
from fudemoji.training import fit_events
from fudemoji.training.workbench import Workbench
from trainings import TINY

OWN = ("rotate", "zoom", "shear", "shift")
PLAIN = {name: value for name, value in TINY.items() if name not in OWN}


@pytest.mark.parametrize("kind", ["characters", "photos"])
def test_the_kind_of_the_set_chooses_the_policy_which_is_told_and_stored(tmp_path, kind):
    data = replace(glyphs(), kind=kind)
    told = [e.text for e in fit_events(data, output=tmp_path, name="a", **PLAIN) if isinstance(e, Note)]
    assert any(text.startswith(f"augmentation {kind}: ") for text in told)
    stored = Run(tmp_path / "a").settings()
    assert {name: getattr(stored.augment, name) for name in POLICIES[kind]} == POLICIES[kind]
    assert stored.augment.policy == kind
    assert set(stored.given) == set(PLAIN)


def test_the_batches_of_characters_are_never_mirrored_and_those_of_photos_are():
    for kind, is_mirrored in (("characters", False), ("photos", True)):
        bench = Workbench.of(resolve("quick", PLAIN), replace(glyphs(), kind=kind))
        assert bench.batches(16).augment.mirror is is_mirrored


def test_characters_cannot_be_mirrored_by_hand_either(tmp_path):
    with pytest.raises(
        SettingsError, match=r"^mirror is for photos and clips: a mirrored character is another one"
    ):
        list(fit_events(glyphs(), output=tmp_path, mirror=True, **PLAIN))
    assert list(tmp_path.iterdir()) == []
