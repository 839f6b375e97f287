import pytest

from fudemoji.errors import SettingsError
from fudemoji.launch import Launch, read_launch

NAMES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "TORCHELASTIC_RESTART_COUNT")


@pytest.fixture
def environment(monkeypatch):
    """A function that sets what torchrun would, and takes away the rest."""

    def given(**values):
        for name in (*NAMES, "TORCHELASTIC_RUN_ID", "TORCHELASTIC_ERROR_FILE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return given


def test_a_process_that_nobody_launched_is_alone(environment):
    environment()
    assert read_launch() == Launch(rank=0, size=1, local_rank=0, local_size=1, restarts=0, id="")


def test_what_torchrun_says_is_read(environment):
    environment(**dict(zip(NAMES, ("5", "8", "1", "4", "2"), strict=True)), TORCHELASTIC_RUN_ID="job")
    assert read_launch() == Launch(rank=5, size=8, local_rank=1, local_size=4, restarts=2, id="job")


def test_starts_of_one_torchrun_are_told_by_its_folder_of_errors_and_not_by_the_job(environment):
    ids = []
    for folder, attempt in (("job_a", 0), ("job_a", 3), ("job_b", 0)):
        file = f"/tmp/torchelastic_x/{folder}/attempt_{attempt}/1/error.json"
        environment(TORCHELASTIC_RUN_ID="job", TORCHELASTIC_ERROR_FILE=file)
        ids.append(read_launch().id)
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"RANK": "x"}, r"^the environment variable RANK is 'x', no number; let torchrun set it$"),
        (
            {"RANK": "2", "WORLD_SIZE": "2"},
            r"^RANK is 2 and WORLD_SIZE 2: ranks count from 0; let torchrun set them$",
        ),
    ],
)
def test_an_environment_that_cannot_be_is_told(environment, values, message):
    environment(**values)
    with pytest.raises(SettingsError, match=message):
        read_launch()
