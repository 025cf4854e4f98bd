"""Files of the screening: rounds, sites, tubes, swabs, runs, results (筛查类文件)."""

from __future__ import annotations

from chainbreak.exchange.store import rolls, tubes
from chainbreak.exchange.store.investigation import PERSON
from chainbreak.exchange.store.kind import Column, Kind, Reference, Rule, Target

ROUND = Reference("round", ("series", "number"), "round_ref")
TUBE = Reference("tube", ("barcode",), "tube_ref")
ROUND_STATES = ("planned", "announced", "sampling", "sampling_closed", "testing", "complete", "reconciled", "published")
CUSTODY = ("opened_at", "sealed_at", "shipped_at", "received_at", "rejected_at", "lost_at")

ROUNDS = Kind(
    "rounds",
    (
        Column("series", required=True, length=20),
        Column("number", "whole", required=True),
        Column("area_code", required=True, length=15),
        Column("start_at", "instant", required=True),
        Column("sample_due_at", "instant", required=True),
        Column("test_due_at", "instant", required=True),
        Column("pool_size", "whole", default="10"),
    ),
    (
        Target(
            "screening.Round",
            ("series", "number"),
            {"series": "series", "number": "number", "outbreak_code": "outbreak", "area_code": "area_code",
             "start_at": "start_at", "sample_due_at": "sample_due_at", "test_due_at": "test_due_at", "pool_size": "pool_size"},
        ),
    ),
    (Reference("outbreak", ("outbreak",), "outbreak_ref"),),
    rules=(
        Rule("start_at >= sample_due_at", "interval_without_length", "sample_due_at"),
        Rule("sample_due_at > test_due_at", "interval_without_length", "test_due_at"),
        Rule("number < 1 OR number > 100000", "number_not_taken", "number", facts="{'value': number}"),
        Rule("pool_size NOT IN (1, 5, 10, 20)", "number_not_taken", "pool_size", facts="{'value': pool_size}"),
    ),
    outbreak="optional",
)  # fmt: skip

ROUND_EVENTS = Kind(
    "round_events",
    (
        Column("series", required=True),
        Column("number", "whole", required=True),
        Column("state", "word", required=True, words=ROUND_STATES),
        Column("at", "instant", required=True),
    ),
    (
        Target(
            "screening.RoundEvent",
            ("round_id", "state"),
            {"round_id": "round_ref", "state": "state", "at": "at"},
            key="series || '-' || number || '|' || state",
        ),
    ),
    (ROUND,),
    outbreak="optional",
    after=rolls.follow,
)

SITES = Kind(
    "sites",
    (
        Column("site", required=True, length=40),
        Column("name_zh", required=True, length=120),
        Column("name_en", length=120),
        Column("area_code", required=True, length=15),
        Column("audience", "word", words=("everybody", "yellow_code", "key_class"), default="everybody"),
        Column("kind", length=30),
        Column("tables", "whole"),
        Column("added", "yesno"),
        Column("opened_at", "instant"),
        Column("closed_at", "instant"),
    ),
    (
        Target(
            "screening.SamplingSite",
            ("number",),
            {"number": "site", "name_zh": "name_zh", "name_en": "name_en", "area_code": "area_code", "audience": "audience",
             "kind": "kind", "tables": "tables", "added": "added", "opened_at": "opened_at", "closed_at": "closed_at"},
        ),
    ),
    rules=(
        Rule("opened_at >= closed_at", "interval_without_length", "closed_at"),
        Rule("tables < 0 OR tables > 1000", "number_not_taken", "tables", facts="{'value': tables}"),
    ),
)  # fmt: skip

TUBES = Kind(
    "tubes",
    (
        Column("barcode", required=True, length=40),
        Column("series"),
        Column("number", "whole"),
        Column("area_code", length=15),
        Column("site"),
        Column("pool_limit", "whole", default="10"),
        *(Column(name, "instant") for name in CUSTODY),
        Column("reject_reason", length=20),
    ),
    (
        Target(
            "screening.Tube",
            ("barcode",),
            {"barcode": "barcode", "round_id": "round_ref", "area_code": "area_code", "site_id": "site_ref",
             "pool_limit": "pool_limit"},
            gives="tube",
        ),
        Target(
            "screening.TubeCustody",
            ("tube_id",),
            {"tube_id": "tube_ref", **{name: name for name in CUSTODY}, "reject_reason": "reject_reason"},
            when=f"coalesce({', '.join(CUSTODY)}) IS NOT NULL",
        ),
    ),
    (ROUND, Reference("site", ("site",), "site_ref"), TUBE),
    rules=(
        Rule("pool_limit NOT IN (1, 5, 10, 20)", "number_not_taken", "pool_limit", facts="{'value': pool_limit}"),
        Rule("(series IS NULL) <> (number IS NULL)", "missing_value", "series", facts="{'field': 'series, number'}"),
        Rule("sealed_at < opened_at", "stations_out_of_order", "sealed_at"),
        Rule("shipped_at < sealed_at", "stations_out_of_order", "shipped_at"),
        Rule("received_at < shipped_at", "stations_out_of_order", "received_at"),
    ),
    outbreak="optional",
)  # fmt: skip

SWABS = Kind(
    "swabs",
    (
        Column("person_id", required=True),
        Column("barcode", required=True),
        Column("position", "whole"),
        Column("series"),
        Column("number", "whole"),
        Column("purpose", "word", required=True, words=("mass_round", "quarantine", "case_finding", "retest", "voluntary")),
        Column("sampled_at", "instant", required=True),
    ),
    (
        Target(
            "screening.Swab",
            ("person_id", "tube_id"),
            {"person_id": "person_ref", "tube_id": "tube_ref", "round_id": "round_ref", "position": "position",
             "purpose": "purpose", "sampled_at": "sampled_at"},
            unique=(("person_id", "round_id", "purpose"), ("tube_id", "position")),
        ),
    ),
    (PERSON, TUBE, ROUND),
    rules=(Rule("position < 1 OR position > 20", "number_not_taken", "position", facts="{'value': position}"),),
    outbreak="optional",
    prepare=tubes.rounds_of_tubes,
    checks=(tubes.order_of_sampling, tubes.positions),
)  # fmt: skip

RUNS = Kind(
    "runs",
    (
        Column("run", required=True, length=40),
        Column("laboratory", required=True, length=80),
        Column("wells", "whole", required=True),
        Column("controls", "whole", required=True),
        Column("raw_file_hash", length=64),
    ),
    (
        Target(
            "screening.LabRun",
            ("number",),
            {"number": "run", "laboratory": "laboratory", "wells": "wells", "controls": "controls",
             "raw_file_hash": "raw_file_hash"},
        ),
    ),
    rules=(
        Rule("wells < 0 OR wells > 32767", "number_not_taken", "wells", facts="{'value': wells}"),
        Rule("controls < 0 OR controls > 32767", "number_not_taken", "controls", facts="{'value': controls}"),
    ),
)  # fmt: skip

RESULTS = Kind(
    "results",
    (
        Column("barcode", required=True),
        Column("run"),
        Column("outcome", "word", required=True, words=("negative", "positive", "inconclusive", "invalid")),
        Column("stage", "word", required=True, words=("preliminary", "verified", "reported")),
        Column("reported_at", "instant", required=True),
        Column("ct", "json"),
    ),
    (
        Target(
            "screening.Result",
            ("tube_id",),
            {"tube_id": "tube_ref", "run_id": "run_ref", "outcome": "outcome", "stage": "stage", "reported_at": "reported_at",
             "ct": "ct"},
        ),
    ),
    (TUBE, Reference("run", ("run",), "run_ref")),
    rules=(Rule("stage <> 'preliminary' AND run IS NULL", "verified_without_run", "run"),),
    outbreak="optional",
    checks=(tubes.result_after_sampling,),
)  # fmt: skip

KINDS = (ROUNDS, ROUND_EVENTS, SITES, TUBES, SWABS, RUNS, RESULTS)
