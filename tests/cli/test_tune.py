import shlex

from trainings import TINY, flags

SHORT = flags(
    {name: value for name, value in TINY.items() if name not in ("lr", "batch_size")} | {"epochs": 1}
)
RANGES = ("lr=log:1e-3:0.05", "batch_size=16,32")


def test_tune_ends_with_the_best_settings_as_a_command_and_the_page(cli, folder, tmp_path):
    answer = cli("tune", folder, *RANGES, "--trials", "2", "--output", tmp_path, "--name", "s", *SHORT)
    assert answer.exit_code == 0, answer
    lines = answer.out.splitlines()
    assert lines[0] == "s: 2 done"
    assert lines[1].startswith("best validation score ")
    assert shlex.split(lines[2])[:3] == ["fudemoji", "train", str(folder)]
    assert lines[3] == str(tmp_path / "s" / "tune.html")
    assert [line.split(":")[0] for line in answer.err.splitlines()] == ["trial 1 of 2", "trial 2 of 2"]
    assert cli("report", tmp_path / "s").out == f"{tmp_path / 's' / 'tune.html'}\n"


def test_tune_ends_with_json_if_asked(cli, folder, tmp_path):
    answer = cli(
        "tune", folder, "--space", " ".join(RANGES), "--trials", "1", "--output", tmp_path, "--name", "s", "--json",
        *SHORT,
    )  # fmt: skip
    assert answer.json["num_trials"] == {"done": 1}
    assert answer.json["settings"].keys() == {"lr", "batch_size"}
    assert answer.json["run"] == str(tmp_path / "s" / "trials" / "0001")


def test_a_space_that_names_no_setting_is_refused(refused, folder):
    assert refused("tune", folder, "lrr=1:2") == "unknown setting 'lrr' in the space (did you mean 'lr'?)"
    assert refused("tune", folder, "--space", "lr=1:2", "--space", "bath_size=1,2") == (
        "unknown setting 'bath_size' in the space (did you mean 'batch_size'?)"
    )


def test_a_storage_that_is_none_is_refused(refused, folder, tmp_path):
    told = refused(
        "tune", folder, "lr=0.01:0.1", "--storage", "mysqll://me:secret@host/x", "--output", tmp_path / "o"
    )
    assert told.startswith("--storage mysqll://me:***@host/x: no such kind of database; use sqlite:///FILE")
    told = refused(
        "tune",
        folder,
        "lr=0.01:0.1",
        "--storage",
        f"sqlite:///{tmp_path}/no/x.db",
        "--output",
        tmp_path / "o",
    )
    assert told.endswith("unable to open database file; is its folder there, and may it be written to?")
    assert not (tmp_path / "o").exists()
