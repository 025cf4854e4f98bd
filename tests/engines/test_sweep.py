"""The sweep: what it finds equals plain Python and DuckDB, however the stays are spread over layouts."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainbreak.engines import copresence
from chainbreak.engines.asked import Asked
from chainbreak.engines.spots import spots_of
from chainbreak.engines.sweep import copresence as sweep
from chainbreak.engines.sweep import laying, layout, search
from chainbreak.engines.sweep import persons as by_person
from chainbreak.engines.sweep.rule import rule_of, windows_of
from chainbreak.epi import copresence as plain
from chainbreak.epi.copresence import CaseWindow, Stay

START = datetime(2022, 3, 24, 20, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")
KINDS = ("flat", "shop", "ward", "street")
moments = st.integers(0, 40).map(lambda n: START + timedelta(seconds=150 * n)) | st.integers(0, 60).map(
    lambda n: START + timedelta(hours=n, microseconds=n % 3)
)
persons = st.sampled_from(["A", "B", "C", "D", "E", "F"])
stays = st.lists(
    st.builds(
        lambda p, q, a, b, c, s: Stay(p, q, min(a, b), max(a, b), c, s),
        persons,
        st.sampled_from(KINDS),
        moments,
        moments,
        st.sampled_from([None, None, "1", "餐车"]),
        st.sampled_from([None, None, "1A", "02", "12F", "x"]),
    ),
    max_size=30,
)
cases = st.lists(
    st.builds(
        lambda p, a, b: CaseWindow(p, a and (min(a, b) if b else a), b and (max(a, b) if a else b)),
        persons,
        st.none() | moments,
        st.none() | moments,
    ),
    max_size=4,
)
rules = st.fixed_dictionaries(
    {
        "minutes": st.sampled_from([0, 2.5, 5, 7.5, 15, 90]),
        "degrees": st.sampled_from([1, 2, 3]),
        "include_cases": st.booleans(),
        "count": st.sampled_from(["window", "meeting", "day"]),
        "near": st.sampled_from([None, {"ward": 3, "shop": None}, {"flat": 0, "shop": 1, "ward": None}]),
        "after": st.sampled_from([0, 0, 2.5, 60]),
        "thresholds": st.sampled_from([None, {"flat": 0, "street": None}, {"flat": 0, "ward": 4.9, "street": None}]),
    }
)


def tables(stays, cases, controls=None):
    place = pa.table({"place_id": list(KINDS), "kind": list(KINDS)})
    ends = None
    if controls is not None:
        ends = pa.table(
            {
                "person_id": pa.array(list(controls), pa.string()),
                "controlled_at": pa.array(list(controls.values()), INSTANT),
            }
        )
    return (
        pa.table(
            {
                "person_id": pa.array([s.person_id for s in stays], pa.string()),
                "place_id": pa.array([s.place_id for s in stays], pa.string()),
                "arrived_at": pa.array([s.arrived_at for s in stays], INSTANT),
                "left_at": pa.array([s.left_at for s in stays], INSTANT),
                "carriage": pa.array([s.carriage for s in stays], pa.string()),
                "seat": pa.array([s.seat for s in stays], pa.string()),
            }
        ),
        pa.table(
            {
                "person_id": pa.array([c.person_id for c in cases], pa.string()),
                "infectious_from": pa.array([c.from_at for c in cases], INSTANT),
                "infectious_until": pa.array([c.until for c in cases], INSTANT),
            }
        ),
        place,
        ends,
    )


def rows(table):
    found = [[row[name] for name in table.column_names if name != "minutes"] for row in table.to_pylist()]
    if "minutes" in table.column_names:
        found = [[*row, round(n * 60_000_000)] for row, n in zip(found, table["minutes"].to_pylist(), strict=True)]
    return [tuple(row) for row in found]


def plain_rows(stays, cases, controls, rule, answer="pairs"):
    ask = {"pairs": plain.pairs, "persons": plain.persons}[answer]
    found = ask(stays, cases, controls=controls, kinds={kind: kind for kind in KINDS}, **rule)
    if answer == "persons":
        return [astuple(p) for p in found]
    return [
        (p.person_id, p.degree, p.source_person_id, p.first_exposure_at, p.last_exposure_at, p.meetings, p.place_id,
         p.together // timedelta(microseconds=1))
        for p in found
    ]  # fmt: skip


answers = st.sampled_from(["pairs", "persons"])


@settings(max_examples=250, deadline=None)
@given(stays, cases, st.none() | st.dictionaries(persons, moments, max_size=3), rules, answers)
def test_the_sweep_finds_what_plain_python_finds(stays, cases, controls, rule, answer):
    found = copresence.trace(*tables(stays, cases, controls), engine="sweep", answer=answer, **rule)
    assert rows(found) == plain_rows(stays, cases, controls, rule, answer)


@settings(max_examples=40, deadline=None)
@given(stays, cases, st.none() | st.dictionaries(persons, moments, max_size=3), rules, answers)
def test_duckdb_finds_what_the_sweep_finds_in_every_way_of_counting(stays, cases, controls, rule, answer):
    given, asked = tables(stays, cases, controls), {**rule, "answer": answer}
    assert rows(copresence.trace(*given, **asked)) == rows(copresence.trace(*given, engine="sweep", **asked))


@settings(max_examples=250, deadline=None)
@given(stays, cases, rules, answers, st.integers(1, 6), st.randoms(use_true_random=False), st.booleans())
def test_stays_spread_over_several_layouts_give_the_same(stays, cases, rule, answer, n_layouts, chance, whole):
    """As if they had come in several batches: by time, or any way; and however the sources are looked up."""
    table, windows, places, _ = tables(stays, cases)
    numbers, person = sweep.numbered(table["person_id"])
    at, place = sweep.numbered(table["place_id"])
    start, end = sweep.instants_of(table, "arrived_at", ""), sweep.instants_of(table, "left_at", "")
    spot = spots_of(table, [])
    keep = start < end
    part = np.array([chance.randrange(n_layouts) for _ in stays], int)
    laid = []
    for number in range(n_layouts):
        m = keep & (part == number)
        one, came = layout.lay(place[m], person[m], start[m], end[m], origin=spot is not None)
        laid.append(one if spot is None else replace(one, spot=spot[m][came]))
    integers = rule_of(Asked(**rule, answer=answer), sweep.kinds_of(places, at), at.n)
    ids, spans = sweep.cases_of(windows, numbers)
    if answer == "pairs":
        found = search.trace(laid, spans, ids, integers, n_persons=numbers.n)
        got = sweep.contacts(sweep.in_order(found), numbers, at, INSTANT)
    else:
        with mock.patch.object(by_person, "MANY_SOURCES", 10**9 if whole else 0):
            single = by_person.trace(laid, spans, ids, integers, n_persons=numbers.n)
        got = sweep.rows_of_persons(single, numbers, at, INSTANT)
    assert rows(got) == plain_rows(stays, cases, None, rule, answer)


@pytest.mark.parametrize("seed", range(50))
def test_every_place_gone_through_once_gives_each_person_his_first_exposure(seed, monkeypatch):
    """Crowds, stays in pieces over several layouts, equal instants; by person and out of whole layouts."""
    chance = np.random.default_rng(seed)
    n, n_layouts = 150, int(chance.integers(1, 5))
    hours = chance.integers(0, 30, n)
    spans = [(int(h), int(h) + int(chance.choice([0, 1, 1, 2, 4, 9]))) for h in hours]
    who = chance.integers(0, 40, n)
    where = chance.choice(KINDS[:3], n)
    given = [
        Stay(f"P{p:02d}", str(q), START + timedelta(minutes=10 * a), START + timedelta(minutes=10 * b))
        for p, q, (a, b) in zip(who, where, spans, strict=True)
    ]
    known = [CaseWindow(f"P{p:02d}", None, START + timedelta(hours=3)) for p in range(4)]
    rule = {
        "count": "meeting", "degrees": 3, "minutes": int(chance.choice([0, 10, 20])),
        "after": int(chance.choice([0, 0, 20])), "thresholds": {"flat": 0, "ward": 30},
    }  # fmt: skip
    table, windows, places, _ = tables(given, known)
    numbers, person = sweep.numbered(table["person_id"])
    at, place = sweep.numbered(table["place_id"])
    start, end = sweep.instants_of(table, "arrived_at", ""), sweep.instants_of(table, "left_at", "")
    keep, part = start < end, chance.integers(0, n_layouts, n)
    laid = [
        layout.lay(place[m], person[m], start[m], end[m], origin=bool(chance.integers(0, 2)))[0]
        for m in (keep & (part == number) for number in range(n_layouts))
    ]
    integers = rule_of(Asked(**rule, answer="persons"), sweep.kinds_of(places, at), at.n)
    ids, spans = sweep.cases_of(windows, numbers)
    wanted = plain_rows(given, known, None, rule, "persons")
    for many in (0, 10**9):
        monkeypatch.setattr(by_person, "MANY_SOURCES", many)
        found = by_person.trace(laid, spans, ids, integers, n_persons=numbers.n)
        assert rows(sweep.rows_of_persons(found, numbers, at, INSTANT)) == wanted


def test_a_layout_is_small_where_times_are_whole_seconds_and_grows_where_they_are_not():
    n = 20_000
    chance = np.random.default_rng(1)
    place, person = chance.integers(0, 3000, n).astype(np.uint32), chance.integers(0, 5000, n).astype(np.uint32)
    start = chance.integers(0, 86_400, n) * 1_000_000
    end = start + chance.integers(1, 36_000, n) * 1_000_000
    seconds, _ = layout.lay(place, person, start, end)
    assert (seconds.unit, len(seconds.arrays["lengths"])) == (1_000_000, 0)
    assert seconds.n_bytes / n < 16
    exact, _ = layout.lay(place, person, start + 1, end)
    assert exact.unit == 1 and len(exact.arrays["words"]) == n
    minutes, _ = layout.lay(place, person, start * 60, end * 60)
    assert minutes.unit == 60_000_000


def test_where_each_stay_lies_is_known_from_both_sides():
    chance = np.random.default_rng(2)
    n = 5000
    place, person = chance.integers(0, 40, n).astype(np.uint32), chance.integers(0, 300, n).astype(np.uint32)
    start = chance.integers(0, 86_400_000_000, n)
    end = start + chance.integers(1, 3_600_000_000, n)
    laid, came = layout.lay(place, person, start, end, origin=True)
    ptr, pos = laid.arrays["person_ptr"], laid.arrays["person_pos"]
    for who in (0, 7, 299):
        mine = came[pos[ptr[who] : ptr[who + 1]]]
        assert set(mine) == set(np.flatnonzero(person == who))
    run = came[laid.arrays["place_ptr"][3] : laid.arrays["place_ptr"][4]]
    assert list(start[run]) == sorted(start[place == 3])


def test_ids_far_apart_need_no_room_for_what_lies_between():
    stay = pa.table(
        {
            "person_id": pa.array([3_000_000_000, 7, 2**40], pa.int64()),
            "place_id": pa.array([10**15] * 3, pa.int64()),
            "arrived_at": pa.array([START] * 3, INSTANT),
            "left_at": pa.array([START + timedelta(minutes=20)] * 3, INSTANT),
        }
    )
    case = pa.table(
        {
            "person_id": pa.array([7], pa.int64()),
            "infectious_from": pa.array([None], INSTANT),
            "infectious_until": pa.array([None], INSTANT),
        }
    )
    found = copresence.trace(stay, case, engine="sweep")
    assert found["person_id"].to_pylist() == [3_000_000_000, 2**40]
    assert found.equals(copresence.trace(stay, case))


def test_a_crowd_of_which_one_stays_all_day_is_not_read_from_end_to_end():
    """One stay of a whole day at a station must not make every look there as long as the day."""
    n = 400_000
    start = np.sort(np.random.default_rng(3).integers(0, 86_400, n)) * 1_000_000
    end = start + 600_000_000
    start[0], end[0] = 0, 86_400_000_000
    one = np.zeros(n, np.uint32)
    laid, _ = layout.lay(one, np.arange(n, dtype=np.uint32), start, end)
    assert int(laid.arrays["place_longest"][0]) * laid.scale >= 86_400
    peaks = laid.arrays["peak"][1:]  # all but the block of the day-long stay
    assert (peaks[: len(peaks) // 2] < 43_200 + 1200).all()
    windows = windows_of(np.array([n // 2]), np.array([-(2**61)]), np.array([2**61]))
    rule = rule_of(Asked(minutes=5, degrees=1))
    found = search.trace([laid], windows, np.array([n // 2]), rule, n_persons=n)
    overlap = np.minimum(end, end[n // 2]) - np.maximum(start, start[n // 2])
    assert len(found.person) == (overlap >= 300_000_000).sum() - 1


def test_misuse_is_told():
    table, windows, _, _ = tables([Stay("A", "flat", START, START)], [])
    with pytest.raises(ValueError, match="engine must be"):
        copresence.trace(table, windows, engine="abacus")
    for engine in ("duckdb", "sweep"):
        with pytest.raises(ValueError, match="count must be"):
            copresence.trace(table, windows, engine=engine, count="week")
        with pytest.raises(ValueError, match="degrees must be"):
            copresence.trace(table, windows, engine=engine, degrees=0)
        with pytest.raises(ValueError, match="negative"):
            copresence.trace(table, windows, engine=engine, minutes=-1)
    backwards = tables([Stay("A", "flat", START + timedelta(1), START)], [])[0]
    with pytest.raises(ValueError, match="1 do"):
        copresence.trace(backwards, windows, engine="sweep")
    assert laying.slot_of(np.array([3, 9], np.uint32), 9, 2) == 1
