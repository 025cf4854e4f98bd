"""Follow-up (健康监测随访): which calls or visits of a day are due to somebody under watch, and how each of them stands.

A day is cut into as many equal parts as follow-ups are due in it, morning and evening say; a part asks for one outcome.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

REACHED = ("well", "symptoms")  # the person was spoken to
TRIED = ("not_reached", "refused")  # somebody tried; it stays open until the part is over
OUTCOMES = (*REACHED, *TRIED)
SYMPTOMS = (
    "fever", "cough", "sore_throat", "fatigue", "runny_nose", "loss_of_smell_or_taste", "muscle_pain", "diarrhoea",
    "breathless", "conjunctivitis",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One part of a day, half-open: `state` is done, symptoms, tried, due (running), missed or ahead."""

    from_at: datetime
    until: datetime
    state: str
    outcome: str = ""


def parts(day: date, per_day: int, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """The parts of a local day, equally long, half-open.

    Raises:
        ValueError: fewer than one a day.
    """
    if per_day < 1:
        raise ValueError(f"at least one follow-up a day; got {per_day}")
    begin = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    cuts = [begin + (end - begin) * n / per_day for n in range(per_day)] + [end]
    return list(itertools.pairwise(cuts))


def standing(
    day: date,
    *,
    per_day: int,
    zone: tzinfo,
    under_watch: tuple[datetime, datetime | None],
    outcomes: Iterable[tuple[datetime, str]],
    at: datetime,
) -> list[Part]:
    """How the follow-ups of a day stand for one person at an instant; parts outside the watch are left out.

    Args:
        under_watch: from when until when the person is watched (half-open, None: no end yet).
        outcomes: instants and outcomes of that person's follow-ups; the last in a part counts, but nobody who was
            spoken to in it becomes unreached again.
    """
    given = sorted(outcomes)
    found = []
    for begin, end in parts(day, per_day, zone):
        if under_watch[0] >= end or (under_watch[1] is not None and under_watch[1] <= begin):
            continue
        here = [outcome for moment, outcome in given if begin <= moment < end and moment <= at]
        reached = [outcome for outcome in here if outcome in REACHED]
        last = reached[-1] if reached else here[-1] if here else ""
        found.append(Part(begin, end, _state(last, begin, end, at), last))
    return found


def _state(outcome: str, begin: datetime, end: datetime, at: datetime) -> str:
    if outcome == "symptoms":
        return "symptoms"
    if outcome == "well":
        return "done"
    if at >= end:
        return "missed"
    if at < begin:
        return "ahead"
    return "tried" if outcome else "due"
