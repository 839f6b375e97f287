"""Readers of what trackers wrote: those of the tools themselves, as far as they can be had without a server."""

import json
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from wandb.proto.wandb_internal_pb2 import Record

from fudemoji.runs import Run

_BLOCK = 32768  # of LevelDB's log format, which .wandb files have (wandb's own reader is in its Go program)


def wandb_records(path: Path) -> list[Record]:
    """The records of a .wandb file."""
    data = path.read_bytes()
    assert data[:4] == b":W&B"
    records, parts, place = [], [], 7
    while place + 7 <= len(data):
        if _BLOCK - place % _BLOCK < 7:
            place += _BLOCK - place % _BLOCK
            continue
        _, size, kind = struct.unpack("<IHB", data[place : place + 7])
        parts.append(data[place + 7 : place + 7 + size])
        place += 7 + size
        if kind in (1, 4):  # whole, or last
            record = Record()
            record.ParseFromString(b"".join(parts))
            records.append(record)
            parts = []
    return records


def tensorboard_of(folder: Path) -> EventAccumulator:
    """Everything in a folder of event files."""
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    return accumulator.Reload()


@dataclass
class WandbRun:
    """What a .wandb file tells."""

    figures: dict[str, list[tuple[int, float]]]
    config: dict[str, object]
    summary: dict[str, object]
    artifacts: list[object]
    exit_code: int | None


def wandb_of(run: Run) -> WandbRun:
    """The one offline run of a run folder."""
    (path,) = run.path.glob("wandb/offline-run-*/run-*.wandb")
    found = WandbRun({}, {}, {}, [], None)
    for record in wandb_records(path):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            assert record.run.display_name == run.name
            found.config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
        elif kind == "history":
            row = {"/".join(i.nested_key) or i.key: json.loads(i.value_json) for i in record.history.item}
            for name, value in row.items():
                if isinstance(value, int | float):
                    found.figures.setdefault(name, []).append((row["_step"], value))
        elif kind == "summary":
            found.summary |= {item.key: json.loads(item.value_json) for item in record.summary.update}
        elif kind == "artifact":
            found.artifacts.append(record.artifact)
        elif kind == "exit":
            found.exit_code = record.exit.exit_code
    return found


@dataclass
class MLflowRun:
    """What MLflow's client tells of a run; in a process of its own, for its imports warn."""

    figures: dict[str, list[tuple[int, float]]]
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    status: str
    run_name: str
    files: list[str]


_ASK_MLFLOW = """
import json, sys
from mlflow.tracking import MlflowClient

client = MlflowClient(sys.argv[1])
(experiment,) = client.search_experiments(filter_string="name = 'fudemoji'")
(run,) = client.search_runs([experiment.experiment_id])
id = run.info.run_id
files = [file.path for file in client.list_artifacts(id)] + [f.path for f in client.list_artifacts(id, "plots")]
figures = {
    name: [(one.step, one.value) for one in client.get_metric_history(id, name)] for name in run.data.metrics
}
told = dict(figures=figures, params=run.data.params, metrics=run.data.metrics, tags=run.data.tags)
print(json.dumps({**told, "status": run.info.status, "run_name": run.info.run_name, "files": files}))
"""


def mlflow_of(run: Run) -> MLflowRun:
    """The one run in the database of a run folder."""
    uri = f"sqlite:///{run.path.resolve()}/mlflow/mlflow.db"
    answer = subprocess.run(
        [sys.executable, "-c", _ASK_MLFLOW, uri], capture_output=True, text=True, check=True
    )
    told = json.loads(answer.stdout.splitlines()[-1])
    told["figures"] = {name: [tuple(pair) for pair in pairs] for name, pairs in told["figures"].items()}
    return MLflowRun(**told)
