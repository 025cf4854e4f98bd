"""The tracing rule as one SQL statement (密接判定语句), kept to what other engines understand too.

Tables: stays (person_id, place_id, spot, s, e), windows (person_id, s, e), places (place_id, least, apart), controls
(person_id, at); all times in microseconds. A slot is a stretch of time into which stays are cut for the join; a
meeting is found in the slot in which it begins, and there only. `hs` and `he` are the source's own stay.
"""

from __future__ import annotations

STAYS = """
    begins as (
        select person_id, place_id, spot, s, e,
            case when s <= max(e) over (partition by person_id, place_id, spot order by s, e
                rows between unbounded preceding and 1 preceding) then 0 else 1 end as b
        from stays where s < e),
    islands as (
        select person_id, place_id, spot, s, e, sum(b) over (partition by person_id, place_id, spot order by s, e
            rows between unbounded preceding and current row) as island
        from begins),
    stay as (
        select i.person_id, i.place_id, i.spot, min(i.s) as s, max(i.e) as e,
            min(case when p.least is null then {least} else p.least end) as least, min(coalesce(p.apart, 65535)) as apart
        from islands i left join places p on p.place_id = i.place_id
        where p.place_id is null or p.counts = 1
        group by i.person_id, i.place_id, i.spot, i.island)"""

WINDOWS = """
    window_begins as (
        select person_id, s, e, case when s <= max(e) over (partition by person_id order by s, e
            rows between unbounded preceding and 1 preceding) then 0 else 1 end as b
        from windows where s < e),
    window_islands as (
        select person_id, s, e, sum(b) over (partition by person_id order by s, e
            rows between unbounded preceding and current row) as island
        from window_begins),
    source{n} as (select person_id, min(s) as s, max(e) as e from window_islands group by person_id, island)"""

CONTACTS_AS_SOURCES = """
    source{n} as (
        select f.person_id, f.s, coalesce(c.at, {end}) as e
        from (select person_id, min(first_us) as s from pair{before}
              where person_id not in (select person_id from windows) group by person_id) f
        left join controls c on c.person_id = f.person_id)"""

HERE = """
    here{n} as (
        select v.person_id, v.place_id, v.spot, v.least, v.apart, greatest(v.s, w.s) as s, least(v.e, w.e) as e
        from stay v join source{n} w on w.person_id = v.person_id
        where greatest(v.s, w.s) < least(v.e, w.e))"""

HERE_AFTER = """
    cut{n} as (
        select v.person_id, v.place_id, v.spot, v.least, v.apart, greatest(v.s, w.s) as s,
            least(v.e, w.e) + {after} as e
        from stay v join source{n} w on w.person_id = v.person_id
        where greatest(v.s, w.s) < least(v.e, w.e)),
    cut_begins{n} as (
        select person_id, place_id, spot, least, apart, s, e,
            case when s <= max(e) over (partition by person_id, place_id, spot order by s, e
                rows between unbounded preceding and 1 preceding) then 0 else 1 end as b
        from cut{n}),
    cut_islands{n} as (
        select person_id, place_id, spot, least, apart, s, e,
            sum(b) over (partition by person_id, place_id, spot order by s, e
                rows between unbounded preceding and current row) as island
        from cut_begins{n}),
    here{n} as (
        select person_id, place_id, spot, min(least) as least, min(apart) as apart, min(s) as s, max(e) as e
        from cut_islands{n} group by person_id, place_id, spot, island)"""

MEETINGS = """
    here_slot{n} as (
        select person_id, place_id, spot, least, apart, s, e,
            unnest(generate_series((s - {start}) // {slot}, (e - 1 - {start}) // {slot})) as slot
        from here{n}),
    there_slot{n} as (
        select person_id, place_id, spot, s, e,
            unnest(generate_series((s - {start}) // {slot}, (e - 1 - {start}) // {slot})) as slot
        from stay
        where place_id in (select place_id from here{n}) {others}),
    {meeting}{n} as (
        select t.person_id, h.person_id as source_person_id, h.place_id, h.least,
            greatest(t.s, h.s) as s, least(t.e, h.e) as e, h.s as hs, h.e as he
        from here_slot{n} h join there_slot{n} t on t.place_id = h.place_id and t.slot = h.slot
        where t.person_id <> h.person_id and t.s < h.e and h.s < t.e
            and h.slot = (greatest(t.s, h.s) - {start}) // {slot} {near} {long_enough})"""

NEAR = """
            and not (h.apart < 65535 and t.spot // 65536 > 0 and h.spot // 65536 > 0
                and t.spot // 65536 <> h.spot // 65536)
            and not (h.apart < 65534 and t.spot % 65536 > 0 and h.spot % 65536 > 0
                and abs(t.spot % 65536 - h.spot % 65536) > h.apart)"""

LONG_ENOUGH = "and least(t.e, h.e) - greatest(t.s, h.s) >= h.least"

JOINED = """
    met_begins{n} as (
        select person_id, source_person_id, place_id, least, s, e, hs, he,
            case when s <= max(e) over (partition by person_id, source_person_id, place_id order by s, hs, he desc
                rows between unbounded preceding and 1 preceding) then 0 else 1 end as b
        from met{n}),
    met_islands{n} as (
        select person_id, source_person_id, place_id, least, s, e, hs, he, b,
            sum(b) over (partition by person_id, source_person_id, place_id order by s, hs, he desc
                rows between unbounded preceding and current row) as island
        from met_begins{n}),
    met_joined{n} as (
        select person_id, source_person_id, place_id, min(least) as least, min(s) as s, max(e) as e,
            min(case when b = 1 then hs end) as hs, min(case when b = 1 then he end) as he
        from met_islands{n} group by person_id, source_person_id, place_id, island),
    meeting{n} as (select * from met_joined{n} {joined_long_enough})"""

JOINED_LONG_ENOUGH = "where e - s >= least"

REACHED = """
    threshold{n} as (
        select person_id, source_person_id, least, sum(e - s) as us
        from meeting{n} group by person_id, source_person_id, least),
    reached{n} as (
        select person_id, source_person_id, least, sum(us) over (partition by person_id, source_person_id
            order by least rows between unbounded preceding and current row) as us
        from threshold{n})"""

REACHED_IN_A_DAY = """
    day{n} as (
        select distinct person_id, source_person_id, s as since from meeting{n}
        union
        select distinct person_id, source_person_id, e - {day} from meeting{n}),
    threshold{n} as (
        select d.person_id, d.source_person_id, d.since, m.least,
            sum(least(m.e, d.since + {day}) - greatest(m.s, d.since)) as us
        from day{n} d join meeting{n} m on m.person_id = d.person_id and m.source_person_id = d.source_person_id
        where greatest(m.s, d.since) < least(m.e, d.since + {day})
        group by d.person_id, d.source_person_id, d.since, m.least),
    reached{n} as (
        select person_id, source_person_id, least, sum(us) over (partition by person_id, source_person_id, since
            order by least rows between unbounded preceding and current row) as us
        from threshold{n})"""

PAIR = """
    longest{n} as (
        select person_id, source_person_id, place_id, row_number() over (
            partition by person_id, source_person_id order by e - s desc, s, place_id) as place
        from meeting{n}),
    pair{n} as (
        select m.person_id, m.source_person_id, min(m.s) as first_us, max(m.e) as last_us,
            cast(sum(m.e - m.s) as bigint) as us, count(*) as meetings, min(l.place_id) as place_id
        from meeting{n} m
        join (select distinct person_id, source_person_id from reached{n} where us >= least) r
            on r.person_id = m.person_id and r.source_person_id = m.source_person_id
        join longest{n} l on l.person_id = m.person_id and l.source_person_id = m.source_person_id and l.place = 1
        group by m.person_id, m.source_person_id)"""

NOT_NEARER = "and person_id not in (select person_id from {nearer})"
DAY_US = 86_400_000_000

PAIR_ROWS = """
    select person_id, {n} as degree, source_person_id, first_us, last_us, us, meetings, place_id from pair{n} {where}"""

PERSON = """
    person{n} as (
        select m.person_id, m.source_person_id, m.place_id, m.s as first_us, row_number() over (
            partition by m.person_id order by m.s, m.hs, m.he desc, m.source_person_id, m.place_id) as place
        from meeting{n} m join pair{n} r on r.person_id = m.person_id and r.source_person_id = m.source_person_id),
    sources{n} as (select person_id, count(*) as number from pair{n} group by person_id)"""

PERSON_ROWS = """
    select f.person_id, {n} as degree, f.first_us, f.source_person_id, f.place_id,
        cast({number} as bigint) as sources
    from person{n} f join sources{n} c on c.person_id = f.person_id where f.place = 1 {where}"""


def sql(
    *,
    degrees: int,
    include_cases: bool,
    least: int,
    start: int,
    end: int,
    slot: int,
    count: str = "window",
    after: int = 0,
    seated: bool = False,
    answer: str = "pairs",
) -> str:
    """The whole rule as one statement over the tables stays, windows, places and controls (times in microseconds).

    Args:
        count: whether minutes add up over the `window`, each `meeting` counts for itself (shorter ones not at all), or
            some 24 hours (`day`) must hold enough.
        after: how long the air stays infectious after a source has left.
        seated: whether carriages and seats matter anywhere.
        answer: a row for each of the `pairs`, or of the `persons`.
    """
    numbers: dict[str, int | str] = {
        "least": least, "start": start, "end": end, "slot": slot, "day": DAY_US, "after": after,
        "near": NEAR if seated else "", "meeting": "met" if seated else "meeting",
        "long_enough": LONG_ENOUGH if count == "meeting" and not seated else "",
        "joined_long_enough": JOINED_LONG_ENOUGH if count == "meeting" else "",
    }  # fmt: skip
    of_persons = answer == "persons"
    parts = [HERE_AFTER if after else HERE, MEETINGS, *([JOINED] if seated else [])]
    parts += [REACHED_IN_A_DAY if count == "day" else REACHED, PAIR, *([PERSON] if of_persons else [])]
    steps, rows = [STAYS], []
    for n in range(1, degrees + 1):
        nearer = ["windows", *(f"pair{degree}" for degree in range(1, n))] if n > 1 else []
        others = "\n            ".join(NOT_NEARER.format(nearer=name) for name in nearer)
        source = (WINDOWS if n == 1 else CONTACTS_AS_SOURCES).replace("{before}", str(n - 1))
        for part in (source, *parts):
            steps.append(part.replace("{n}", str(n)).replace("{others}", others))
        no_cases = "" if n > 1 or include_cases else "person_id not in (select person_id from windows)"
        if of_persons:
            where = f"and f.{no_cases}" if no_cases else ""
            rows.append(PERSON_ROWS.format(n=n, number="c.number" if n == 1 else "null", where=where))
        else:
            rows.append(PAIR_ROWS.format(n=n, where=f"where {no_cases}" if no_cases else ""))
    return (
        f"with {','.join(steps).format(**numbers)}{' union all '.join(rows)} order by 2, 1{'' if of_persons else ', 3'}"
    )


EVIDENCE = """
with source as (
        select person_id, 1 as degree, s, e from windows where s < e
        union
        select f.person_id, 2, f.s, coalesce(c.at, {end}) from first f
        left join controls c on c.person_id = f.person_id),
    here as (
        select v.person_id, v.place_id, v.stay_id, w.degree, greatest(v.s, w.s) as s, least(v.e, w.e) as e
        from stays v join source w on w.person_id = v.person_id
        where w.person_id in (select source_person_id from contacts) and greatest(v.s, w.s) < least(v.e, w.e)
            and v.place_id not in (select place_id from places where counts = 0)),
    here_slot as (
        select *, unnest(generate_series((s - {start}) // {slot}, (e - 1 - {start}) // {slot})) as slot from here),
    there_slot as (
        select person_id, place_id, stay_id, s, e,
            unnest(generate_series((s - {start}) // {slot}, (e - 1 - {start}) // {slot})) as slot
        from stays
        where s < e and person_id in (select person_id from contacts))
select distinct t.person_id, cast(h.degree as bigint) as degree, h.person_id as source_person_id, h.place_id,
    greatest(t.s, h.s) as from_at, least(t.e, h.e) as until, t.stay_id, h.stay_id as source_stay_id
from here_slot h join there_slot t on t.place_id = h.place_id and t.slot = h.slot
join contacts c on c.person_id = t.person_id and c.source_person_id = h.person_id and c.degree = h.degree
where t.s < h.e and h.s < t.e and h.slot = (greatest(t.s, h.s) - {start}) // {slot}
order by degree, person_id, source_person_id, from_at, stay_id, source_stay_id
"""
