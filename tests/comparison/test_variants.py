import pytest

from fudemoji.comparison.variants import candidates_of, parse_vary
from fudemoji.errors import SettingsError


def names(**how):
    return [candidate.name for candidate in candidates_of(**how)]


def test_several_settings_make_the_whole_grid():
    assert names(vary=["opt=sgd,adam", "lr=0.01,0.001"]) == [
        "opt=sgd lr=0.01", "opt=sgd lr=0.001", "opt=adam lr=0.01", "opt=adam lr=0.001",
    ]  # fmt: skip
    assert names(vary={"opt": ["sgd", "adam"]}) == ["opt=sgd", "opt=adam"]


def test_recipes_and_models_are_contenders_and_what_is_varied_belongs_to_them():
    found = candidates_of(recipes=["report-2022-mlp", "quick"], vary="lr=0.01,0.02", values={"epochs": 3})
    assert [(c.name, c.contender, c.recipe) for c in found] == [
        ("report-2022-mlp lr=0.01", "report-2022-mlp", "report-2022-mlp"),
        ("report-2022-mlp lr=0.02", "report-2022-mlp", "report-2022-mlp"),
        ("quick lr=0.01", "quick", "quick"),
        ("quick lr=0.02", "quick", "quick"),
    ]
    assert found[3].settings(seed=7).optim.lr == 0.02
    assert (found[3].settings(seed=7).loop.seed, found[3].settings(seed=7).loop.epochs.amount) == (7, 3)
    assert names(recipes=["quick", "best"], models=["cnn", "mlp"]) == [
        "quick cnn", "quick mlp", "best cnn", "best mlp",
    ]  # fmt: skip


def test_length_and_batch_can_be_varied_too():
    assert names(vary=["epochs=1,2", "batch-size=16,32"])[0] == "epochs=1 batch_size=16"


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        (
            "shed=a,b",
            r"^--vary shed=a,b: unknown setting 'shed' \(did you mean 'sched'\?\); write NAME=VALUE,VALUE$",
        ),
        ("sched", r"^--vary sched: two different values or more are compared; write NAME=VALUE,VALUE$"),
        ("sched=cosine", r"two different values or more"),
        ("sched=cosine,cosine", r"two different values or more"),
        (
            "seed=1,2",
            r"^--vary seed=1,2: seed cannot be varied: --seeds says how many; choose another setting$",
        ),
        ("valid=0.1,0.2", r"^--vary valid=0.1,0.2: valid cannot be varied: all have the same cut; choose"),
    ],
)
def test_what_cannot_be_varied_is_told(vary, message):
    with pytest.raises(SettingsError, match=message):
        parse_vary(vary)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (
            {},
            r"^nothing to compare; give --recipes A B, --models A B, --vary NAME=VALUE,VALUE, or several run",
        ),
        ({"recipes": ["quick"]}, r"^nothing to compare"),
        ({"recipes": ["quick", "quick"]}, r"^--recipes: recipe 'quick' is there twice$"),
        (
            {"recipes": ["quick", "best"], "recipe": "best"},
            r"^--recipe best is the start where no --recipes are compared; leave one of them out$",
        ),
        ({"recipes": ["quick", "bset"]}, r"^unknown recipe 'bset' \(did you mean 'best'\?\)"),
        ({"models": ["cnn", "mpl"]}, r"^unknown model 'mpl' \(did you mean 'mlp'\?\)"),
        ({"vary": ["lr=1,2", "lr=3,4"]}, r"^--vary lr is given twice; write all its values behind one$"),
        ({"vary": {"lr": [1]}}, r"^vary lr: two different values or more are compared"),
        (
            {"vary": "model=mlp,cnn", "models": ["mlp", "cnn"]},
            r"^--vary model and --models say the same; leave",
        ),
        ({"vary": "lr=1,2", "values": {"lr": 1}}, r"^--vary lr: lr is given as well; leave one of them out$"),
        (
            {"models": ["mlp", "cnn"], "values": {"model": "mlp"}},
            r"^--models: model is given as well; leave one",
        ),
        ({"vary": "sched=constant,steep"}, r"^sched=steep: sched is 'steep': input should be"),
        ({"vary": "opt=sgd,adam", "values": {"beta2": 0.9}}, r"^opt=sgd: beta2 has no meaning for opt sgd$"),
    ],
)
def test_a_grid_that_makes_no_sense_is_told(how, message):
    with pytest.raises(SettingsError, match=message):
        candidates_of(**how)
