from trainings import TINY, flags

SHORT = flags({name: value for name, value in TINY.items() if name != "lr"} | {"epochs": 1})


def test_compare_prints_a_row_for_each_variant_and_the_path_of_the_page(cli, folder, tmp_path):
    answer = cli(
        "compare", folder, "--vary", "lr=0.01,0.02", "--output", tmp_path / "o", "--name", "c", *SHORT
    )
    assert answer.exit_code == 0, answer
    rows = answer.out.splitlines()
    assert rows[0].split()[0] == "variant"
    assert [row.split()[0] for row in rows[1:3]] == ["lr=0.01", "lr=0.02"]
    assert rows[3] == str(tmp_path / "o" / "c" / "compare.html")
    assert "lr=0.02, seed 0" in answer.err


def test_compare_ends_with_json_if_asked(cli, folder, tmp_path):
    answer = cli(
        "compare", folder, "--vary", "lr=0.01,0.02", "--output", tmp_path, "--name", "c", "--json", *SHORT
    )
    assert answer.json["page"] == str(tmp_path / "c" / "compare.html")
    assert len(answer.json["variants"]) == 2


def test_a_setting_that_cannot_be_varied_is_refused(refused, folder):
    assert refused("compare", folder, "--vary", "epochs=1,2").startswith(
        "--vary epochs=1,2: epochs is the same"
    )
