"""What rests on screening alone (核酸数据不变则不重算): a city's round is counted again only after its own facts changed.

A corrected stay changes no tube. Counting 1.9 million swabs again for it would make people wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection

from chainbreak.governance.models import ImportRun
from chainbreak.screening.models import Result, RoundEvent, Swab, TubeCustody

MOST = 300
_kept: dict[tuple, Any] = {}  # of this process; asked for by what it rests on, so that nothing in it is ever wrong


def remembered(name: str, values: tuple, make: Callable[[], Any]) -> Any:
    """The answer of `make` for these values, worked out once for a state of the screening facts."""
    key = (name, values, _state())
    if key not in _kept:
        answer = make()
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = answer
        return answer
    return _kept[key]


def _state() -> tuple:
    """Number, newest and time of the changes of screening facts, and of imports, which bring tubes and sites."""
    tables = [model._meta.db_table for model in (Swab, Result, RoundEvent, TubeCustody)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.*, r.* FROM (SELECT count(*), max(id), max(at) FROM governance_change WHERE table_name = ANY(%s)) c, "
            f"(SELECT count(*), max(id), max(finished_at), max(undone_at) FROM {ImportRun._meta.db_table}) r",
            [tables],
        )
        return (connection.settings_dict["NAME"], *cursor.fetchone())
