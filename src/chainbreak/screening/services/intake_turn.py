"""Who writes for whom (合并提交): batches that wait together are committed together, and overload is said, not suffered."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from chainbreak.governance.refusal import Refused

from . import intake
from .intake_batch import Batch

MOST_WAITING_ROWS = 20_000  # about two seconds of work
MOST_AT_ONCE = 4_000


class _Waiting:
    __slots__ = ("batch", "done", "error")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.done = threading.Lock()  # let go when it is decided
        self.done.acquire()
        self.error: BaseException | None = None


class Turn:
    """The queue in front of the database in one process.

    Args:
        apart: a thread of its own writes for all, over one connection, as a web server needs it: the database then keeps
            one set of plans, and who waits only waits. Else whoever has the turn writes for those before.
    """

    def __init__(
        self, clock: Callable[[], datetime], most_waiting: int = MOST_WAITING_ROWS, *, apart: bool = False
    ) -> None:
        self._clock, self._most, self._apart = clock, most_waiting, apart
        self._guard, self._writing = threading.Lock(), threading.Lock()
        self._come = threading.Semaphore(0)
        self._queue: deque[_Waiting] = deque()
        self._rows = 0
        self._writer: threading.Thread | None = None

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
            if self._apart and (self._writer is None or not self._writer.is_alive()):
                self._writer = threading.Thread(target=self._write_for_all, name="intake", daemon=True)
                self._writer.start()
        try:
            if self._apart:
                self._come.release()
            else:
                with self._writing:
                    while self._queue and mine.done.locked():  # those before it first
                        self._write(self._next())
            mine.done.acquire()
        finally:
            with self._guard:
                self._rows -= size
        if mine.error is not None:
            raise mine.error

    def _write_for_all(self) -> None:
        while True:
            self._come.acquire()
            if together := self._next():
                self._write(together)

    def _next(self) -> list[_Waiting]:
        with self._guard:
            rows = 0
            together: list[_Waiting] = []
            while self._queue and (not together or rows + len(self._queue[0].batch.events) <= MOST_AT_ONCE):
                together.append(self._queue.popleft())
                rows += len(together[-1].batch.events)
            return together

    def _write(self, together: list[_Waiting]) -> None:
        try:
            intake.take([one.batch for one in together], at=self._clock())
        except BaseException as error:  # noqa: BLE001  (whoever waits must be told, whatever happens)
            self._one_by_one(together, error)
        finally:
            for one in together:
                one.done.release()

    def _one_by_one(self, together: list[_Waiting], error: BaseException) -> None:
        """One bad batch must not take others with it."""
        for one in together:
            one.error = error
        if len(together) == 1 or not isinstance(error, Exception) or not _answers():
            return
        for one in together:
            try:
                intake.take([one.batch], at=self._clock())
                one.error = None
            except Exception as own:  # noqa: BLE001
                one.error = own


def _answers() -> bool:
    """Whether the database can be reached over this thread's connection, or over a new one."""
    try:
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        return connection.is_usable()
    except (DatabaseError, InterfaceError):
        time.sleep(0.05)
        return False
