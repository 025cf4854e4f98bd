"""Files of the investigation: outbreaks, classes, relations, stays, determinations, letters, genomes (流调类文件)."""

from __future__ import annotations

from chainbreak.exchange.store.bench import Bench
from chainbreak.exchange.store.kind import Column, Kind, Reference, Rule, Target
from chainbreak.exchange.store.lookups import find

OUTBREAK = Reference("outbreak", ("outbreak",), "outbreak_ref")
PERSON = Reference("person", ("person_id",), "person_ref")
PLACE = Reference("place", ("place_id",), "place_ref")
CASE = Reference("case", ("case_id",), "case_ref", within="outbreak_ref")

EVIDENCE = ("interview", "ticket", "payment", "venue_scan", "camera", "phone", "register")
CLASSES = ("suspected", "confirmed", "asymptomatic", "excluded")

OUTBREAKS = Kind(
    "outbreaks",
    (
        Column("code", required=True, length=20),
        Column("name_zh", required=True, length=80),
        Column("name_en", required=True, length=80),
        Column("disease", required=True, length=40),
        Column("rule_pack", required=True, length=60),
        Column("area_code", required=True, length=15),
        Column("detected_at", "instant", required=True),
    ),
    (
        Target(
            "investigation.Outbreak",
            ("code",),
            {name: name for name in ("code", "name_zh", "name_en", "disease", "rule_pack", "area_code", "detected_at")},
        ),
    ),
)

CLASSIFICATIONS = Kind(
    "classifications",
    (
        Column("case_id", required=True),
        Column("valid_from", "instant", required=True),
        Column("classification", "word", required=True, words=CLASSES),
        Column("basis", length=200),
    ),
    (
        Target(
            "investigation.CaseClassification",
            ("case_id", "valid_from"),
            {"case_id": "case_ref", "valid_from": "valid_from", "classification": "classification", "basis": "basis"},
            key="outbreak || '|' || case_id || '|' || valid_from",
        ),
    ),
    (OUTBREAK, CASE),
    outbreak="required",
)

RELATIONS = Kind(
    "relations",
    (
        Column("case_id", required=True),
        Column("other_id", required=True),
        Column("relation", required=True, length=40),
        Column("wording_zh", length=120),
        Column("wording_en", length=120),
        Column("wording_approved_at", "instant"),
    ),
    (
        Target(
            "investigation.CaseRelation",
            ("case_id", "other_id"),
            {"case_id": "case_ref", "other_id": "other_ref", "relation": "relation", "wording_zh": "wording_zh",
             "wording_en": "wording_en", "wording_approved_at": "wording_approved_at"},
            key="outbreak || '|' || case_id || '|' || other_id",
        ),
    ),
    (OUTBREAK, CASE, Reference("case", ("other_id",), "other_ref", within="outbreak_ref")),
    rules=(Rule("case_ref = other_ref", "refers_to_itself", "other_id"),),
    outbreak="required",
)  # fmt: skip

STAYS = Kind(
    "stays",
    (
        Column("stay_id", length=120),
        Column("person_id", required=True, aliases=("person", "人员编号")),
        Column("place_id", required=True, aliases=("place", "location_id", "场所编号")),
        Column("arrived_at", "instant", required=True,
               aliases=("start", "started_at", "start_time", "from", "arrival", "arrived", "entered_at", "到达时间", "开始时间")),
        Column("left_at", "instant", required=True,
               aliases=("end", "ended_at", "end_time", "until", "departure", "left", "exited_at", "离开时间", "结束时间")),
        Column("evidence", "word", words=EVIDENCE, default="interview"),
        Column("certainty", length=12, default="certain"),
    ),
    (
        Target(
            "investigation.TrajectorySegment",
            ("key",),
            {"key": "coalesce(stay_id, person_id || '|' || place_id || '|' || arrived_at)", "person_id": "person_ref",
             "place_id": "place_ref", "arrived_at": "arrived_at", "left_at": "left_at", "evidence": "evidence",
             "certainty": "certainty"},
            unique=(("person_id", "place_id", "arrived_at"),),
        ),
    ),
    (PERSON, PLACE),
    rules=(Rule("arrived_at >= left_at", "interval_without_length", "left_at", facts="{'from': arrived_at, 'until': left_at}"),),
    outbreak="optional",
)  # fmt: skip

DETERMINATIONS = Kind(
    "determinations",
    (
        Column("person_id", required=True),
        Column("decision", "word", required=True, words=("pending", "confirmed", "not_contact")),
        Column("degree", "whole", default="1"),
        Column("source_id"),
        Column("last_exposure_at", "instant"),
        Column("basis", required=True, length=200),
        Column("valid_from", "instant", required=True),
    ),
    (
        Target(
            "investigation.Determination",
            ("outbreak_id", "person_id"),
            {"outbreak_id": "outbreak_ref", "person_id": "person_ref", "decision": "decision", "degree": "degree",
             "source_id": "source_ref", "last_exposure_at": "last_exposure_at", "basis": "basis", "valid_from": "valid_from"},
            key="outbreak || '|' || person_id",
        ),
    ),
    (OUTBREAK, PERSON, Reference("person", ("source_id",), "source_ref")),
    rules=(Rule("degree NOT IN (1, 2)", "number_not_taken", "degree", facts="{'value': degree}"),),
    outbreak="required",
)  # fmt: skip

CONTACT_EVENTS = Kind(
    "contact_events",
    (
        Column("person_id", required=True),
        Column("kind", "word", required=True, words=("located", "lost", "notified")),
        Column("at", "instant", required=True),
    ),
    (
        Target(
            "investigation.ContactEvent",
            ("outbreak_id", "person_id", "kind", "at"),
            {"outbreak_id": "outbreak_ref", "person_id": "person_ref", "kind": "kind", "at": "at"},
            key="outbreak || '|' || person_id || '|' || kind || '|' || at",
        ),
    ),
    (OUTBREAK, PERSON),
    outbreak="required",
)

LETTERS = Kind(
    "letters",
    (
        Column("letter", required=True, length=40),
        Column("from_area", required=True, length=15),
        Column("to_area", required=True, length=15),
        Column("reason", length=60),
        Column("state", "word", required=True,
               words=("draft", "approved", "sent", "acknowledged", "feedback_complete", "closed", "returned")),
        Column("at", "instant", required=True),
        Column("due_at", "instant"),
    ),
    (
        Target(
            "investigation.Letter",
            ("number",),
            {"number": "letter", "outbreak_id": "outbreak_ref", "from_area": "from_area", "to_area": "to_area",
             "reason": "reason"},
            several=True,
            gives="letter",
        ),
        Target(
            "investigation.LetterEvent",
            ("letter_id", "state"),
            {"letter_id": "letter_ref", "state": "state", "at": "at", "due_at": "due_at"},
            key="letter || '|' || state",
        ),
    ),
    (OUTBREAK, Reference("letter", ("letter",), "letter_ref")),
    outbreak="required",
)  # fmt: skip

LETTER_PERSONS = Kind(
    "letter_persons",
    (
        Column("letter", required=True),
        Column("person_id", required=True),
        Column("feedback", length=120),
        Column("feedback_at", "instant"),
    ),
    (
        Target(
            "investigation.LetterPerson",
            ("letter_id", "person_id"),
            {
                "letter_id": "letter_ref",
                "person_id": "person_ref",
                "feedback": "feedback",
                "feedback_at": "feedback_at",
            },
            key="letter || '|' || person_id",
        ),
    ),
    (Reference("letter", ("letter",), "letter_ref"), PERSON),
    outbreak="optional",
)

GENOMES = Kind(
    "genomes",
    (
        Column("case_id", required=True),
        Column("laboratory", length=120),
        Column("requested_at", "instant"),
        Column("received_at", "instant"),
        Column("reported_at", "instant"),
        Column("lineage", length=40),
        Column("coverage", "number"),
        Column("distance", "whole"),
        Column("conclusion", "word", words=("same_chain", "other", "inconclusive"), default="inconclusive"),
    ),
    (
        Target(
            "investigation.Sequence",
            ("case_id",),
            {"case_id": "case_ref", "laboratory": "laboratory", "requested_at": "requested_at", "received_at": "received_at",
             "reported_at": "reported_at", "lineage": "lineage", "coverage": "coverage", "distance": "distance",
             "conclusion": "conclusion"},
            key="outbreak || '|' || case_id",
        ),
    ),
    (OUTBREAK, CASE),
    rules=(Rule("distance < 0", "number_not_taken", "distance", facts="{'value': distance}"),),
    outbreak="required",
)  # fmt: skip


def _case_of_any_outbreak(bench: Bench) -> None:
    """The case stands in the outbreak of the command, or, where its number is unique, in any."""
    bench.do(f"ALTER TABLE t ADD COLUMN own VARCHAR DEFAULT {repr(bench.outbreak) if bench.outbreak else 'NULL'}")
    find(bench, Reference("outbreak", ("own",), "own_ref"))
    find(bench, Reference("case", ("case_id",), "case_ref", within="own_ref"))
    wanted = [
        row[0] for row in bench.rows("SELECT DISTINCT case_id FROM t WHERE case_ref IS NULL AND case_id IS NOT NULL")
    ]
    bench.fetch(
        "anywhere",
        "SELECT external_id, min(id) FROM investigation_case WHERE external_id = ANY(%s) GROUP BY 1 HAVING count(*) = 1",
        {"external_id": "VARCHAR", "id": "BIGINT"},
        [wanted],
    )
    bench.do("UPDATE t SET case_ref = a.id FROM anywhere a WHERE t.case_ref IS NULL AND t.case_id = a.external_id")
    bench.problem(
        "SELECT _row, 'case_id', 'unknown_case', 'error', CAST(json_object('value', case_id) AS VARCHAR) FROM t "
        "WHERE case_ref IS NULL AND case_id IS NOT NULL"
    )


LINK_ASSESSMENTS = Kind(
    "link_assessments",
    (
        Column("case_id", required=True),
        Column("outbreak", required=True),
        Column("result", "word", required=True, words=("linked", "not_linked", "unknown")),
        Column("basis", required=True, length=20),
        Column("confidence", length=12, default="preliminary"),
        Column("valid_from", "instant", required=True),
    ),
    (
        Target(
            "investigation.LinkAssessment",
            ("case_id", "outbreak_id", "valid_from"),
            {"case_id": "case_ref", "outbreak_id": "outbreak_ref", "result": "result", "basis": "basis",
             "confidence": "confidence", "valid_from": "valid_from"},
            key="case_id || '|' || outbreak || '|' || valid_from",
        ),
    ),
    (OUTBREAK,),
    checks=(_case_of_any_outbreak,),
)  # fmt: skip

KINDS = (
    OUTBREAKS, CLASSIFICATIONS, RELATIONS, STAYS, DETERMINATIONS, CONTACT_EVENTS, LETTERS, LETTER_PERSONS, GENOMES,
    LINK_ASSESSMENTS,
)  # fmt: skip
