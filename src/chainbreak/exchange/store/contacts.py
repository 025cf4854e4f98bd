"""A list of links or contacts: between two cases a link, else an exposure that an interview told of (密接名单入库)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from chainbreak.exchange.columns import fold_column
from chainbreak.exchange.contacts import LinkRow, read_contacts
from chainbreak.exchange.problems import Problem
from chainbreak.exchange.store import links, writing
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Kind, Rule, Target
from chainbreak.exchange.store.links import LINK, LINKS, SCHEMA

__all__ = ["CONTACTS", "LINKS", "take"]

CONTACTS = Kind(
    "contacts",
    (),
    (
        LINK,
        Target(
            "investigation.Exposure",
            ("outbreak_id", "source_id", "person_id", "started_at"),
            {"outbreak_id": "outbreak_ref", "source_id": "source_ref", "person_id": "person_ref", "place_id": "place_ref",
             "setting": "setting", "started_at": "started_at", "ended_at": "ended_at", "protected": "protected",
             "note": "note"},
            key="link_key",
            when="NOT is_link",
        ),
    ),
    rules=(Rule("NOT is_link AND source_ref = person_ref", "refers_to_itself"),),
)  # fmt: skip
STATES = ("proposed", "accepted", "rejected")


def take(bench: Bench, path: Path, mapping: Any, sheet: str | None, report: Any) -> list[Problem]:
    """The links and exposures of a file; returns what concerns the whole file."""
    from chainbreak.exchange.store.linelist import CITY, as_mapping, outbreak_of, put_raw

    outbreak = outbreak_of(bench)
    bench.progress(path.name)
    cases = links.cases_of(outbreak[0])
    chosen = as_mapping(mapping, "contacts")
    today = bench.at.astimezone(CITY).date()
    reading = read_contacts(path, chosen, sheet=sheet, today=today)
    ends = {end for link in reading.links for end in (link.from_id, link.to_id)}
    reading = read_contacts(path, chosen, sheet=sheet, today=today, known=set(cases) | set(_persons(ends)))
    listed = sorted([*reading.links, *reading.duplicates, *reading.rejected], key=lambda link: (link.row, link.line))
    number_of = {id(link): number for number, link in enumerate(listed, 1)}
    put_raw(bench, [(n, link.row, json.dumps(link.raw, ensure_ascii=False)) for n, link in enumerate(listed, 1)])
    # two cases are linked once; two persons may meet many times, and each meeting is told by a row of its own
    again = [link for link in reading.duplicates if link.from_id in cases and link.to_id in cases]
    meetings = [link for link in reading.duplicates if link.from_id not in cases or link.to_id not in cases]
    told = {id(link) for link in meetings}
    bench.add_problems(
        (number_of[id(link)], p.column, p.code, p.severity, p.as_json()["facts"])
        for link in listed
        for p in link.problems
        if not (p.code == "duplicate_link" and id(link) in told)
    )
    bench.add("outcome", [(number_of[id(link)], 1, True) for link in again], ("_row", "rank", "beforehand"))
    taken = sorted(((number_of[id(link)], link) for link in (*reading.links, *meetings)), key=lambda pair: pair[0])
    _typed(bench, taken, outbreak, cases, mapped=chosen is not None)
    for rule in CONTACTS.rules:
        writing.apply(bench, rule)
    writing.write(bench, CONTACTS)
    return [problem for problem in reading.problems if problem.row is None]


def _persons(numbers: set[str]) -> dict[str, int]:
    from chainbreak.registry.models import Person

    return dict(Person.objects.filter(number__in=numbers).values_list("number", "pk"))


def _typed(
    bench: Bench, numbered: list[tuple[int, LinkRow]], outbreak: tuple[int, str], cases: dict[str, int], *, mapped: bool
) -> None:
    from chainbreak.investigation.models import Case
    from chainbreak.registry.models import Place

    people = _persons({end for _, link in numbered for end in (link.from_id, link.to_id)})
    person_of_case = dict(Case.objects.filter(outbreak_id=outbreak[0]).values_list("external_id", "person_id"))
    beside = {number: _beside(link) for number, link in numbered}
    named = {words.get("placeid") for words in beside.values()} - {None, ""}
    places = dict(Place.objects.filter(number__in=named).values_list("number", "pk"))
    forest = links.Forest(outbreak[0])
    rows, problems = [], []
    for number, link in numbered:
        words = beside[number]
        row: dict[str, Any] = {
            "_row": number, "outbreak_ref": outbreak[0], "setting": (link.setting or "")[:40],
            "relation": (link.relation or "")[:80], "note": link.note or "", "recorded_text": words.get("recordedat"),
            "confidence": (words.get("confidence") or "preliminary")[:12],
        }  # fmt: skip
        row["is_link"] = link.from_id in cases and link.to_id in cases
        if row["is_link"]:
            row |= {"infector_ref": cases[link.from_id], "infectee_ref": cases[link.to_id], "basis": "history",
                    "link_key": f"{outbreak[1]}|{link.from_id}|{link.to_id}"}  # fmt: skip
            row["state"] = _state(words.get("state"), row, forest, number, problems, mapped=mapped)
        elif not _exposure(row, link, words, number, problems, person_of_case | people, places, outbreak[1], cases):
            continue
        rows.append(row)
    bench.add_problems(problems)
    bench.put("t", pa.Table.from_pylist(rows, schema=SCHEMA))
    stated = "regexp_replace(replace(trim(recorded_text), '/', '-'), '([T ]\\d{1,2}:\\d\\d) ?([Zz+-])', '\\1:00\\2')"
    bench.do(f"UPDATE t SET recorded_at = make_timestamp(epoch_us(TRY_CAST({stated} AS TIMESTAMPTZ)))")
    bench.problem(
        "SELECT _row, 'recorded_at', CASE WHEN recorded_at IS NULL THEN 'instant_unreadable' ELSE 'recorded_in_future' END, "
        "'error', CAST(json_object('value', recorded_text) AS VARCHAR) FROM t WHERE nullif(trim(recorded_text), '') IS NOT NULL "
        f"AND (recorded_at IS NULL OR recorded_at > TIMESTAMP '{bench.at.astimezone(UTC).replace(tzinfo=None)}')"
    )


def _beside(link: LinkRow) -> dict[str, str]:
    """Columns of the file beside those that every list has, by their folded names."""
    return {
        fold_column(name): str(value).strip()
        for name, value in {**link.raw, **link.extra}.items()
        if value not in (None, "")
    }


def _state(given: str | None, row: dict, forest: links.Forest, number: int, problems: list, *, mapped: bool) -> str:
    """The state asked for; an accepted link that would break the forest stays a proposal."""
    state = (given or "proposed").lower()
    if state not in STATES and mapped:  # the sender's own column, about something else
        return "proposed"
    if state not in STATES:
        problems.append((number, "state", "word_not_taken", "error", {"value": given, "words": ", ".join(STATES)}))
        return "proposed"
    if state == "accepted" and (reason := forest.accept(row["infector_ref"], row["infectee_ref"])):
        problems.append((number, "state", reason, "warning", {}))
        return "proposed"
    return state


def _exposure(row, link, words, number, problems, people, places, code, cases) -> bool:
    """Fills in an exposure; False when the row cannot be taken."""
    from chainbreak.exchange.store.linelist import _instant

    missing = [end for end in (link.from_id, link.to_id) if end not in people]
    for end in missing:
        thing = "unknown_case" if end == link.from_id or cases.get(link.from_id) else "unknown_person"
        problems.append(
            (number, None, thing if not words.get("personid") else "unknown_person", "error", {"value": end})
        )
    place = words.get("placeid")
    if place and place not in places:
        problems.append((number, "place_id", "unknown_place", "error", {"value": place}))
    start = words.get("startedat") or link.exposed_from or link.exposed_until
    end = words.get("endedat") or link.exposed_until or link.exposed_from
    start, end = _time(start), _time(end)
    if end is None and start is not None and not isinstance(start, datetime):
        end = start  # a day alone is the whole day
    if start is None or end is None:
        if not missing:
            problems.append((number, None, "contact_time_missing", "error", {}))
        return False
    if not isinstance(end, datetime):
        end = end + timedelta(days=1)
    elif start == end:
        problems.append((number, None, "interval_without_length", "error", {}))
        return False
    started, ended = _instant(start), _instant(end)
    if started is None or ended is None or started >= ended:
        problems.append((number, None, "interval_without_length", "error", {}))
        return False
    row |= {
        "source_ref": people.get(link.from_id), "person_ref": people.get(link.to_id), "place_ref": places.get(place),
        "started_at": started, "ended_at": ended, "protected": words.get("protected", "").lower() in ("true", "1", "yes", "是"),
        "link_key": f"{code}|{link.from_id}|{link.to_id}|{started.isoformat()}",
    }  # fmt: skip
    return not missing and not (place and place not in places)


def _time(value: Any) -> date | datetime | None:
    """An instant or a day, as it stands in a column of its own."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        return None
