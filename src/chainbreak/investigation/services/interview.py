"""Interviews (流调访谈): opened for a case, entries taken as phones send them, closed by turning them into facts.

An entry is one thing that was told: a stay, a companion at a stay, a day that is complete, the onset. Phones send its
versions in any order and as often as they like; the one with the highest `order` counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit
from chainbreak.registry.services import identity

from ..models import Interview, InterviewEntry
from .casefile import CaseFile, open_record

KINDS = ("stay", "companion", "day", "onset")
CERTAINTIES = ("certain", "probable", "possible")
LONGEST = 4_000  # characters of one entry
MOST = 200  # entries in one message
# the text fields of each kind: name -> most characters; instants and days are read below
TEXTS: dict[str, dict[str, int]] = {
    "stay": {"place": 40, "name": 120, "place_kind": 40, "certainty": 12},
    "companion": {"person": 40, "name": 60, "phone": 30, "id_number": 30, "setting": 40, "note": 300, "same_as": 36},
    "day": {},
    "onset": {},
}


@dataclass(frozen=True)
class Outcome:
    """What became of one message: accepted, duplicate, or refused with a code."""

    event: str
    outcome: str
    code: str = ""


def open_interview(outbreak: str, number: int, *, key: UUID, actor: User, at: datetime) -> tuple[Interview, CaseFile]:
    """The interview of this case that the actor has open, or a new one with this key.

    Raises:
        Refused: see `casefile.open_record`; the act is `interview.take`.
    """
    opened = open_record(outbreak, number, actor=actor, act="interview.take", at=at)
    interview, _ = Interview.objects.get_or_create(
        case=opened.case, opened_by=actor, closed_at=None, defaults={"key": key, "opened_at": at}
    )
    return interview, opened


def interview_of(key: UUID, *, actor: User, at: datetime) -> tuple[Interview, CaseFile]:
    """The interview with this key, through the door of its case.

    Raises:
        Refused("unknown_interview"): there is none with this key.
        Refused: see `casefile.open_record`.
    """
    interview = Interview.objects.select_related("case__outbreak").filter(key=key).first()
    if interview is None:
        raise Refused("unknown_interview")
    case = interview.case
    return interview, open_record(case.outbreak.code, case.number, actor=actor, act="interview.take", at=at)


def take(interview: Interview, messages: Sequence[Mapping[str, Any]], *, actor: User, at: datetime) -> list[Outcome]:
    """Take in what a phone sends; each message is answered by itself, and those accepted are on disk at the return.

    Args:
        messages: `event` and `entry` (UUIDs), `order` (the phone's counter), `said_at` (its clock), `kind`, `says`.

    Raises:
        Refused("too_many_entries"): more than 200 at once.
    """
    if len(messages) > MOST:
        raise Refused("too_many_entries", most=MOST)
    outcomes: list[Outcome] = []
    with transaction.atomic(durable=True):
        Interview.objects.select_for_update().get(pk=interview.pk)  # one phone at a time, so that sums are exact
        closed = Interview.objects.filter(pk=interview.pk, closed_at__isnull=False).exists()
        for message in messages:
            try:
                row = _row(interview, message, actor, at)
                known = InterviewEntry.objects.filter(event=row.event).first()
                if known is not None:
                    same = known.interview_id == interview.pk and known.entry == row.entry
                    outcomes.append(Outcome(str(row.event), *(("duplicate",) if same else ("refused", "event_used"))))
                    continue
                if closed:
                    raise Refused("interview_closed")
                row.save(force_insert=True)
                outcomes.append(Outcome(str(row.event), "accepted"))
            except Refused as refused:
                outcomes.append(Outcome(str(message.get("event", ""))[:60], "refused", refused.code))
        accepted = sum(one.outcome == "accepted" for one in outcomes)
        if accepted:
            audit.record(
                "interview.written", subject=f"interview:{interview.key}", actor=actor, at=at, detail={"n": accepted}
            )
    return outcomes


def entries(interview: Interview) -> dict[str, dict[str, Any]]:
    """What counts now: entry -> its newest version, `kind` included; removed ones are left out."""
    newest: dict[str, tuple[int, dict[str, Any]]] = {}
    for row in InterviewEntry.objects.filter(interview=interview).order_by("pk"):
        says = json.loads(identity.decrypt(bytes(row.sealed), _bound(interview, row.entry)))
        if str(row.entry) not in newest or row.order >= newest[str(row.entry)][0]:
            newest[str(row.entry)] = (row.order, {"kind": row.kind, "order": row.order, **says})
    return {entry: says for entry, (_, says) in newest.items() if not says.get("removed")}


def close(interview: Interview, *, at: datetime) -> None:
    """Nothing more is taken in.

    Raises:
        Refused("interview_closed"): it was closed before.
    """
    if not Interview.objects.filter(pk=interview.pk, closed_at__isnull=True).update(closed_at=at):
        raise Refused("interview_closed")


def _row(interview: Interview, message: Mapping[str, Any], actor: User, at: datetime) -> InterviewEntry:
    """The message as a row.

    Raises:
        Refused("bad_entry"): it has not the form of an entry; it says which part.
    """
    kind, says = message.get("kind"), message.get("says")
    if kind not in KINDS:
        raise Refused("bad_entry", part="kind")
    if not isinstance(says, Mapping):
        raise Refused("bad_entry", part="says")
    order = message.get("order")
    if not isinstance(order, int) or isinstance(order, bool) or not 0 <= order < 2**53:
        raise Refused("bad_entry", part="order")
    event, entry = (_uuid(message, name) for name in ("event", "entry"))
    text = json.dumps(_checked(kind, says), ensure_ascii=False)
    if len(text) > LONGEST:
        raise Refused("bad_entry", part="says")
    return InterviewEntry(
        interview=interview, event=event, entry=entry, order=order, kind=kind,
        sealed=identity.encrypt(text, _bound(interview, entry)), said_at=_instant(message, "said_at"),
        received_at=at, received_from=actor,
    )  # fmt: skip


def _checked(kind: str, says: Mapping[str, Any]) -> dict[str, Any]:
    """The known parts of an entry, each of the form it must have."""
    if says.get("removed"):
        return {"removed": True}
    found: dict[str, Any] = {}
    for name, most in TEXTS[kind].items():
        value = says.get(name, "")
        if not isinstance(value, str) or len(value) > most or "\0" in value:
            raise Refused("bad_entry", part=name)
        found[name] = value.strip()
    if kind in ("stay", "companion"):
        begin, end = _instant(says, "from"), _instant(says, "until")
        if begin >= end:
            raise Refused("bad_entry", part="until")
        found |= {"from": begin.isoformat(), "until": end.isoformat()}
    if kind == "stay":
        if not (found["place"] or found["name"]) or not found["place_kind"]:
            raise Refused("bad_entry", part="place")
        if found["certainty"] not in CERTAINTIES:
            raise Refused("bad_entry", part="certainty")
    if kind == "companion":
        if not (found["person"] or found["name"]) or not found["setting"]:
            raise Refused("bad_entry", part="name")
        found |= {"stay": str(_uuid(says, "stay")), "protected": says.get("protected") is True}
    if kind == "day":
        found |= {"day": _day(says, "day").isoformat(), "complete": says.get("complete") is True}
    if kind == "onset":
        found["onset_date"] = _day(says, "onset_date").isoformat() if says.get("onset_date") else None
    return found


def _bound(interview: Interview, entry: UUID) -> str:
    return f"interview:{interview.key}:{entry}"


def _uuid(message: Mapping[str, Any], name: str) -> UUID:
    try:
        return UUID(str(message.get(name)))
    except ValueError:
        raise Refused("bad_entry", part=name) from None


def _instant(message: Mapping[str, Any], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(message.get(name)))
    except ValueError:
        raise Refused("bad_entry", part=name) from None
    if found.tzinfo is None or not 2000 <= found.year < 2200:
        raise Refused("bad_entry", part=name)
    return found


def _day(message: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(message.get(name)))
    except ValueError:
        raise Refused("bad_entry", part=name) from None
