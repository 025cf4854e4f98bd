"""Who writes for whom (合并提交): batches that wait together are committed together, and overload is said, not suffered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, connection

from chainbreak.governance.refusal import Refused

from . import intake
from .intake import Batch

MOST_WAITING_ROWS = 20_000  # about two seconds of work
MOST_AT_ONCE = 4_000


class _Waiting:
    __slots__ = ("batch", "done", "error")

    def __init__(self, batch: Batch) -> None:
        self.batch, self.done = batch, False
        self.error: BaseException | None = None


class Turn:
    """The queue in front of the database in one process."""

    def __init__(self, clock: Callable[[], datetime], most_waiting: int = MOST_WAITING_ROWS) -> None:
        self._clock, self._most = clock, most_waiting
        self._guard, self._writing = threading.Lock(), threading.Lock()
        self._queue: list[_Waiting] = []
        self._rows = 0

    def take(self, batch: Batch) -> None:
        """Take in a batch and come back when it is on the disk.

        Raises:
            Refused("overloaded"): too much is waiting; fact `seconds` says when to come again.
            DatabaseError: the database cannot be reached; nothing was taken in.
        """
        mine, size = _Waiting(batch), max(1, len(batch.events))
        with self._guard:
            if self._rows + size > self._most and self._rows:
                raise Refused("overloaded", seconds=1 + self._rows // 10_000)
            self._queue.append(mine)
            self._rows += size
        try:
            with self._writing:
                while not mine.done:  # those before it first
                    self._write(self._next())
        finally:
            with self._guard:
                self._rows -= size
        if mine.error is not None:
            raise mine.error

    def _next(self) -> list[_Waiting]:
        with self._guard:
            rows = 0
            together: list[_Waiting] = []
            while self._queue and (not together or rows + len(self._queue[0].batch.events) <= MOST_AT_ONCE):
                together.append(self._queue.pop(0))
                rows += len(together[-1].batch.events)
            return together

    def _write(self, together: list[_Waiting]) -> None:
        try:
            intake.take([one.batch for one in together], at=self._clock())
        except BaseException as error:  # noqa: BLE001  (whoever waits must be told)
            self._one_by_one(together, error)
        for one in together:
            one.done = True

    def _one_by_one(self, together: list[_Waiting], error: BaseException) -> None:
        """One bad batch must not take others with it."""
        alone = len(together) == 1 or not isinstance(error, Exception) or not _answers()
        for one in together:
            if alone:
                one.error = error
                continue
            try:
                intake.take([one.batch], at=self._clock())
            except Exception as own:  # noqa: BLE001
                one.error = own


def _answers() -> bool:
    try:
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        return connection.is_usable()
    except DatabaseError:
        time.sleep(0.05)
        return False
