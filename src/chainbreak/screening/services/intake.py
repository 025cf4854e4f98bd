"""Registrations from sampling tables taken in (采样登记入库): durable, each event once, every row answered.

Several batches go in one transaction, so that a commit is paid once for many (`intake_turn`). What is on record is asked
in sets (`intake_known`), what becomes of a row is said by `epi.round_intake`, and what is new is written in sets
(`intake_write`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg
from django.db import IntegrityError, OperationalError, connection, transaction

from chainbreak.epi import round_intake as rule
from chainbreak.epi.round_intake import ACCEPTED, CONFLICT, DUPLICATE, REFUSED, Verdict
from chainbreak.registry.selectors.area import stem_of

from .intake_batch import Again, Batch
from .intake_judge import Judge
from .intake_known import PLANS, look
from .intake_write import write

TRIES = 5


def take(batches: Sequence[Batch], *, at: datetime) -> None:
    """Take in batches in one transaction and leave each row's verdict in `batch.verdicts`.

    Raises:
        OperationalError: the database cannot be reached or does not come to an end; nothing was taken in.
    """
    for left in reversed(range(TRIES)):
        for batch in batches:
            batch.verdicts = []
        try:
            with transaction.atomic(), connection.wrap_database_errors:
                _take(batches, at)
            return
        except (Again, IntegrityError, OperationalError) as error:
            if not left or (isinstance(error, OperationalError) and connection.connection is None):
                raise OperationalError("the intake did not come to an end") from error
            if isinstance(error, OperationalError) and not connection.is_usable():
                connection.close()
                raise


def _take(batches: Sequence[Batch], at: datetime) -> None:
    for batch in batches:
        _, batch.behind = rule.by_our_clock(at, sent_at=batch.sent_at, received_at=at)
        batch.stem = stem_of(batch.area_code)
    connection.ensure_connection()
    cursor: psycopg.Cursor[Any]
    with psycopg.Cursor(connection.connection) as cursor:  # bound by the server, plans kept
        cursor.execute(PLANS, prepare=True)
        known = look(cursor, batches, at)
        judge = Judge(known, at)
        for batch in batches:
            judge.judge(batch)
        write(cursor, judge, at)


def summary(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many rows came to which outcome."""
    found = Counter([verdict.outcome for verdict in verdicts])
    return {name: found.get(name, 0) for name in (ACCEPTED, DUPLICATE, CONFLICT, REFUSED)}
