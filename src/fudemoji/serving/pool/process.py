"""A model process: started, asked, and ended. Its crash is an answer like any other."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
from collections.abc import Sequence
from typing import Any

from fudemoji.errors import FudemojiError
from fudemoji.wire import Frame, WireError, pack, receive_from

__all__ = ["ModelProcess", "ProcessEnded"]

_BUFFER = 2**20  # bytes of answers that are read ahead


class ProcessEnded(FudemojiError):
    """The model process ended before it answered."""


class ModelProcess:
    """A running `python -m fudemoji.predictor.host`: a frame goes in, a future of its answer comes back.

    Attributes:
        ended: set when the process can answer no more.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.ended = asyncio.Event()
        self._process = process
        self._asked: dict[int, asyncio.Future[Frame]] = {}
        self._ids = itertools.count(1)
        self._loop = asyncio.get_running_loop()
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, *command: str) -> ModelProcess:
        """A new process of this command line.

        It leads a session of its own, so that Ctrl-C in the server's terminal leaves it to finish its work.

        Raises:
            OSError: it cannot be started.
        """
        return cls(
            await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=_BUFFER,
            )
        )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def num_asked(self) -> int:
        """Frames that wait for their answers."""
        return len(self._asked)

    async def exit_code(self) -> int:
        """How it ended."""
        return await self._process.wait()

    def ask(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> asyncio.Future[Frame]:
        """Send a frame; the future holds its answer, or `ProcessEnded`."""
        answer: asyncio.Future[Frame] = self._loop.create_future()
        if self.ended.is_set():
            answer.set_exception(ProcessEnded("the model process has ended"))
            return answer
        number = next(self._ids)
        self._asked[number] = answer
        assert self._process.stdin is not None
        self._process.stdin.write(pack({"id": number, **header}, blobs))
        return answer

    def kill(self) -> None:
        """End it at once; what it was asked gets `ProcessEnded`."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(
                    self._process.pid, signal.SIGKILL
                )  # Popen.kill() would take its exit code from asyncio

    async def close(self, *, seconds: float) -> None:
        """Let it end by itself, and end it where it does not within so many seconds."""
        self._end_input()
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        await self._listener

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while (frame := await receive_from(self._process.stdout)) is not None:
                answer = self._asked.pop(frame.header.get("id", 0), None)
                if answer is not None and not answer.done():
                    answer.set_result(frame)
        except (WireError, OSError):
            pass  # it is told below
        finally:
            self.ended.set()
            self.kill()
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(ProcessEnded("the model process ended before it answered"))
            self._asked.clear()
            self._end_input()
            await self._process.wait()

    def _end_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
