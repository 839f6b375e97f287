"""A run in Weights & Biases: offline unless it was asked for otherwise, and never with a question."""

from __future__ import annotations

import netrc
import os
import secrets
import shutil
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

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
from fudemoji.trackers.memory import folder_of, recall, remember

__all__ = ["WandbTracker", "wandb_mode"]

_HOST = "https://api.wandb.ai"


def wandb_mode(environment: Mapping[str, str]) -> str:
    """`WANDB_MODE` where it is set; else online for whoever has logged in with wandb, and offline for all others.

    >>> wandb_mode({"WANDB_API_KEY": "x" * 40}), wandb_mode({"WANDB_MODE": "disabled"})
    ('online', 'disabled')
    """
    if mode := environment.get("WANDB_MODE"):
        return mode
    if environment.get("WANDB_API_KEY") or environment.get("WANDB_IDENTITY_TOKEN_FILE"):
        return "online"
    host = urlsplit(environment.get("WANDB_BASE_URL") or _HOST).netloc
    try:
        known = netrc.netrc(environment.get("NETRC")).hosts
    except (OSError, netrc.NetrcParseError):
        return "offline"
    return "online" if host in known else "offline"


class WandbTracker:
    """Writes rows of figures, pictures and artifacts under one id, which the run folder keeps.

    Offline, all events of the run are written again when it is resumed, into one new offline run in place of the
    former. A server has the rows of earlier attempts already, and those before its last step are left out.
    """

    def __init__(self, run: Run) -> None:
        mode, known = wandb_mode(os.environ), recall(run, "wandb")
        _keep_inside(run)
        import wandb

        self._wandb, self._run = wandb, run
        self._id = str(known.get("id") or secrets.token_hex(4))
        self._mode, self._is_online = mode, mode == "online"
        self._from_step = int(known.get("step", 0)) if self._is_online else 0
        self._step = 0
        remember(run, "wandb", id=self._id, step=int(known.get("step", 0)))
        if not self._is_online:
            for old in (run.path / "wandb").glob(f"offline-run-*-{self._id}"):
                shutil.rmtree(old)
        settings: Any = wandb.Settings(
            console="off", silent=True, disable_git=True, save_code=False, init_timeout=30.0,
            x_save_requirements=False, x_disable_meta=True, x_disable_stats=not self._is_online,
        )  # fmt: skip
        self._tracked = wandb.init(
            id=self._id,
            name=run.name,
            project=os.environ.get("WANDB_PROJECT") or "fudemoji",
            config=flat_settings(run),
            dir=str(run.path),
            mode=mode,  # type: ignore[arg-type]
            resume="allow" if self._is_online else None,
            settings=settings,
        )
        if self._from_step == 0:
            self._show("samples", step=0)

    @property
    def told(self) -> str:
        """Where to look."""
        if self._is_online:
            return f"wandb: {self._tracked.url}"
        if self._mode != "offline":
            return f"wandb: {self._mode}, as WANDB_MODE says"
        return f"wandb: offline; `wandb sync {self._run.path}/wandb/offline-run-*` uploads it"

    def __call__(self, event: Event) -> None:
        """Add an event's figures to the row of its step."""
        step = getattr(event, "step", 0)
        if (figures := figures_of(event)) and step >= self._from_step:
            self._tracked.log(figures, step=step)
            self._step = step
        if isinstance(event, RunFinished):
            self._tracked.summary.update(results_of(event))
            self._show("confusion", step=step)

    def flush(self) -> None:
        """Remember the step, for whoever resumes."""
        if self._is_online and self._step > self._from_step:
            remember(self._run, "wandb", id=self._id, step=self._step)

    def close(self) -> None:
        """Hand the artifacts over, and say how the run ended."""
        self.flush()
        ending = ending_of(self._run)
        self._tracked.summary["status"] = ending
        artifact = self._wandb.Artifact(f"run-{self._id}", type="run")
        for path in artifacts_of(self._run):
            artifact.add_file(str(path))
        self._tracked.log_artifact(artifact)
        self._tracked.finish(exit_code=0 if ending == "finished" else 1)
        shutil.rmtree(folder_of(self._run, "wandb") / "cache", ignore_errors=True)

    def _show(self, name: str, *, step: int) -> None:
        if path := pictures_of(self._run).get(name):
            self._tracked.log({name: self._wandb.Image(str(path))}, step=step)


def _keep_inside(run: Run) -> None:
    """Caches and staged files into the run folder too; nothing is reported to anybody."""
    folder = folder_of(run, "wandb")
    for name in ("WANDB_CACHE_DIR", "WANDB_DATA_DIR", "WANDB_ARTIFACT_DIR"):
        os.environ.setdefault(name, str(folder / "cache"))
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
