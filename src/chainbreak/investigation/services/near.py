"""Who was near whom: the facts of the city given to the engine of co-presence, and its answer as pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from chainbreak.engines import copresence
from chainbreak.epi.contact import setting_rule
from chainbreak.epi.rulepack import RulePack

SCHEMA = pa.schema(
    [
        ("stay_id", pa.int64()),
        ("person_id", pa.int64()),
        ("place_id", pa.string()),
        ("arrived_at", pa.timestamp("us", "UTC")),
        ("left_at", pa.timestamp("us", "UTC")),
    ]
)


@dataclass(frozen=True)
class Stay:
    """A stay; its id is that of the fact, negative for an exposure told in an interview."""

    id: int
    person: int
    place: str
    arrived_at: datetime
    left_at: datetime


@dataclass(frozen=True)
class Place:
    """A place as the pack sees it: by its kind, or by the setting that was told."""

    id: int | None
    kind: str
    name: str | None
    told: bool = False


@dataclass(frozen=True)
class Source:
    """A person who may have infected others, and the window of it."""

    person: int
    from_at: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Pair:
    """Two persons who were near each other long enough, and every meeting with the two facts behind it."""

    person: int
    source: int
    first_exposure_at: datetime
    last_exposure_at: datetime
    minutes: float
    place: int | None
    setting: str
    rule: str
    ask: bool
    meetings: tuple[dict, ...]


@dataclass(frozen=True)
class _Weight:
    """What a place counts for: setting, rule, least minutes (None never), and whether somebody must ask."""

    setting: str
    rule: str
    minutes: float | None
    ask: bool


def facts(as_known: datetime | None, *, since: datetime | None) -> tuple[list[Stay], dict[str, Place]]:
    """All stays known at `as_known` that end after `since`, and their places."""
    if since is None:
        return [], {}
    known = "s.superseded_at IS NULL"
    values: list[datetime] = [since]
    if as_known is not None:
        known = "s.recorded_at <= %s AND (s.superseded_at IS NULL OR s.superseded_at > %s)"
        values += [as_known, as_known]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.person_id, s.place_id, s.arrived_at, s.left_at, p.kind, p.name "
            "FROM investigation_trajectorysegment s JOIN registry_place p ON p.id = s.place_id "
            f"WHERE s.left_at > %s AND {known}",
            values,
        )
        stays, places = [], {}
        for number, person, place, arrived, left, kind, name in cursor.fetchall():
            stays.append(Stay(number, person, str(place), arrived, left))
            places[str(place)] = Place(place, kind, name)
    return stays, places


def pairs(
    stays: list[Stay],
    places: Mapping[str, Place],
    sources: Iterable[Source],
    pack: RulePack,
    *,
    degree: int,
    without: Collection[int] = (),
) -> list[Pair]:
    """Everybody who was near one of the sources in its window, for as long as the kinds of place ask.

    Args:
        without: persons whose pairs are not wanted.
    """
    weights = {kind: _weigh(kind, told, pack, degree) for kind, told in {(p.kind, p.told) for p in places.values()}}
    kinds = {number: place.kind for number, place in places.items()}
    known = list(sources)
    if not stays or not known:
        return []
    table, cases = _stays(stays), _cases(known)
    contacts = copresence.trace(
        table,
        cases,
        pa.table({"place_id": list(kinds), "kind": list(kinds.values())}),
        minutes=_default(pack),
        degrees=1,
        include_cases=True,
        thresholds={kind: weight.minutes for kind, weight in weights.items()},
    )
    unwanted = pa.array(list(without), pa.int64())
    contacts = contacts.filter(pc.invert(pc.is_in(contacts["person_id"], unwanted)))
    met: dict[tuple[int, int], list[dict]] = defaultdict(list)
    for row in copresence.meetings(table, contacts, cases).to_pylist():
        if weights[places[row["place_id"]].kind].minutes is not None:
            met[row["person_id"], row["source_person_id"]].append(row)
    return [_pair(row, met[row["person_id"], row["source_person_id"]], places, weights) for row in contacts.to_pylist()]


def _weigh(kind: str, told: bool, pack: RulePack, degree: int) -> _Weight:
    if told:
        rule = setting_rule(pack, kind, degree=degree)
        return _Weight(kind, rule.id if rule else "", 0.0 if rule else None, ask=False)
    place_kind = pack.place_kind(kind)
    if place_kind is None:
        return _Weight("investigator_judgement", "place.unknown", _default(pack), ask=True)
    if degree == 2 and setting_rule(pack, place_kind.setting, degree=2) is None:
        return _Weight(place_kind.setting, place_kind.id, None, place_kind.ask)
    least = pack.thresholds([kind]).get(kind, _default(pack))
    return _Weight(place_kind.setting, place_kind.id, least, place_kind.ask)


def _default(pack: RulePack) -> float:
    return float(pack.value("contact.copresence_minutes"))


def _pair(row: dict, met: list[dict], places: Mapping[str, Place], weights: Mapping[str, _Weight]) -> Pair:
    together: dict[str, timedelta] = defaultdict(timedelta)
    for meeting in met:
        together[meeting["place_id"]] += meeting["until"] - meeting["from_at"]
    sure = [place for place in together if not weights[places[place].kind].ask]
    longest = max(sure or together, key=lambda place: (together[place], place))
    weight = weights[places[longest].kind]
    return Pair(
        person=row["person_id"],
        source=row["source_person_id"],
        first_exposure_at=row["first_exposure_at"],
        last_exposure_at=row["last_exposure_at"],
        minutes=row["minutes"],
        place=places[longest].id,
        setting=weight.setting,
        rule=weight.rule,
        ask=weight.ask,
        meetings=tuple(_meeting(meeting, places) for meeting in met),
    )


def _meeting(row: dict, places: Mapping[str, Place]) -> dict:
    mine, other = row["stay_id"], row["source_stay_id"]
    found = [["exposure", -mine]] if mine < 0 else [["stay", mine], ["stay", other]]
    return {
        "place": places[row["place_id"]].id,
        "from": row["from_at"].isoformat(),
        "until": row["until"].isoformat(),
        "facts": found,
    }


def _stays(stays: list[Stay]) -> pa.Table:
    columns = zip(*((s.id, s.person, s.place, s.arrived_at, s.left_at) for s in stays), strict=True)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def _cases(sources: list[Source]) -> pa.Table:
    instants = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "person_id": pa.array([s.person for s in sources], pa.int64()),
            "infectious_from": pa.array([s.from_at for s in sources], instants),
            "infectious_until": pa.array([s.until for s in sources], instants),
        }
    )
