import pytest

from comparison_cases import variant
from fudemoji.comparison.measuring import measure
from fudemoji.comparison.next_steps import next_steps
from fudemoji.report.compared.records import Comparison, Recommendation
from trainings import finished_run


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A measured run."""
    folder = tmp_path_factory.mktemp("done")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fudemoji.training.session.write_report", lambda run: run.report_path)
        return measure(finished_run(folder, epochs=1), keep=folder / "kept.npz")


def steps(variants, first, choice="a"):
    found = Comparison(
        title="", command="", score="test accuracy", margin=0.002, seeds=(0,), variants=tuple(variants), grids={},
        grid_pairs={}, pairs=(), recommendation=Recommendation(choice, ("",)), warnings=(), rules=(), next_steps=(),
        versions={},
    )  # fmt: skip
    return next_steps(found, first)


def test_the_steps_follow_from_what_was_compared(first):
    source = first.run.settings().data.source
    plain = {"settings": {"policy": "none", "pretrained": "no"}, "recipe": "report-2022-cnn"}
    assert steps([variant("a", model="resnet34", seeds=1, **plain)], first) == (
        "Look at the chosen model's mistakes and its confidence: `fudemoji evaluate a-0`.",
        "Repeat it with `--seeds 3` or more: fewer say little about the next training.",
        f"Search its settings instead of trying a few: `fudemoji tune {source} --model resnet34`.",
        "It was trained without augmentation; for few images that is the cheapest gain: "
        f"`fudemoji compare {source} --recipe report-2022-cnn --vary policy=none,auto`.",
        "Hold it against the recipe that is tuned for characters: "
        f"`fudemoji compare {source} --recipes report-2022-cnn quick`.",
        f"Start from published weights: `fudemoji train {source} --recipe fine-tune --model resnet34 --pretrained`.",
    )


def test_what_was_done_already_is_no_step(first):
    assert len(steps([variant("a", settings={"policy": "characters"})], first)) == 2


def test_without_a_choice_the_rate_is_the_first_suspect(first):
    assert steps([variant("a")], first, choice=None) == (
        "Find out why nothing was learnt: `fudemoji lr` shows which rates a model can bear.",
    )
