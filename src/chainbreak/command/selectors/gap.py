"""Gaps (缺口): what is due and not done, by task force, area and age; each a list that people work through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils.translation import gettext_noop

from chainbreak.epi import appeal as appeal_rule
from chainbreak.epi import round_assay
from chainbreak.governance.models import TaskForce
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import Case, TransmissionLink
from chainbreak.investigation.selectors import letter as letters
from chainbreak.measures.models import DueMeasure, DueTest, Stay
from chainbreak.measures.selectors import appeal as appeals
from chainbreak.registry.models import DuplicateFlag
from chainbreak.screening.models import Result, RetestOrder, Swab, Tube

from .context import Context
from .figure_case import of_outbreak
from .figure_contact import traced
from .figure_stay import present

OWNERS = dict(TaskForce.choices)
ELSEWHERE = ("referred_out", "closed_elsewhere", "converted_to_case", "deceased")


@dataclass(frozen=True)
class Kind:
    """One gap list: its words, the task force that closes it, the query, and which columns say what."""

    code: str
    title: str
    owner: str
    rows: Callable[[Context], QuerySet]
    subject: str
    area: str
    since: str
    detail: str = ""
    limit: Callable[[Context], timedelta | None] = lambda context: None

    def late(self, context: Context, rows: QuerySet) -> QuerySet:
        """Those beyond the limit; without a limit, all of them."""
        limit = self.limit(context)
        return rows if limit is None else rows.filter(**{f"{self.since}__lt": context.as_of - limit})


@dataclass(frozen=True)
class Item:
    """One entry of a gap list."""

    pk: int
    subject: str
    area: str
    since: datetime | None
    age: timedelta | None
    late: bool
    detail: Any = ""

    @property
    def hours(self) -> int | None:
        """Its age in whole hours."""
        return int(self.age / timedelta(hours=1)) if self.age is not None else None


@dataclass(frozen=True)
class Count:
    """How large a gap is, how much of it is beyond the limit, and since when its oldest entry waits."""

    code: str
    owner: str
    n: int
    late: int
    oldest: datetime | None


def not_located(context: Context) -> QuerySet:
    """Contacts identified and not yet found, and those who were looked for in vain."""
    return traced(context).filter(state__in=["identified", "lost"])


def awaiting_transfer(context: Context) -> QuerySet:
    """Contacts who wait to be taken to a facility."""
    return traced(context).filter(state="awaiting_transfer")


def tests_missing(context: Context) -> QuerySet:
    """Tests whose day is over, without a swab; people who are elsewhere or are cases by now are left out."""
    elsewhere = traced(context).filter(state__in=ELSEWHERE).values("person")
    taken = Swab.objects.known_at(context.as_known).filter(
        person=OuterRef("person"), round__isnull=True, sampled_at__date=OuterRef("on_date")
    )
    return (
        DueTest.objects.filter(~Exists(taken), derivation=context.derivation, on_date__lte=context.day.date())
        .exclude(person__in=elsewhere)
        .annotate(since=Cast(F("on_date"), DateTimeField()))
        .select_related("person")
    )


def letters_unanswered(context: Context) -> QuerySet:
    """Letters that are out and have no complete answer."""
    found = letters.letters(context.outbreak, as_of=context.as_of, as_known=context.as_known)
    return found.filter(state__in=letters.UNANSWERED)


def unlinked_cases(context: Context) -> QuerySet:
    """Cases without an accepted infector."""
    accepted = TransmissionLink.objects.known_at(context.as_known).filter(
        Q(valid_from__isnull=True) | Q(valid_from__lt=context.as_of), infectee=OuterRef("pk"), state="accepted"
    )
    return of_outbreak(context).filter(~Exists(accepted))


WAITING = """
WITH waiting AS MATERIALIZED (
    SELECT t.id FROM screening_tube t
    WHERE t.area_code LIKE %s || '%%' AND NOT EXISTS (
        SELECT FROM screening_result r
        WHERE r.tube_id = t.id AND r.reported_at < %s AND r.stage <> 'preliminary' AND {known_r})
)
SELECT w.id FROM waiting w WHERE EXISTS (
    SELECT FROM screening_swab s WHERE s.tube_id = w.id AND s.sampled_at < %s AND {known_s})
"""


def results_overdue(context: Context) -> QuerySet:
    """Tubes with swabs older than the limit and no verified result."""
    limit = _hours("result.voluntary", 24)(context) or timedelta()
    known, at = "{0}.superseded_at IS NULL", []
    if context.as_known is not None:
        known = "{0}.recorded_at <= %s AND ({0}.superseded_at IS NULL OR {0}.superseded_at > %s)"
        at = [context.as_known, context.as_known]
    # in SQL of its own: few tubes wait, and only those may be asked for their swabs
    sql = WAITING.format(known_r=known.format("r"), known_s=known.format("s"))
    waiting = RawSQL(sql, [context.city, context.as_of, *at, context.as_of - limit, *at])
    swabs = Swab.objects.known_at(context.as_known).filter(tube=OuterRef("pk"), sampled_at__lt=context.as_of)
    last = swabs.order_by().values("tube").annotate(last=Max("sampled_at")).values("last")
    return Tube.objects.filter(pk__in=waiting).annotate(since=Subquery(last))


def positive_without_case(context: Context) -> QuerySet[Swab]:
    """Verified positive tests of single tubes whose person has no case (阳性未立案); one row a person, the first of them."""
    positive = Result.objects.known_at(context.as_known).filter(
        outcome="positive", stage__in=(Result.Stage.VERIFIED, Result.Stage.REPORTED), tube__pool_limit=1,
        reported_at__gte=context.outbreak.detected_at, reported_at__lt=context.as_of,
    )  # fmt: skip
    found = Swab.objects.known_at(context.as_known).filter(
        ~Exists(Case.objects.filter(person=OuterRef("person"))), tube__in=positive.values("tube")
    )
    found = found.filter(Q(person__area_code__startswith=context.city) | Q(person__area_code=""))
    first = found.order_by("person", "sampled_at", "pk").distinct("person")
    reported = positive.filter(tube=OuterRef("tube")).values("reported_at")[:1]
    return Swab.objects.filter(pk__in=first.values("pk")).annotate(since=Subquery(reported))


def own_swabs_wanted(context: Context) -> QuerySet[RetestOrder]:
    """People held by a tube who have no result of their own yet (待单管复采)."""
    orders = RetestOrder.objects.known_at(context.as_known).filter(held_at__lt=context.as_of)
    return orders.filter(Q(ended_at=None) | Q(ended_at__gte=context.as_of), person__area_code__startswith=context.city)


def quarantine_missing(context: Context) -> QuerySet:
    """People due in quarantine who are in no facility, not at home under quarantine and not in hospital (应隔未隔)."""
    somewhere = present(context, ["facility_quarantine", "home_quarantine", "hospital"]).values("person")
    elsewhere = traced(context).filter(state__in=ELSEWHERE).values("person")
    return (
        DueMeasure.objects.filter(
            derivation=context.derivation, measure__in=["facility_quarantine", "home_quarantine"],
            starts_at__lt=context.as_of, ends_at__gte=context.as_of,
        )
        .exclude(person__in=somewhere)
        .exclude(person__in=elsewhere)
        .select_related("person")
    )  # fmt: skip


def release_overdue(context: Context) -> QuerySet[Stay]:
    """People still held although the rule's days are over (E3 13)."""
    quarantine = DueMeasure.objects.filter(
        derivation=context.derivation, person=OuterRef("person"), measure__in=["facility_quarantine", "home_quarantine"]
    )
    running, any_due = quarantine.filter(ends_at__gte=context.as_of), quarantine
    over = Subquery(quarantine.order_by("-ends_at").values("ends_at")[:1])
    return (
        present(context, ["facility_quarantine", "home_quarantine"])
        .filter(outbreak_code=context.outbreak.code)
        .annotate(rule_ends_at=over)
        .filter(Exists(any_due) & ~Exists(running))
        .select_related("person")
    )


def appeals_open(context: Context) -> QuerySet:
    """Appeals that wait for somebody of the house; the age counts from when the answer began to be due (P-15)."""
    found = appeals.appeals(context.outbreak, as_of=context.as_of, as_known=context.as_known)
    within = appeal_rule.deadline(context.pack).within
    return appeals.waiting(found).annotate(since=ExpressionWrapper(F("due_then") - within, DateTimeField()))


def duplicates(context: Context) -> QuerySet[DuplicateFlag]:
    """Pairs of numbers that may be one human being, to be looked at by people."""
    return DuplicateFlag.objects.filter(at__lt=context.as_of).select_related("person", "other")


def _hours(rule: str, otherwise: float) -> Callable[[Context], timedelta | None]:
    def limit(context: Context) -> timedelta:
        return context.pack.limit(rule) if context.pack.has(rule) else timedelta(hours=otherwise)

    return limit


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "not_located", gettext_noop("contacts not located"), TaskForce.INVESTIGATION, not_located,
            "person__number", "person__area_code", "state_since", "degree_then", _hours("letter.locate", 2),
        ),
        Kind(
            "awaiting_transfer", gettext_noop("contacts awaiting transfer"), TaskForce.QUARANTINE, awaiting_transfer,
            "person__number", "person__area_code", "state_since", "degree_then", _hours("transfer.contact1", 12),
        ),
        Kind(
            "quarantine_missing", gettext_noop("due in quarantine, but not there"), TaskForce.QUARANTINE,
            quarantine_missing, "person__number", "person__area_code", "starts_at", "measure",
            _hours("transfer.contact1", 12),
        ),
        Kind(
            "tests_missing", gettext_noop("tests due and missing"), TaskForce.SCREENING, tests_missing,
            "person__number", "person__area_code", "since", "day",
        ),
        Kind(
            "results_overdue", gettext_noop("results overdue"), TaskForce.SCREENING, results_overdue,
            "barcode", "area_code", "since",
        ),
        Kind(
            "positive_without_case", gettext_noop("positive, and no case opened"), TaskForce.INVESTIGATION,
            positive_without_case, "person__number", "person__area_code", "since", "tube__barcode", _hours("report.direct", 2),
        ),
        Kind(
            "own_swabs_wanted", gettext_noop("held, and no result of an own swab"), TaskForce.SCREENING, own_swabs_wanted,
            "person__number", "person__area_code", "held_at", "tube__barcode",
            lambda context: timedelta(hours=round_assay.limits()["retest_hours"]),
        ),
        Kind(
            "letters_unanswered", gettext_noop("letters without answer"), TaskForce.INVESTIGATION, letters_unanswered,
            "number", "to_area", "state_at", "n_persons", _hours("letter.feedback", 24),
        ),
        Kind(
            "unlinked_cases", gettext_noop("cases without a known source"), TaskForce.INVESTIGATION, unlinked_cases,
            "number", "reported_in", "classified_at", "classification_then", _hours("investigation.core", 24),
        ),
        Kind(
            "release_overdue", gettext_noop("held longer than the rule"), TaskForce.QUARANTINE, release_overdue,
            "person__number", "person__area_code", "rule_ends_at", "kind",
        ),
        Kind(
            "appeals_open", gettext_noop("appeals without an answer"), TaskForce.HEALTHCODE, appeals_open,
            "number", "person__area_code", "since", "about",
            lambda context: appeal_rule.deadline(context.pack).within,
        ),
        Kind(
            "duplicates", gettext_noop("persons that may be one"), TaskForce.COMMUNITY, duplicates,
            "person__number", "person__area_code", "at", "other__number", _hours("investigation.core", 24),
        ),
    )
}  # fmt: skip


def kind_of(code: str) -> Kind:
    """The gap list of that name.

    Raises:
        Refused("unknown_gap"): there is none.
    """
    if code not in KINDS:
        raise Refused("unknown_gap", kind=code, known=", ".join(KINDS))
    return KINDS[code]


def counts(context: Context) -> list[Count]:
    """Every gap with its size, the weakest first: most beyond the limit, then the largest."""
    found = []
    for kind in KINDS.values():
        rows = kind.rows(context)
        sizes = rows.aggregate(gap_n=_count(), gap_oldest=_least(kind.since))
        late = kind.late(context, rows).count() if kind.limit(context) is not None else sizes["gap_n"]
        found.append(Count(kind.code, kind.owner, sizes["gap_n"], late, sizes["gap_oldest"]))
    return sorted(found, key=lambda count: (-count.late, -count.n))


def page(context: Context, kind: Kind, *, after: int = 0, size: int = 50, late_only: bool = False) -> list[Item]:
    """Up to `size` + 1 entries after a row, by row; the one too many says that there are more."""
    rows = kind.rows(context)
    if late_only:
        rows = kind.late(context, rows)
    fields = [name for name in ("pk", kind.subject, kind.area, kind.since, kind.detail) if name]
    rows = rows.filter(pk__gt=after).order_by("pk").values_list(*dict.fromkeys(fields))[: size + 1]
    return list(_items(context, kind, rows))


def _items(context: Context, kind: Kind, rows: QuerySet) -> Iterator[Item]:
    limit = kind.limit(context)
    for pk, subject, area, since, *detail in rows:
        age = context.as_of - since if since else None
        late = limit is None or (age is not None and age > limit)
        yield Item(pk, str(subject), area or "", since, age, late, detail[0] if detail else "")


def _count():
    from django.db.models import Count as Counted

    return Counted("pk")


def _least(name: str):
    from django.db.models import Min

    return Min(name)
