import json
import re

import numpy as np
import pytest

from answers import labelled, read
from fudemoji.errors import RunError
from fudemoji.runs import Run
from fudemoji.trust import Trust, Wish, choose, read_trust, write_trust

ONE = {"threshold": 0.1, "is_own": True, "is_reached": True}


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


@pytest.mark.parametrize("wish", [None, Wish("precision", 0.9)])
@pytest.mark.parametrize("draw", [read, labelled])
def test_what_is_written_is_read_again(run, draw, wish):
    trust = choose(draw("valid"), draw("test", seed=1), shifts=1, wish=wish)
    write_trust(run, trust)
    assert read_trust(run, num_classes=4, multi_label=trust.multi_label) == trust


def test_a_run_without_the_file_answers_as_runs_always_did(run):
    plain = read_trust(run, num_classes=3, multi_label=False)
    assert (plain.temperature, plain.is_chosen) == (1, False)
    logits = np.log([[0.2, 0.7, 0.1], [0.4, 0.3, 0.3]])
    probs = plain.probabilities(logits)
    assert probs == pytest.approx(np.exp(logits))
    assert plain.is_known(probs).all()
    assert plain.labels(probs).tolist() == [[False, True, False], [True, False, False]]
    several = read_trust(run, num_classes=3, multi_label=True)
    assert several.labels(np.array([[0.5, 0.51, 0.49]])).tolist() == [[False, True, False]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"temperature": 0}, r"temperature: Input should be greater than 0"),
        ({"temperature": "warm"}, r"temperature: Input should be a valid number"),
        ({"format": "fudemoji-trust-9"}, r"format: Input should be 'fudemoji-trust-1'"),
        ({"rule": None}, r"rule: Input should be a valid dictionary"),
        ({"rule": {"wanted": "luck", "threshold": 0.5}}, r"rule\.wanted: Input should be 'all', "),
        ({"rule": {"wanted": "recall", "threshold": 0.5, "classes": [ONE]}}, r"Value error, 1 thresholds for 4"),
    ],
)  # fmt: skip
def test_damage_is_told_with_a_way_out(run, change, told):
    write_trust(run, choose(read("valid")))
    content = json.loads((run.path / "trust.json").read_bytes())
    (run.path / "trust.json").write_text(json.dumps({**content, **change}))
    with pytest.raises(
        RunError, match=rf"trust\.json is damaged: {told}.*; write it anew with `fudemoji eval"
    ) as caught:
        read_trust(run, num_classes=4, multi_label=False)
    assert "\n" not in str(caught.value)


def test_a_file_cut_off_is_told_with_a_way_out(run):
    write_trust(run, choose(read("valid")))
    whole = (run.path / "trust.json").read_bytes()
    (run.path / "trust.json").write_bytes(whole[:300])
    with pytest.raises(
        RunError,
        match=r"trust\.json is damaged: .*; write it anew with `fudemoji evaluate .*`, or delete it$",
    ):
        read_trust(run, num_classes=4, multi_label=False)


def test_the_file_of_another_model_is_refused(run):
    write_trust(run, choose(read("valid")))
    expected = "is for 4 classes and one label an image, the run has 7 classes and several labels; "
    with pytest.raises(RunError, match=re.escape(expected)):
        read_trust(run, num_classes=7, multi_label=True)


def test_the_plain_rules_hold_for_any_number_of_classes():
    assert Trust.plain(num_classes=5, multi_label=True).rule.thresholds(5).tolist() == [0.5] * 5


def test_images_as_they_are_have_numbers_of_their_own(run):
    shifted, plain = (
        (read("valid", seed=1), read("test", seed=2)),
        (read("valid", seed=3), read("test", seed=4)),
    )
    wish = Wish("known", 0.8)
    write_trust(run, choose(*shifted, shifts=2, unshifted=plain, wish=wish))
    trust = read_trust(run, num_classes=4, multi_label=False)
    assert trust.at(0) == choose(*plain, wish=wish)
    assert trust.at(2) is trust
    assert trust.at(1) is trust
    assert trust.at(0).temperature != trust.temperature == choose(*shifted).temperature
    alone = choose(*plain)
    assert alone.at(0) is alone


def test_numbers_of_other_shifts_that_do_not_belong_to_them_are_damage(run):
    write_trust(run, choose(read("valid"), shifts=1, unshifted=(read("valid"), None)))
    damaged = run.read_json("trust")
    damaged["unshifted"]["shifts"] = 1
    run.write_json("trust", damaged)
    with pytest.raises(
        RunError, match=r"Value error, unshifted is for another model, or for shifts; write it"
    ):
        read_trust(run, num_classes=4, multi_label=False)
