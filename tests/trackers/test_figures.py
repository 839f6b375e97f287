import math

import pytest

from fudemoji.trackers.figures import ending_of, figures_of, flat_settings, results_of
from fudemoji.trackers.wandb import wandb_mode
from growing import FINISHED, evaluated, steps


def test_a_figure_that_is_no_number_is_left_out():
    assert "train/loss" not in figures_of(steps(1, loss=math.inf))
    assert "valid/macro_f1" not in figures_of(evaluated(3))


def test_what_was_not_measured_is_no_result():
    assert "test_macro_f1" not in results_of(FINISHED)
    assert results_of(FINISHED)["test_accuracy"] == 0.75


def test_settings_are_flat_and_plain(training):
    found = flat_settings(training.run)
    assert found["epochs"] == str(training.run.settings().loop.epochs)
    assert found["lr"] == training.run.settings().optim.lr
    assert all(isinstance(value, bool | int | float | str) for value in found.values())


@pytest.mark.parametrize("state", ["finished", "interrupted", "failed"])
def test_the_folder_says_how_a_run_ended(state, training):
    training.run.set_status(state)
    assert ending_of(training.run) == state


def test_a_run_that_nobody_marked_was_killed(training):
    assert ending_of(training.run) == "killed"
    (training.run.path / "status.json").unlink()
    assert ending_of(training.run) == "killed"


def test_wandb_goes_online_for_whoever_has_logged_in(tmp_path, without_network):
    assert wandb_mode({}) == "offline"
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.wandb.ai login user password nothing\n")
    netrc.chmod(0o600)
    assert wandb_mode({"NETRC": str(netrc)}) == "online"
    assert wandb_mode({"NETRC": str(netrc), "WANDB_BASE_URL": "https://wandb.example"}) == "offline"
    assert wandb_mode({"NETRC": str(netrc), "WANDB_MODE": "offline"}) == "offline"
    netrc.write_text("machine\n")
    assert wandb_mode({"NETRC": str(netrc)}) == "offline"
