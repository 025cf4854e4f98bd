"""Where a case may have been infected (溯源): whom it met before its onset, and the places several cases shared."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from chainbreak.epi import rulepack
from chainbreak.governance.refusal import Refused

from ..models import Case, Outbreak
from ..selectors import casefile
from . import finding, lake

CHINA = ZoneInfo("Asia/Shanghai")
DAYS = (14, 1)  # before the onset: from, to


def backward(case: Case, *, at: datetime, days: tuple[float, float] = DAYS) -> list[dict[str, Any]]:
    """Who could have infected the case: everybody it met before its onset, known cases first, then the longest together.

    Raises:
        Refused: as `lake.opened` and `finding.window_of`.
    """
    stays, pack = lake.opened(), rulepack.load(case.outbreak.rule_pack)
    standing = casefile.standing_of(case, as_of=at, as_known=None)
    onset = standing.onset_date or (standing.first_positive_at and pack.local_day(standing.first_positive_at))
    number = lake.own_id(stays, case.person.number)
    if onset is None:
        raise Refused("no_window_of_case", case=str(case))
    if number is None:
        return []
    at_onset = datetime(onset.year, onset.month, onset.day, tzinfo=CHINA)
    asked = pa.table({"person_id": pa.array([number]), "onset_at": pa.array([at_onset], lake.INSTANT)})
    with lake.in_words():
        table = stays.backward(
            asked, days=days, minutes=float(pack.value("contact.copresence_minutes")),
            **lake.rule_of(pack, stays), like=lake.INSTANT,
        )  # fmt: skip
    rows = lake.placed(table.to_pylist())
    known = dict(Case.objects.filter(outbreak=case.outbreak).values_list("person__number", "number"))
    for row in rows:
        row["case_number"] = known.get(str(row["person_id"]))
    return sorted(rows, key=lambda row: (row["case_number"] is None, -row["minutes"], str(row["person_id"])))


def shared_places(outbreak: Outbreak, *, at: datetime, at_least: int = 2) -> list[dict[str, Any]]:
    """Places where several cases of an outbreak were inside their windows, most cases first (共同暴露场所).

    Raises:
        Refused: as `lake.opened`.
    """
    stays = lake.opened()
    cases, numbers = finding.asked_of(outbreak, stays, at)
    if cases is None:
        return []
    with lake.in_words():
        found = lake.placed(stays.shared_places(cases, at_least=at_least, like=lake.INSTANT).to_pylist())
    for row in found:
        row["numbers"] = sorted(numbers[one] for one in row["case_ids"])
    return found
