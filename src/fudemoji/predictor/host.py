"""The model process: reads frames on stdin, answers on stdout, until stdin ends or its parent dies.

    python -m fudemoji.predictor.host [--threads N] [--models N] [--device NAME]

What is asked (`do`), each with an `id` that its answer repeats:

- `predict`: `run`, `shifts` and `invert` (a number and a boolean, or null), and a blob for each image, the bytes of a
  file. The answer has under `images` for each `{"inverted": ...}` or `{"error": {"kind": ..., "message": ...}}`, and
  one blob, float32 (M, `num_classes`): calibrated probabilities of the M images that could be read.
- `load`: `run`; it is read and warmed up, and the answer is `"ok": true`. Models are kept; beyond `--models` the one
  that was not used for longest is dropped.
- `forget`: `run`; it is dropped.
- `gradcam`: `run`, `label` (the place of a class; null for the likeliest), and a blob, the bytes of an image file. The
  answer has a blob, a PNG.

- `features`: `run`, and a blob for each image. The answer has under `images` for each `{}` or an error as above, and
  one blob, float32 (M, `size`): what the last layer reads of the M images that could be read.

What cannot be done is answered with `{"error": {"kind": ..., "message": ...}}`: `run` (no such run, or a damaged one),
`request` (not understood, or nothing for this model), `crash`, or what is wrong with an image: `broken`, `truncated`,
`empty` or `huge`. Images are decoded here, so that hostile ones harm this process alone.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import signal
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import torch

from fudemoji.data.decoding.picture import ImageError
from fudemoji.errors import DataError, FudemojiError, RunError, SettingsError
from fudemoji.predictor.predictor import Predictor
from fudemoji.wire import Frame, WireError, pack, receive

__all__ = ["Host", "main"]

_WATCH_SECONDS = 1.0
_BUFFER = 1 << 20  # bytes read from the pipe at once


class Host:
    """The models of a process, and what they answer to frames."""

    def __init__(self, *, most_models: int = 4, device: str = "auto") -> None:
        assert most_models > 0
        self._most = most_models
        self._device = device
        self._models: OrderedDict[str, Predictor] = OrderedDict()
        self._verbs = {
            "predict": self._predict,
            "load": self._load,
            "forget": self._forget,
            "gradcam": self._gradcam,
            "features": self._features,
        }

    def answer(self, frame: Frame) -> Frame:
        """The answer to a frame, whatever it asks and whatever goes wrong."""
        asked = frame.header
        try:
            verb = self._verbs.get(str(asked.get("do")))
            if verb is None:
                raise SettingsError(f"cannot do {asked.get('do')!r}; known: {', '.join(self._verbs)}")
            told = verb(asked, frame.blobs)
        except Exception as error:
            if not isinstance(error, FudemojiError):
                traceback.print_exc()
            told = Frame({"error": _described(error)})
        return Frame({"id": asked.get("id"), **told.header}, told.blobs)

    def _predict(self, asked: dict[str, Any], images: Sequence[bytes]) -> Frame:
        model = self._model(asked)
        answers = model.answers(
            images,
            shifts=_optional(asked, "shifts", int),
            invert=_optional(asked, "invert", bool),
        )
        inverted = iter(answers.inverted_M.tolist())
        told = [
            {"error": _described(answers.refused[place])}
            if place in answers.refused
            else {"inverted": next(inverted)}
            for place in range(len(images))
        ]
        probs_MK = answers.probs_MK.astype(np.float32)
        return Frame({"images": told, "num_classes": len(model.classes)}, (probs_MK.tobytes(),))

    def _load(self, asked: dict[str, Any], _blobs: Sequence[bytes]) -> Frame:
        self._model(asked).warm_up()
        return Frame({"ok": True})

    def _forget(self, asked: dict[str, Any], _blobs: Sequence[bytes]) -> Frame:
        self._models.pop(_run_of(asked), None)
        return Frame({"ok": True})

    def _gradcam(self, asked: dict[str, Any], images: Sequence[bytes]) -> Frame:
        if len(images) != 1:
            raise SettingsError(f"gradcam is for one image, not {len(images)}")
        model = self._model(asked)
        picture = model.heat(images[0], label=_optional(asked, "label", int))
        file = io.BytesIO()
        picture.save(file, "PNG")
        return Frame({"ok": True}, (file.getvalue(),))

    def _features(self, asked: dict[str, Any], images: Sequence[bytes]) -> Frame:
        features_MD, refused = self._model(asked).features(images)
        told = [
            {"error": _described(refused[place])} if place in refused else {} for place in range(len(images))
        ]
        return Frame({"images": told, "size": features_MD.shape[1]}, (features_MD.tobytes(),))

    def _model(self, asked: dict[str, Any]) -> Predictor:
        """The model of a run, which is now the last one to be dropped.

        Raises:
            RunError: it cannot be read.
        """
        run = _run_of(asked)
        if run not in self._models:
            try:
                self._models[run] = Predictor(run, device=self._device)
            except FudemojiError as error:  # whatever its settings ask for that is not to be had here
                raise RunError(str(error)) from error
            while len(self._models) > self._most:
                self._models.popitem(last=False)
        self._models.move_to_end(run)
        return self._models[run]


def _run_of(asked: dict[str, Any]) -> str:
    run = asked.get("run")
    if not isinstance(run, str) or not run:
        raise SettingsError("a run must be named")
    return run


def _optional(asked: dict[str, Any], name: str, kind: type[Any]) -> Any:
    value = asked.get(name)
    if value is not None and type(value) is not kind:
        raise SettingsError(f"{name} is {value!r}, expected {kind.__name__} or null")
    return value


def _described(error: Exception) -> dict[str, str]:
    """An error in the words of a frame."""
    if not isinstance(error, FudemojiError):
        return {"kind": "crash", "message": f"{type(error).__name__} in the model process; see its log"}
    kind: str = "request"
    if isinstance(error, ImageError):
        kind = error.kind
    elif isinstance(error, RunError | DataError):
        kind = "run" if isinstance(error, RunError) else "broken"
    return {"kind": kind, "message": " ".join(str(error).split())}


def serve(host: Host, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each frame that comes, until no more do.

    Raises:
        WireError: what came is no frame; there is no way to go on.
    """
    while (frame := receive(requests)) is not None:
        told = host.answer(frame)
        answers.write(pack(told.header, told.blobs))
        answers.flush()


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout for frames alone: what prints goes to stderr, what reads finds nothing."""
    requests = os.fdopen(os.dup(0), "rb", buffering=_BUFFER)
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def _end_with_parent() -> None:
    """End when the parent does, also where something else holds the other end of the pipe open."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve models over stdin and stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    options = argparse.ArgumentParser(prog="fudemoji.predictor.host", description=main.__doc__)
    options.add_argument("--threads", type=int, default=1, help="in which a model computes")
    options.add_argument("--models", type=int, default=4, help="that are kept in memory")
    options.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    given = options.parse_args(arguments)
    requests, answers = _take_pipes()
    _end_with_parent()
    torch.set_num_threads(given.threads)
    gc.freeze()  # what was imported is never searched again: a tenth of a second, at any request
    try:
        serve(Host(most_models=given.models, device=given.device), requests, answers)
    except WireError as error:
        print(f"fudemoji: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the parent has gone
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
