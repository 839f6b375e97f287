import os
import sqlite3
import threading
import uuid

import optuna
import pytest

from fudemoji.errors import RunError, SettingsError, TrainingFailed
from fudemoji.tuning.storage import check_there, check_url, failing_as, open_storage
from fudemoji.tuning.study import join_study


@pytest.fixture
def opened():
    """A function that opens a storage, which is closed in the end."""
    storages = []

    def open_it(url):
        storages.append(open_storage(url))
        return storages[-1]

    yield open_it
    for storage in storages:
        storage.remove_session()
        storage.engine.dispose()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("study.db", r"^--storage study.db is no URL of a database; use sqlite:///FILE or postgresql://"),
        ("mongo://host/db", r"^--storage mongo://host/db: no such kind of database; use sqlite:///FILE"),
        (
            "oracle://me:secret@host/db",
            r"^--storage oracle://me:\*\*\*@host/db needs the package \w+; install it",
        ),
        ("postgresql://me:secret@host:port/db", r"^--storage postgresql://me:\*\*\*@host:port/db is no URL"),
        (
            "sqlite:///study.db?timeout=soon",
            r"^--storage sqlite:///study.db\?timeout=soon: what follows the \? cannot be read \(.*'soon'\)$",
        ),
        ("sqlite:///study.db?timeout=1&timeout=2", r"what follows the \? cannot be read \("),
    ],
)
def test_what_is_no_storage_is_told_without_its_password(url, message):
    with pytest.raises(SettingsError, match=message) as told:
        check_url(url)
    assert "secret" not in str(told.value)


def test_a_missing_driver_of_postgresql_names_the_extra():
    pytest.importorskip("sqlalchemy")
    try:
        import psycopg  # noqa: F401
    except ImportError:
        with pytest.raises(
            SettingsError, match=r"needs the package psycopg; install it with `pip install 'fudemoji\["
        ):
            check_url("postgresql://me:secret@host/db")
    else:
        pytest.skip("psycopg is installed")


def test_a_study_in_memory_is_refused(opened):
    with pytest.raises(
        SettingsError, match=r"is no file, and a study has to lie somewhere; use sqlite:///FILE$"
    ):
        opened("sqlite://")


def test_a_folder_that_is_missing_is_told(tmp_path, opened):
    with pytest.raises(
        RunError, match=r"^storage sqlite:///.*/no/study.db: unable to open .*is its folder there"
    ):
        opened(f"sqlite:///{tmp_path}/no/study.db")


def test_a_file_of_something_else_is_told(tmp_path, opened):
    (tmp_path / "study.db").write_text("words, and no database at all\n" * 100)
    with pytest.raises(
        RunError, match=r"file is not a database; the file holds something else; choose another$"
    ):
        opened(f"sqlite:///{tmp_path}/study.db")


@pytest.mark.parametrize("make", [open_storage, optuna.storages.RDBStorage])
def test_a_file_that_another_process_holds_is_told(tmp_path, opened, make):
    make(f"sqlite:///{tmp_path}/study.db").engine.dispose()
    url = f"sqlite:///{tmp_path}/study.db?timeout=0.1"
    holder = sqlite3.connect(tmp_path / "study.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    message = r"database is locked; another process holds it; wait for it, or stop it$"
    try:
        with pytest.raises(RunError, match=message), failing_as(RunError, url):
            join(opened(url), "a")
    finally:
        holder.close()


def test_a_file_whose_tables_another_process_just_makes_is_waited_for(tmp_path, opened):
    """SQLite itself would refuse at once to write such a file's log ahead."""
    optuna.storages.RDBStorage(f"sqlite:///{tmp_path}/study.db").engine.dispose()
    holder = sqlite3.connect(tmp_path / "study.db", isolation_level=None, check_same_thread=False)
    assert holder.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    holder.execute("BEGIN IMMEDIATE")
    let_go = threading.Timer(0.5, holder.close)
    let_go.start()
    try:
        storage = opened(f"sqlite:///{tmp_path}/study.db")
    finally:
        let_go.join()
    with storage.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_file_that_cannot_be_written_to_is_told(tmp_path, opened):
    opened(f"sqlite:///{tmp_path}/study.db").engine.dispose()
    url = f"sqlite:///file:{tmp_path}/study.db?mode=ro&uri=true"
    read_only = opened(url)
    message = r"readonly database; the file or its folder cannot be written to, or was removed$"
    with pytest.raises(RunError, match=message), failing_as(RunError, url):
        join(read_only, "a")


def test_a_file_that_is_removed_while_the_study_runs_is_told(tmp_path, opened):
    url = f"sqlite:///{tmp_path}/study.db"
    storage = opened(url)
    study, _ = join(storage, "a")
    check_there(url)
    storage.engine.dispose()
    (tmp_path / "study.db").unlink()
    message = (
        r"^storage sqlite:.*study.db is gone: its file was removed while the study ran; put it back, or start"
    )
    with pytest.raises(TrainingFailed, match=message):
        check_there(url)
    (tmp_path / "study.db").mkdir()
    with pytest.raises(TrainingFailed, match=message), failing_as(TrainingFailed, url):
        study.add_trial(optuna.trial.create_trial(value=1.0))


def test_a_server_that_is_not_there_is_told_without_the_password(opened):
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    with pytest.raises(
        RunError, match=r"^storage postgresql://me:\*\*\*@127.0.0.1:1/db: .*; is the server there\?$"
    ) as told:
        opened("postgresql://me:secret@127.0.0.1:1/db")
    assert "secret" not in str(told.value)


def join(storage, name, **identity):
    from fudemoji.tuning.sampling import PRUNERS, SeededSampler

    sampler, pruner = SeededSampler("random", seed=0), PRUNERS["none"]()
    return join_study(storage, name, identity=identity, sampler=sampler, pruner=pruner, first={})


def test_a_study_about_something_else_is_refused_with_what_differs(tmp_path, opened):
    storage = opened(f"sqlite:///{tmp_path}/study.db")
    join(storage, "a", set="kmnist (1)", setting={"epochs": "5ep"}, **{"range of": {"lr": "1:2"}})
    assert join(storage, "a", set="kmnist (1)", setting={"epochs": "5ep"}, **{"range of": {"lr": "1:2"}})[1]
    with pytest.raises(
        SettingsError,
        match=r"^study a in sqlite:.*study.db is another one: set was kmnist \(1\), now kmnist \(2\); "
        r"setting epochs was 5ep, now 9ep; range of lr was 1:2, now not there; range of smoothing was not there, "
        r"now 0:1; ask for the same again, or choose another --name$",
    ):
        join(storage, "a", set="kmnist (2)", setting={"epochs": "9ep"}, **{"range of": {"smoothing": "0:1"}})


def test_a_study_of_another_program_is_refused(tmp_path, opened):
    storage = opened(f"sqlite:///{tmp_path}/study.db")
    optuna.create_study(study_name="a", storage=storage).add_trial(optuna.trial.create_trial(value=1.0))
    with pytest.raises(SettingsError, match=r"^study a was not made by fudemoji; choose another --name$"):
        join(storage, "a")


@pytest.mark.skipif(
    "FUDEMOJI_TEST_POSTGRES" not in os.environ,
    reason="no PostgreSQL server: FUDEMOJI_TEST_POSTGRES holds no URL of one",
)
def test_a_study_lies_in_postgresql(opened):
    url = os.environ["FUDEMOJI_TEST_POSTGRES"]
    storage, name = opened(url), f"test-{uuid.uuid4().hex}"
    study, was_there = join(storage, name, set="a")
    assert not was_there
    study.add_trial(optuna.trial.create_trial(value=0.5))
    again, was_there = join(opened(url), name, set="a")
    assert was_there
    assert again.best_value == 0.5
