"""Corrections seen beforehand (更正预览): what one changed fact does to contacts and figures, then the deed itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q

from chainbreak.governance.models import Fact, User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import facts
from chainbreak.investigation.models import (
    CaseClassification,
    CaseReport,
    Exposure,
    LetterEvent,
    Outbreak,
    TrajectorySegment,
    TransmissionLink,
)
from chainbreak.investigation.services import proposal
from chainbreak.investigation.services.chain import require_acceptable
from chainbreak.measures.models import Stay
from chainbreak.measures.services import derive
from chainbreak.screening.models import Result

from ..selectors import figure
from ..selectors.context import Context

CORRECTABLE: dict[str, tuple[type[Fact], tuple[str, ...]]] = {
    "stay": (TrajectorySegment, ("arrived_at", "left_at")),
    "exposure": (Exposure, ("started_at", "ended_at", "protected")),
    "case": (
        CaseReport,
        ("onset_date", "first_positive_at", "reported_at", "isolated_at", "under_control_when_sampled"),
    ),
    "classification": (CaseClassification, ("classification", "valid_from")),
    "letter": (LetterEvent, ("state", "at")),
    "admission": (Stay, ("admitted_at", "ended_at", "outcome")),
    "result": (Result, ("outcome",)),
    "link": (TransmissionLink, ("state", "confidence")),
}


@dataclass(frozen=True)
class FigureChange:
    """A figure that the correction changes."""

    key: str
    before: Any
    after: Any
    zh: str
    en: str


@dataclass(frozen=True)
class Outlook:
    """What a correction would do, in contacts and in figures."""

    contacts: derive.Preview
    figures: tuple[FigureChange, ...]


def fact_of(kind: str, number: int) -> Fact:
    """The current version of a fact.

    Raises:
        Refused("unknown_fact"): there is no such kind, or no such fact.
        Refused("already_superseded"): it was corrected before.
    """
    if kind not in CORRECTABLE:
        raise Refused("unknown_fact", kind=kind, number=number)
    fact = CORRECTABLE[kind][0].objects.filter(pk=number).first()
    if fact is None:
        raise Refused("unknown_fact", kind=kind, number=number)
    if fact.superseded_at is not None:
        raise Refused("already_superseded")
    return fact


def areas_of(fact: Fact) -> list[str]:
    """The areas that answer for a fact: its outbreak's, else the person's and those of the outbreaks it was traced in."""
    for path in (("outbreak",), ("case", "outbreak"), ("letter", "outbreak")):
        found: Any = fact
        for name in path:
            found = getattr(found, name, None)
        if found is not None:
            return [found.area_code]
    person = getattr(fact, "person", None)
    if person is None:
        return []
    traced = Outbreak.objects.filter(Q(cases__person=person) | Q(derivations__contacts__person=person))
    return [*filter(None, [person.area_code]), *traced.values_list("area_code", flat=True).distinct()]


def apply(
    fact: Fact, changes: Mapping[str, Any] | None, *, actor: User, at: datetime, reason: str, trial: bool = False
) -> None:
    """Correct a fact, or withdraw it when `changes` is None; on `trial` nothing goes to the audit.

    An excluded case takes along the open questions about those whom the lake found because of it.

    Raises:
        Refused("second_infector"), Refused("closes_circle"): a link that cannot be accepted, see `require_acceptable`.
        Refused: as `facts.correct`; and "contradicts_facts" where the database holds facts that cannot both be true.
    """
    try:
        with transaction.atomic():
            if changes is None:
                facts.withdraw(fact, at=at, actor=actor, reason=reason, trial=trial)
            else:
                if isinstance(fact, TransmissionLink) and changes.get("state") == TransmissionLink.State.ACCEPTED:
                    require_acceptable(fact)
                facts.correct(fact, at=at, actor=actor, reason=reason, trial=trial, **changes)
            if isinstance(fact, CaseClassification):  # who was asked about because of an excluded case is asked no more
                proposal.cascade(fact.case.outbreak, actor=actor, at=at, reason=reason, trial=trial)
    except (IntegrityError, DatabaseError) as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        raise Refused("contradicts_facts", constraint=constraint or "") from error


def outlook(
    fact: Fact, changes: Mapping[str, Any] | None, outbreak: Outbreak, *, actor: User, as_of: datetime, at: datetime
) -> Outlook:
    """What the correction would do as of an instant; nothing is written."""
    return outlook_of(
        lambda: apply(fact, changes, actor=actor, at=at, reason="preview", trial=True), outbreak, as_of=as_of, at=at
    )


def outlook_of(change: Callable[[], object], outbreak: Outbreak, *, as_of: datetime, at: datetime) -> Outlook:
    """What any change of facts would do as of an instant; nothing is written."""

    def figures() -> dict[str, figure.Figure]:
        context = Context(outbreak, as_of, None, lambda other: derive.snapshot(other, at=at))
        return {one.key(context): figure.work_out(one, context) for one in figure.definitions(context)}

    seen = derive.preview(
        change,
        outbreak,
        as_of=as_of,
        at=at,
        also=figures,
    )
    before: dict[str, figure.Figure] = seen.before  # type: ignore[assignment]
    after: dict[str, figure.Figure] = seen.after  # type: ignore[assignment]
    changed = [
        FigureChange(key, before[key].value if key in before else None, new.value, new.zh, new.en)
        for key, new in after.items()
        if key not in before or before[key].value != new.value
    ]
    return Outlook(seen, tuple(changed))
