"""A case's own statements held against each other (逻辑核对)."""

from datetime import date, datetime
from typing import Any

from chainbreak.exchange.identity import read_id_number
from chainbreak.exchange.records import Record

AGE_TOLERANCE = 1  # years; ages are also given by the year of birth (虚岁)


def check_case(record: Record) -> None:
    """Flag dates out of order and an identity number that says otherwise."""
    _check_dates(record)
    _check_identity(record)
    _check_death(record)


def _check_dates(record: Record) -> None:
    onset, sampled, reported = (record.get(name) for name in ("onset_date", "sampled_at", "reported_at"))
    if _after(onset, reported):
        record.note("onset_after_report", "onset_date", onset=onset, report=_day(reported))
    if _after(sampled, reported):
        record.note("report_before_sampling", "reported_at", report=_day(reported), sampling=_day(sampled))
    start, end = record.get("exposure_from"), record.get("exposure_until")
    if _after(start, end):
        record.note("exposure_reversed", "exposure_from", **{"from": start, "until": end})
    if _after(start, onset):
        record.note("exposure_after_onset", "exposure_from", **{"from": start, "onset": onset})


def _check_death(record: Record) -> None:
    died, outcome = record.get("died_date"), record.get("outcome")
    if _after(record.get("onset_date"), died):
        record.note("death_before_onset", "died_date", death=died, onset=record.get("onset_date"))
    if died and outcome not in (None, "died"):
        record.note("death_contradicts_outcome", "outcome", outcome=outcome)
    if outcome == "died" and not died and "died_date" in record.columns:
        record.note("death_date_missing", "died_date")


def _check_identity(record: Record) -> None:
    number, age = record.get("id_number"), record.get("age_years")
    if number is None:
        if "id_number" in record.columns:
            record.note("id_number_missing", "id_number")
        said = None
    else:
        said = read_id_number(number)
    birth = record.get("birth_date")
    if said and not said.code:
        if said.sex and record.get("sex") and said.sex != record.get("sex"):
            record.note("sex_contradicts_id", "sex")
        if said.birth_date and birth and birth != said.birth_date:
            record.note("birth_date_contradicts_id", "birth_date")
        if _age_differs(record, age, said.birth_date):
            record.note("age_contradicts_id", "age_years", age=age.years, expected=_years(record, said.birth_date))
            return
    if _age_differs(record, age, birth):
        record.note("age_contradicts_birth_date", "age_years", age=age.years, expected=_years(record, birth))


def _age_differs(record: Record, age: Any, birth: date | None) -> bool:
    expected = _years(record, birth)
    return (
        age is not None
        and age.years is not None
        and expected is not None
        and (abs(int(age.years) - expected) > AGE_TOLERANCE)
    )


def _years(record: Record, birth: date | None) -> int | None:
    """Age in whole years on the day the row speaks of."""
    told = (record.get(name) for name in ("reported_at", "sampled_at", "onset_date"))
    on = next((day for at in told if (day := _day(at))), None)
    if birth is None or on is None:
        return None
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _day(at: date | datetime | None) -> date | None:
    return at.date() if isinstance(at, datetime) else at


def _after(first: date | datetime | None, second: date | datetime | None) -> bool:
    """The first is later than the second; by day, unless both have a time."""
    if first is None or second is None:
        return False
    if isinstance(first, datetime) and isinstance(second, datetime):
        return first > second
    return _day(first) > _day(second)  # type: ignore[operator]
