from fudemoji.runs import Run


def test_an_unknown_tracker_is_one_line(refused, folder):
    for verb in (("train", folder), ("resume", folder)):
        told = refused(*verb, "--tracker", "wandv")
        assert told == "unknown tracker 'wandv' (did you mean 'wandb'?); known: mlflow, tensorboard, wandb"


def test_a_missing_package_is_one_line_and_leaves_nothing(refused, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("fudemoji.trackers.named.lacking", lambda name: ["mlflow"])
    told = refused("train", folder, "--tracker", "mlflow", "--output", tmp_path / "runs")
    assert told == "tracker mlflow needs mlflow; install it with `pip install 'fudemoji[mlflow]'`"
    assert not (tmp_path / "runs").exists()


def test_a_run_may_have_a_tracker(cli, folder, tmp_path):
    answer = cli(
        "train", folder, "--tracker", "tensorboard", "--output", tmp_path / "runs", "--name", "a",
        "--model", "mlp", "--epochs", 1, "--json",
    )  # fmt: skip
    assert answer.exit_code == 0
    assert len(list(tmp_path.glob("runs/a/events.out.tfevents.*"))) == 1
    assert f"tensorboard --logdir {tmp_path / 'runs'}" in Run(tmp_path / "runs/a").events_path.read_text()
