"""Appeals (申诉) as of an instant: the state of each, what waits for whom, how long, and how many were right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from chainbreak.epi import appeal as rule
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import Derivation, Outbreak
from chainbreak.registry.services import identity

from ..models import Appeal, AppealStep, DueMeasure

ABOUT = Appeal.About.choices
GROUNDS = Appeal.Grounds.choices
CHANNELS = [one for one in Appeal.Channel.choices if one[0] != "web"]
RELATIONS = Appeal.Relation.choices
STATES = AppealStep.State.choices
DECISIONS = [one for one in STATES if one[0] in rule.DECISIONS]
SHOWN = {
    "open": rule.WAITING,
    "answered": rule.ANSWERED,
    "all": tuple(rule.MOVES),
}


@dataclass(frozen=True)
class Step:
    """A step with its words in the clear."""

    step: AppealStep
    words: str


@dataclass(frozen=True)
class Tally:
    """How appeals of an outbreak went: counts for everybody to read (P-15, P-21)."""

    received: int
    answered: int
    granted: int
    in_time: int
    overdue: int


def appeals(outbreak: Outbreak | None, *, as_of: datetime, as_known: datetime | None) -> QuerySet[Appeal]:
    """Appeals made before `as_of`, annotated with `state`, `state_at`, `due_then`, `proposal`, `answered_at`."""
    steps = AppealStep.objects.known_at(as_known).filter(appeal=OuterRef("pk"), at__lt=as_of).order_by("-at", "-pk")
    first_answer = steps.filter(state__in=rule.DECISIONS).order_by("at", "pk")
    found: QuerySet[Appeal] = Appeal.objects.known_at(as_known).filter(at__lt=as_of)
    if outbreak is not None:
        found = found.filter(outbreak=outbreak)
    return found.annotate(
        state=Subquery(steps.values("state")[:1]),
        state_at=Subquery(steps.values("at")[:1]),
        proposal=Subquery(steps.values("proposal")[:1]),
        due_then=Coalesce(Subquery(steps.filter(due_at__isnull=False).values("due_at")[:1]), F("due_at")),
        answered_at=Subquery(first_answer.values("at")[:1]),
    ).select_related("person", "outbreak")


def narrowed(
    found: QuerySet[Appeal], *, as_of: datetime, show: str = "open", about: str = "", q: str = "", late: bool = False
) -> QuerySet[Appeal]:
    """Those a reader asked for; `late`: beyond their time and not waiting for the person.

    Raises:
        Refused("bad_filter"): a value that is not in its list.
    """
    for name, value, allowed in (("show", show, SHOWN), ("about", about, dict(ABOUT))):
        if value and value not in allowed:
            raise Refused("bad_filter", name=name, value=value)
    found = found.filter(state__in=SHOWN[show or "open"])
    if about:
        found = found.filter(about=about)
    if q:
        found = found.filter(Q(number__iexact=q) | Q(person__number__istartswith=q))
    return overdue(found, as_of) if late else found


def waiting(found: QuerySet[Appeal]) -> QuerySet[Appeal]:
    """Those that wait for somebody of the house: not for the person, not answered."""
    return found.filter(state__in=rule.OURS)


def overdue(found: QuerySet[Appeal], as_of: datetime) -> QuerySet[Appeal]:
    """Those that wait for somebody of the house beyond their time."""
    return waiting(found).filter(due_then__lt=as_of)


def of_number(number: str, *, as_of: datetime, as_known: datetime | None = None) -> Appeal:
    """One appeal by its receipt number.

    Raises:
        Refused("unknown_appeal"): there is none.
    """
    found = appeals(None, as_of=as_of, as_known=as_known).filter(number=number.strip().upper()).first()
    if found is None:
        raise Refused("unknown_appeal", number=number[:20])
    return found


def of_person(person_id: int) -> list[Appeal]:
    """All appeals of a person, the newest first, as they stand now."""
    last = AppealStep.objects.known_at(None).filter(appeal=OuterRef("pk")).order_by("-pk")
    found = Appeal.objects.known_at(None).filter(person=person_id).annotate(
        state=Subquery(last.values("state")[:1]),
        state_at=Subquery(last.values("at")[:1]),
        due_then=Coalesce(Subquery(last.filter(due_at__isnull=False).values("due_at")[:1]), F("due_at")),
    )  # fmt: skip
    return list(found.select_related("outbreak", "person").order_by("-at", "-pk"))


def steps_of(appeal: Appeal, *, public: bool = False, as_known: datetime | None = None) -> list[Step]:
    """The steps of an appeal with their words, oldest first; `public` leaves out what only the house sees."""
    rows = (
        AppealStep.objects.known_at(as_known).filter(appeal=appeal).select_related("recorded_by").order_by("at", "pk")
    )
    if public:
        rows = rows.filter(proposal="").exclude(Q(state="under_review"), by_person=False, words_cipher__isnull=False)
    return [Step(row, opened(appeal, row.words_cipher)) for row in rows]


def opened(appeal: Appeal, sealed: bytes | memoryview | None) -> str:
    """Sealed words of an appeal in the clear; "" for none."""
    return identity.decrypt(bytes(sealed), f"appeal:{appeal.number}") if sealed else ""


def running(derivation: Derivation, person_id: int, as_of: datetime) -> DueMeasure | None:
    """The measure that follows from the facts now, or the next one; None where the person is free."""
    rows = DueMeasure.objects.filter(derivation=derivation, person=person_id, ends_at__gt=as_of)
    return rows.order_by(Case(When(starts_at__lte=as_of, then=0), default=1), "starts_at", "pk").first()


def is_changed(appeal: Appeal, now: DueMeasure | None) -> bool:
    """Whether what follows from the facts is not what was appealed against; nothing was, nothing has changed."""
    if not appeal.measure:
        return False
    was = (appeal.measure, appeal.rule, appeal.measure_ends_at)
    return was != ((now.measure, now.rule, now.ends_at) if now else ("", "", None))


def decided_by(appeal: Appeal) -> set[int]:
    """The accounts that have decided it, or whose proposal waits for a second person."""
    rows = AppealStep.objects.known_at(None).filter(appeal=appeal, state__in=rule.DECISIONS)
    found = {*rows.values_list("recorded_by_id", flat=True)}
    proposal = proposal_of(appeal)
    return {one for one in {*found, proposal.recorded_by_id if proposal else None} if one}


def proposal_of(appeal: Appeal) -> AppealStep | None:
    """What one person has proposed and a second has not answered yet."""
    last = (
        AppealStep.objects.known_at(None)
        .filter(appeal=appeal)
        .select_related("recorded_by")
        .order_by("at", "pk")
        .last()
    )
    return last if last is not None and last.proposal else None


def tally(outbreak: Outbreak | None, *, as_of: datetime, as_known: datetime | None = None) -> Tally:
    """How many appeals came, were answered, granted, answered in time."""
    found = appeals(outbreak, as_of=as_of, as_known=as_known)
    granted = AppealStep.objects.known_at(as_known).filter(
        appeal=OuterRef("pk"), at__lt=as_of, state__in=("upheld", "partly_upheld")
    )
    answered = found.filter(answered_at__isnull=False)
    return Tally(
        received=found.count(),
        answered=answered.count(),
        granted=found.filter(Exists(granted)).count(),
        in_time=answered.filter(answered_at__lte=F("due_then")).count(),
        overdue=overdue(found, as_of).count(),
    )


def age(appeal: Appeal, as_of: datetime) -> timedelta:
    """How long an appeal has waited."""
    return as_of - appeal.at
