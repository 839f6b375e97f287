"""Ctrl-C and SIGTERM, heard now and acted on between two steps."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

__all__ = ["Interruption"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """While the block runs, the first Ctrl-C or SIGTERM is only noted; the second acts as usual.

    A block inside another tells the outer one, too. Signals reach the main thread only; in any other nothing changes.
    """

    def __init__(self) -> None:
        self.is_asked_for = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.is_asked_for = True
        outer = getattr(self._before.get(signal.Signals(number)), "__self__", None)
        self._restore()
        if isinstance(outer, Interruption):
            outer._hear(number, frame)

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)  # type: ignore[arg-type]
