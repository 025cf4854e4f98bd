"""The generation of the facts (数据代次): it changes with every committed change of a fact."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

T = TypeVar("T")


def current(models: Iterable[type[Model]] | None = None) -> str:
    """Number and newest of the changes that this transaction sees, e.g. `57-61`; of some tables only if named.

    The number alone grows with every commit; a newest id alone would hide one that commits late.
    """
    where, values = "", []
    if models is not None:
        where, values = "WHERE table_name = ANY(%s)", [[model._meta.db_table for model in models]]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), coalesce(max(id), 0) FROM governance_change {where}", values)
        count, newest = cursor.fetchone()
    return f"{count}-{newest}"


class Kept:
    """The newest answers to a question about facts, each for as long as the facts that it rests on stay as they are.

    Kept in the memory of the process, a few at a time: the question of one day, asked by several people.
    """

    def __init__(self, models: Iterable[type[Model]], most: int = 32) -> None:
        self.models, self.most = tuple(models), most
        self._kept: OrderedDict[Hashable, tuple[str, Any]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, question: Hashable, work: Callable[[], T]) -> T:
        """The answer: kept, or worked out now."""
        now = self._state()
        with self._lock:
            kept = self._kept.get(question)
            if kept is not None and kept[0] == now:
                self._kept.move_to_end(question)
                return kept[1]
        answer = work()
        with self._lock:
            self._kept[question] = (now, answer)
            self._kept.move_to_end(question)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return answer

    def _state(self) -> str:
        """As `current`, and when the newest change was: numbers begin again in a database that was emptied."""
        names = [model._meta.db_table for model in self.models]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), max(id), max(at) FROM governance_change WHERE table_name = ANY(%s)", [names]
            )
            return "-".join(map(str, cursor.fetchone()))
