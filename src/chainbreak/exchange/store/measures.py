"""Files of the measures: arrivals, facilities, rooms, duties, admissions, transfers (管控类文件)."""

from __future__ import annotations

from chainbreak.exchange.store import rolls
from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.investigation import OUTBREAK, PERSON
from chainbreak.exchange.store.kind import Column, Kind, Reference, Rule, Target
from chainbreak.exchange.store.lookups import complain, find

FACILITY = Reference("facility", ("facility",), "facility_ref")
FACILITY_STATES = ("candidate", "surveyed", "converting", "ready", "open", "full", "closing", "disinfected", "closed")

ARRIVALS = Kind(
    "arrivals",
    (
        Column("person_id", required=True),
        Column("arrived_at", "instant", required=True),
        Column("origin_area", length=15),
        Column("origin_risk", length=12),
        Column("transport", length=40),
        Column("checkpoint", length=80),
        Column("declared_at", "instant"),
    ),
    (
        Target(
            "measures.Arrival",
            ("person_id", "arrived_at"),
            {"person_id": "person_ref", "arrived_at": "arrived_at", "outbreak_id": "outbreak_ref", "origin_area": "origin_area",
             "origin_risk": "origin_risk", "transport": "transport", "checkpoint": "checkpoint", "declared_at": "declared_at"},
            key="outbreak || '|' || person_id || '|' || arrived_at",
        ),
    ),
    (OUTBREAK, PERSON),
    outbreak="required",
)  # fmt: skip

FACILITIES = Kind(
    "facilities",
    (
        Column("facility", required=True, length=40),
        Column("name_zh", length=120),
        Column("name_en", length=120),
        Column("area_code", length=15),
        Column("kind", length=20),
        Column("state", "word", required=True, words=FACILITY_STATES),
        Column("layout_ok", "yesno", default="false"),
        Column("safety_ok", "yesno", default="false"),
        Column("at", "instant", required=True),
    ),
    (
        Target(
            "measures.Facility",
            ("number",),
            {
                "number": "facility",
                "name_zh": "name_zh",
                "name_en": "name_en",
                "area_code": "area_code",
                "kind": "kind",
            },
            several=True,
            gives="facility",
        ),
        Target(
            "measures.FacilityEvent",
            ("facility_id", "at"),
            {
                "facility_id": "facility_ref",
                "state": "state",
                "layout_ok": "layout_ok",
                "safety_ok": "safety_ok",
                "at": "at",
            },
            key="facility || '|' || at",
        ),
    ),
    (FACILITY,),
    rules=(Rule("state IN ('ready', 'open', 'full') AND NOT (layout_ok AND safety_ok)", "facility_not_safe", "state"),),
)

ROOMS = Kind(
    "rooms",
    (
        Column("facility", required=True),
        Column("room", required=True, length=20),
        Column("floor", "whole"),
        Column("kind", length=20),
        Column("beds", "whole", default="1"),
    ),
    (
        Target(
            "measures.Room",
            ("facility_id", "number"),
            {"facility_id": "facility_ref", "number": "room", "floor": "floor", "kind": "kind"},
            gives="room",
        ),
        Target(
            "measures.Bed",
            ("room_id", "number"),
            {"room_id": "room_ref", "number": "bed_number"},
            each="unnest(range(1, beds + 1)) AS bed_number",
        ),
    ),
    (FACILITY, Reference("room", ("room",), "room_ref", within="facility_ref")),
    rules=(
        Rule("beds < 1 OR beds > 100", "number_not_taken", "beds", facts="{'value': beds}"),
        Rule("abs(floor) > 200", "number_not_taken", "floor", facts="{'value': floor}"),
    ),
)

DUTIES = Kind(
    "duties",
    (
        Column("facility", required=True),
        Column("role", required=True, length=20),
        Column("worker", required=True, length=80),
        Column("starts_at", "instant", required=True),
        Column("ends_at", "instant"),
    ),
    (
        Target(
            "measures.SiteDuty",
            ("facility_id", "role", "worker", "starts_at"),
            {
                "facility_id": "facility_ref",
                "role": "role",
                "worker": "worker",
                "starts_at": "starts_at",
                "ends_at": "ends_at",
            },
            key="facility || '|' || role || '|' || worker || '|' || starts_at",
        ),
    ),
    (FACILITY,),
    rules=(Rule("starts_at >= ends_at", "interval_without_length", "ends_at"),),
)


def _bed(bench: Bench) -> None:
    """The bed of a stay: of a room with beds, the first unless another is named."""
    bench.do("UPDATE t SET bed = 1 WHERE bed IS NULL AND room IS NOT NULL")
    room = Reference("room", ("room",), "room_ref", within="facility_ref")
    bed = Reference("bed", ("bed",), "bed_ref", within="room_ref")
    find(bench, room)
    complain(bench, room)
    find(bench, bed)
    bench.problem(
        "SELECT _row, 'bed', 'unknown_bed', 'error', CAST(json_object('value', room || ' ' || bed) AS VARCHAR) FROM t "
        "WHERE bed IS NOT NULL AND bed_ref IS NULL AND room_ref IS NOT NULL"
    )


def _open(bench: Bench) -> None:
    """Nobody is admitted to a facility that is not open (E3 11); one without a chief on duty is flagged."""
    bench.fetch(
        "state",
        "SELECT facility_id, state, at AT TIME ZONE 'UTC' FROM measures_facilityevent WHERE superseded_at IS NULL",
        {"facility_id": "BIGINT", "state": "VARCHAR", "at": "TIMESTAMP"},
    )
    bench.fetch(
        "chief",
        "SELECT facility_id, starts_at AT TIME ZONE 'UTC', coalesce(ends_at, '9999-01-01') AT TIME ZONE 'UTC' "
        "FROM measures_siteduty WHERE superseded_at IS NULL AND role LIKE '%%chief%%'",
        {"facility_id": "BIGINT", "starts_at": "TIMESTAMP", "ends_at": "TIMESTAMP"},
    )
    admitted = "kind = 'facility_quarantine' AND facility_ref IS NOT NULL AND admitted_at IS NOT NULL"
    bench.problem(
        "SELECT t._row, 'facility', 'facility_not_open', 'error', CAST(json_object('facility', facility, 'state', "
        "coalesce(s.state, 'none'), 'at', admitted_at) AS VARCHAR) "
        f"FROM (SELECT * FROM t WHERE {admitted}) t ASOF LEFT JOIN state s "
        "ON t.facility_ref = s.facility_id AND t.admitted_at >= s.at WHERE coalesce(s.state, 'none') <> 'open'"
    )
    bench.problem(
        "SELECT _row, 'facility', 'facility_without_chief', 'warning', CAST(json_object('facility', facility) AS VARCHAR) "
        f"FROM t WHERE {admitted} AND NOT EXISTS (SELECT 1 FROM chief c WHERE c.facility_id = t.facility_ref "
        "AND c.starts_at <= t.admitted_at AND t.admitted_at < c.ends_at)"
    )


ADMISSIONS = Kind(
    "admissions",
    (
        Column("stay_id", required=True, length=120),
        Column("person_id", required=True),
        Column("kind", "word", required=True, words=("facility_quarantine", "home_quarantine", "home_monitoring", "hospital")),
        Column("reason", "word", required=True, words=("contact1", "contact2", "arrival", "case", "other")),
        Column("facility"),
        Column("room"),
        Column("bed", "whole"),
        Column("home_reason", "word", words=("age_mobility", "illness", "young_child")),
        Column("carer_id"),
        Column("anchor_at", "instant"),
        Column("planned_end_at", "instant"),
        Column("admitted_at", "instant", required=True),
        Column("ended_at", "instant"),
        Column("outcome", length=20),
    ),
    (
        Target(
            "measures.Stay",
            ("key",),
            {"key": "stay_id", "person_id": "person_ref", "kind": "kind", "reason": "reason", "outbreak_code": "outbreak",
             "bed_id": "bed_ref", "facility_id": "facility_ref", "anchor_at": "anchor_at", "planned_end_at": "planned_end_at",
             "admitted_at": "admitted_at", "ended_at": "ended_at", "outcome": "outcome", "home_reason": "home_reason",
             "carer_id": "carer_ref"},
            overlap=(("person_id", "admitted_at", "ended_at"), ("bed_id", "admitted_at", "ended_at")),
        ),
    ),
    (OUTBREAK, PERSON, Reference("person", ("carer_id",), "carer_ref"), FACILITY),
    rules=(
        Rule("admitted_at >= ended_at", "interval_without_length", "ended_at",
             facts="{'from': admitted_at, 'until': ended_at}"),
        Rule("kind = 'facility_quarantine' AND facility IS NULL", "missing_value", "facility", facts="{'field': 'facility'}"),
        Rule("kind = 'home_quarantine' AND home_reason IS NULL", "missing_value", "home_reason",
             facts="{'field': 'home_reason'}"),
        Rule("room IS NOT NULL AND facility IS NULL", "missing_value", "facility", facts="{'field': 'facility'}"),
    ),
    outbreak="optional",
    prepare=_bed,
    checks=(_open,),
    after=rolls.follow,
)  # fmt: skip

TRANSFERS = Kind(
    "transfers",
    (
        Column("batch", required=True, length=40),
        Column("person_id", required=True),
        Column("facility"),
        Column("from_place", length=120),
        Column("vehicle", length=40),
        Column("departed_at", "instant"),
        Column("arrived_at", "instant"),
        Column("handed_over_at", "instant"),
    ),
    (
        Target(
            "measures.Transfer",
            ("batch",),
            {"batch": "batch", "from_place": "from_place", "facility_id": "facility_ref", "vehicle": "vehicle",
             "departed_at": "departed_at", "arrived_at": "arrived_at", "handed_over_at": "handed_over_at"},
            key="batch",
            several=True,
        ),
        Target(
            "measures.TransferPerson",
            ("batch", "person_id"),
            {"batch": "batch", "person_id": "person_ref", "handed_over_at": "handed_over_at"},
            key="batch || '|' || person_id",
        ),
    ),
    (PERSON, FACILITY),
    rules=(Rule("departed_at >= arrived_at", "interval_without_length", "arrived_at"),),
    outbreak="optional",
)  # fmt: skip

KINDS = (ARRIVALS, FACILITIES, ROOMS, DUTIES, ADMISSIONS, TRANSFERS)
