"""A run in MLflow: in a database of the run folder, or on the server that MLFLOW_TRACKING_URI names."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from fudemoji.events import Event, RunFinished
from fudemoji.runs import Run
from fudemoji.trackers.figures import (
    artifacts_of,
    ending_of,
    figures_of,
    flat_settings,
    pictures_of,
    results_of,
)
from fudemoji.trackers.memory import recall, remember

__all__ = ["MLflowTracker"]

_BATCH = 100  # parameters a request, MLflow's limit
_MOST_FIGURES = 1000  # figures a request, MLflow's limit
_EVERY_SECONDS = 10.0  # between two requests: each is a transaction
_ENDINGS = {"finished": "FINISHED", "failed": "FAILED"}
_PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}


class MLflowTracker:
    """Logs figures in batches under one run id, which the run folder keeps.

    MLflow forgets no figure, so that of a run that is resumed, what the store has already is left out.
    """

    def __init__(self, run: Run) -> None:
        for name, value in {**_PATIENCE, "MLFLOW_DISABLE_TELEMETRY": "true"}.items():
            os.environ.setdefault(name, value)
        from mlflow.entities import Metric
        from mlflow.tracking import MlflowClient

        self._run, self._metric = run, Metric
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        self._uri = uri or f"sqlite:///{(run.path / 'mlflow').resolve() / 'mlflow.db'}"
        if not uri:
            (run.path / "mlflow").mkdir(exist_ok=True)
            _write_ahead()
        self._client = MlflowClient(self._uri)
        self._waiting: list[Any] = []
        self._sent_at = time.monotonic()
        self._had: dict[str, int] = {}
        self._id = self._opened(is_local=not uri)

    @property
    def told(self) -> str:
        """Where to look."""
        if os.environ.get("MLFLOW_TRACKING_URI"):
            return f"mlflow: run {self._id} in {self._uri}"
        return f"mlflow: `mlflow ui --backend-store-uri {self._uri}`"

    def __call__(self, event: Event) -> None:
        """Take note of an event's figures that the store does not have yet."""
        now = int(time.time() * 1000)
        step = getattr(event, "step", 0)
        for name, value in figures_of(event).items():
            if step > self._last_step(name):
                self._waiting.append(self._metric(name, value, now, step))
        if isinstance(event, RunFinished):
            self._waiting += [
                self._metric(name, value, now, step)
                for name, value in results_of(event).items()
                if not isinstance(value, str)
            ]

    def flush(self) -> None:
        """Send what waits, now and then."""
        if time.monotonic() - self._sent_at >= _EVERY_SECONDS:
            self._send()

    def close(self) -> None:
        """Send the rest, the files, and how the run ended."""
        self._send()
        for path in pictures_of(self._run).values():
            self._client.log_artifact(self._id, str(path), "plots")
        for path in artifacts_of(self._run):
            self._client.log_artifact(self._id, str(path))
        ending = ending_of(self._run)
        self._client.set_tag(self._id, "fudemoji.status", ending)
        self._client.set_terminated(self._id, status=_ENDINGS.get(ending, "KILLED"))

    def _opened(self, *, is_local: bool) -> str:
        """The id of the tracked run: the one it had, or a new one with all settings."""
        known = recall(self._run, "mlflow")
        if known.get("uri") == self._uri and (run_id := known.get("id")):
            self._client.update_run(run_id, status="RUNNING")
            self._had = self._last_steps(run_id)
            return str(run_id)
        experiment = self._experiment(self._run.path / "mlflow" / "artifacts" if is_local else None)
        run_id = self._client.create_run(experiment, run_name=self._run.name).info.run_id
        remember(self._run, "mlflow", id=run_id, uri=self._uri)
        settings = [(name, str(value)) for name, value in flat_settings(self._run).items()]
        from mlflow.entities import Param

        for start in range(0, len(settings), _BATCH):
            part = [Param(name, value) for name, value in settings[start : start + _BATCH]]
            self._client.log_batch(run_id, params=part)
        return str(run_id)

    def _experiment(self, artifacts: Path | None) -> str:
        if chosen := os.environ.get("MLFLOW_EXPERIMENT_ID"):
            return chosen
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or "fudemoji"
        if found := self._client.get_experiment_by_name(name):
            return str(found.experiment_id)
        location = artifacts.resolve().as_uri() if artifacts else None
        return str(self._client.create_experiment(name, artifact_location=location))

    def _last_step(self, name: str) -> int:
        return self._had.get(name, -1)

    def _last_steps(self, run_id: str) -> dict[str, int]:
        """The last step that the store has of each figure."""
        names = self._client.get_run(run_id).data.metrics
        return {
            name: max(one.step for one in self._client.get_metric_history(run_id, name)) for name in names
        }

    def _send(self) -> None:
        self._sent_at = time.monotonic()
        while self._waiting:
            part, self._waiting = self._waiting[:_MOST_FIGURES], self._waiting[_MOST_FIGURES:]
            self._client.log_batch(self._id, metrics=part)


def _write_ahead() -> None:
    """SQLite waits for the disk at each of MLflow's many small transactions unless it keeps a write-ahead log.

    A kill loses nothing with it, a power cut the last moments. It holds for the whole process, which is the tracker's.
    """
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
