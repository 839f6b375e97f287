import pytest

from readers import tensorboard_of
from trainings import TINY, flags

SHORT = flags({name: value for name, value in TINY.items() if name != "lr"} | {"epochs": 1})


def test_compare_prints_a_row_for_each_variant_the_recommendation_and_the_path_of_the_page(
    cli, folder, tmp_path
):
    answer = cli(
        "compare", folder, "--vary", "lr=0.01,0.02", "--output", tmp_path / "o", "--name", "c", *SHORT
    )
    assert answer.exit_code == 0, answer
    rows = answer.out.splitlines()
    assert rows[0].split()[0] == "variant"
    assert [row.split()[0] for row in rows[1:3]] == ["lr=0.01", "lr=0.02"]
    assert "ecommended" in rows[3]
    assert any(row.startswith("warning: One seed") for row in rows) or "Nothing" in rows[3]
    assert rows[-1] == str(tmp_path / "o" / "c" / "compare.html")
    assert "lr=0.02, seed 0 (2 of 2)" in answer.err


def test_several_words_follow_one_option_and_the_json_holds_everything(cli, folder, tmp_path):
    answer = cli(
        "compare", folder, "--models", "mlp", "cnn", "--vary", "lr=0.01,0.02", "opt=sgd,adam", "--output", tmp_path,
        "--name", "c", "--json", "--epochs", "1st", "--precision", "fp32",
    )  # fmt: skip
    assert answer.exit_code == 0, answer
    assert answer.json["page"] == str(tmp_path / "c" / "compare.html")
    assert [v["contender"] for v in answer.json["variants"]] == ["mlp"] * 4 + ["cnn"] * 4
    assert answer.json["variants"][1]["tried"] == {"lr": "0.01", "opt": "adam"}


def test_every_training_of_a_comparison_is_tracked_where_that_is_asked_for(cli, folder, tmp_path):
    answer = cli(
        "compare", folder, "--vary", "lr=0.01,0.02", "--output", tmp_path, "--name", "c", "--tracker", "tensorboard",
        *SHORT,
    )  # fmt: skip
    assert answer.exit_code == 0, answer
    runs = sorted(path.parent for path in (tmp_path / "c").glob("*/config.json"))
    assert len(runs) == 2
    for run in runs:
        assert tensorboard_of(run).Tags()["scalars"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["SET", "--models", "mlp", "cnn", "--tracker", "wandv"], "unknown tracker 'wandv' (did you mean"),
        (
            ["SET"],
            "nothing to compare; give --recipes A B, --models A B, --vary NAME=VALUE,VALUE, or several run",
        ),
        (["SET", "--vary", "seed=1,2"], "--vary seed=1,2: seed cannot be varied: --seeds says how many"),
        (["SET", "--recipes", "quick", "bset"], "unknown recipe 'bset' (did you mean 'best'?)"),
        (["nowhere", "--recipes", "quick", "best"], "unknown set 'nowhere'; known: kana"),
        (
            ["SET", "SET", "--recipes", "quick", "best"],
            "recipes is for trainings; finished runs are compared",
        ),
        (["SET", "--recipes", "quick", "best", "--margin", "-1"], "Invalid value for '--margin'"),
    ],
)
def test_what_cannot_be_compared_is_one_line(refused, folder, words, message):
    told = refused("compare", *(folder if word == "SET" else word for word in words))
    assert message in told
