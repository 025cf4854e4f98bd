"""Files of headquarters: assessments, press conferences, funds (指挥类文件)."""

from __future__ import annotations

from chainbreak.exchange.store.investigation import OUTBREAK
from chainbreak.exchange.store.kind import Column, Kind, Reference, Rule, Target

ASSESSMENTS = Kind(
    "assessments",
    (
        Column("topic", "word", required=True, words=("risk.community", "risk.spillover")),
        Column("level", required=True, length=20),
        Column("basis", required=True),
        Column("confidence", length=12, default="medium"),
        Column("author", required=True, length=80),
        Column("valid_from", "instant", required=True),
        Column("expires_at", "instant", required=True),
    ),
    (
        Target(
            "command.Assessment",
            ("outbreak_id", "topic", "valid_from"),
            {"outbreak_id": "outbreak_ref", "topic": "topic", "level": "level", "basis": "basis", "confidence": "confidence",
             "author": "author", "valid_from": "valid_from", "expires_at": "expires_at"},
            key="outbreak || '|' || topic || '|' || valid_from",
        ),
    ),
    (OUTBREAK,),
    rules=(Rule("valid_from >= expires_at", "interval_without_length", "expires_at"),),
    outbreak="required",
)  # fmt: skip

PRESS_CONFERENCES = Kind(
    "press_conferences",
    (
        Column("number", "whole", required=True),
        Column("held_at", "instant", required=True),
        Column("as_of", "instant"),
    ),
    (
        Target(
            "command.PressConference",
            ("outbreak_id", "number"),
            {"outbreak_id": "outbreak_ref", "number": "number", "held_at": "held_at", "as_of": "as_of"},
            key="outbreak || '|' || number",
        ),
    ),
    (OUTBREAK,),
    rules=(Rule("number < 1 OR number > 10000", "number_not_taken", "number", facts="{'value': number}"),),
    outbreak="required",
)

FUNDS = Kind(
    "funds",
    (
        Column("name_zh", required=True, length=120),
        Column("name_en", length=120),
        Column("source", length=120),
        Column("received_fen", "whole", required=True),
        Column("received_at", "instant", required=True),
        Column("purposes", "list", required=True),
    ),
    (
        Target(
            "command.Fund",
            ("name_zh",),
            {name: name for name in ("name_zh", "name_en", "source", "received_fen", "received_at")},
            gives="fund",
        ),
        Target(
            "command.FundPurpose",
            ("fund_id", "code"),
            {"fund_id": "fund_ref", "code": "purpose"},
            each="unnest(list_distinct(list_filter(list_transform(regexp_split_to_array(purposes, '[;；]'), x -> trim(x)), "
            "x -> x <> ''))) AS purpose",
        ),
    ),
    (Reference("fund", ("name_zh",), "fund_ref"),),
    rules=(Rule("received_fen < 0", "number_not_taken", "received_fen", facts="{'value': received_fen}"),),
)

KINDS = (ASSESSMENTS, PRESS_CONFERENCES, FUNDS)
