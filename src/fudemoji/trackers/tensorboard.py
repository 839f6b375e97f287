"""A run as TensorBoard's event files, in the run folder itself: `tensorboard --logdir runs` then shows its name."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event as Record
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from fudemoji.events import Event, RunFinished
from fudemoji.runs import Run
from fudemoji.trackers.figures import ending_of, figures_of, flat_settings, pictures_of, results_of

__all__ = ["TensorBoardTracker"]

_SUFFIX = ".fudemoji"


class TensorBoardTracker:
    """Writes scalars, settings and pictures; whoever resumes a run hands over all its events and gets one new file."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._step = 0
        for old in run.path.glob(f"events.out.tfevents.*{_SUFFIX}"):
            old.unlink()
        self._writer = EventFileWriter(str(run.path), filename_suffix=_SUFFIX)
        settings = flat_settings(run)
        self._write(hparams_pb(settings, trial_id=run.name).value)
        self._write([_text("settings", _markdown(settings))])
        self._write(_pictures(run, only="samples"))

    @property
    def told(self) -> str:
        """Where to look."""
        return f"tensorboard: `tensorboard --logdir {self._run.path.parent}`"

    def __call__(self, event: Event) -> None:
        """Write an event's figures at its step."""
        self._step = getattr(event, "step", self._step)
        self._write(Summary.Value(tag=name, simple_value=value) for name, value in figures_of(event).items())
        if isinstance(event, RunFinished):
            self._write([_text("results", _markdown(results_of(event)))])
            self._write(_pictures(self._run, only="confusion"))

    def flush(self) -> None:
        """Put on the disk what was written."""
        self._writer.flush()

    def close(self) -> None:
        """Write how the run ended."""
        ending = ending_of(self._run)
        self._write([_text("status", ending)])
        status = STATUS_SUCCESS if ending == "finished" else STATUS_FAILURE
        self._write([_session_end(status)])
        self._writer.close()

    def _write(self, values: Iterable[Any]) -> None:
        if values := list(values):
            self._writer.add_event(
                Record(wall_time=time.time(), step=self._step, summary=Summary(value=values))
            )


def _session_end(status: int) -> Any:
    """What `hparams.summary.session_end_pb` makes, which needs TensorFlow."""
    data = HParamsPluginData(session_end_info=SessionEndInfo(status=status, end_time_secs=time.time()))
    return Summary.Value(
        tag=hparams_metadata.SESSION_END_INFO_TAG,
        metadata=hparams_metadata.create_summary_metadata(data),
        tensor=hparams_metadata.NULL_TENSOR,
    )


def _text(tag: str, text: str) -> Any:
    tensor = TensorProto(
        dtype=DT_STRING,
        string_val=[text.encode()],
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
    )
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def _markdown(values: dict[str, Any]) -> str:
    return "\n".join(["| name | value |", "| --- | --- |", *(f"| {k} | {v} |" for k, v in values.items())])


def _pictures(run: Run, *, only: str) -> list[Any]:
    return [_picture(name, path) for name, path in pictures_of(run).items() if name == only]


def _picture(tag: str, path: Path) -> Any:
    with Image.open(path) as image:
        width, height = image.size
    shown = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=path.read_bytes())
    return Summary.Value(tag=tag, image=shown)
