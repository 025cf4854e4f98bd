"""Who is to be called or visited today (今日随访), and how each day stood."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from chainbreak.epi import follow_up as rule
from chainbreak.epi.rulepack import RulePack
from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Person

from ..models import FollowUp, Outcome, Stay, StayKind
from .facility import present

AT_HOME = (StayKind.HOME_QUARANTINE.value, StayKind.HOME_MONITORING.value)
KINDS = [*AT_HOME, StayKind.FACILITY_QUARANTINE.value]
KIND_CHOICES = [(kind, StayKind(kind).label) for kind in KINDS]
OUTCOMES = Outcome.choices
MEANS = FollowUp.Means.choices


@dataclass(frozen=True)
class Row:
    """One person under watch: the stay, the day of it (its first is 0), the parts of today, the last follow-up."""

    stay: Stay
    day: int
    parts: list[rule.Part]
    last: FollowUp | None

    @property
    def open(self) -> bool:
        """Whether somebody still has to call today."""
        return any(part.state in ("due", "tried") for part in self.parts)


def per_day(pack: RulePack) -> int:
    """How many follow-ups a day the pack asks for; none where it says nothing."""
    return int(pack.value("follow_up.per_day")) if pack.has("follow_up.per_day") else 0


def stay_of(person: Person, at: datetime) -> Stay | None:
    """The stay in which a person is watched at an instant."""
    return present(as_of=at + timedelta(microseconds=1), as_known=None).filter(person=person, kind__in=KINDS).first()


def under_watch(
    *,
    at: datetime,
    kind: str = "",
    area: str = "",
    outbreak_code: str = "",
    to_do: tuple[datetime, datetime] | None = None,
) -> QuerySet[Stay]:
    """The stays of everybody who is watched at an instant.

    Args:
        kind: a kind of stay, or empty: those at home.
        area: a prefix of the person's area.
        to_do: the part of the day that runs: only those who were not spoken to in it.

    Raises:
        Refused("bad_filter"): no such kind.
    """
    if kind and kind not in KINDS:
        raise Refused("bad_filter", name="kind", value=kind)
    found = present(as_of=at + timedelta(microseconds=1), as_known=None).filter(kind__in=[kind] if kind else AT_HOME)
    if outbreak_code:
        found = found.filter(outbreak_code__in=[outbreak_code, ""])
    if area:
        found = found.filter(person__area_code__startswith=area)
    if to_do:
        spoken = FollowUp.objects.known_at(None).filter(
            person=OuterRef("person"), at__gte=to_do[0], at__lt=to_do[1], outcome__in=rule.REACHED
        )
        found = found.filter(~Exists(spoken))
    return found.select_related("person", "facility").order_by("pk")


def rows(stays: Iterable[Stay], *, at: datetime, per_day: int, zone: tzinfo) -> list[Row]:
    """How the day of an instant stands for some stays."""
    stays = list(stays)
    today = at.astimezone(zone).date()
    begin = rule.parts(today, 1, zone)[0][0]
    known: dict[int, list[FollowUp]] = defaultdict(list)
    for one in (
        FollowUp.objects.known_at(None)
        .filter(person__in=[stay.person_id for stay in stays], at__gte=begin, at__lte=at)
        .order_by("at", "pk")
    ):
        known[one.person_id].append(one)
    found = []
    for stay in stays:
        done = known[stay.person_id]
        parts = rule.standing(
            today, per_day=per_day, zone=zone, under_watch=(stay.admitted_at, stay.ended_at),
            outcomes=[(one.at, one.outcome) for one in done], at=at,
        )  # fmt: skip
        day = (today - stay.admitted_at.astimezone(zone).date()).days
        found.append(Row(stay, day, parts, done[-1] if done else None))
    return found


@dataclass(frozen=True)
class Grid:
    """Days by person: for each day the parts of it."""

    days: list[date]
    rows: list[tuple[Stay, list[list[rule.Part]]]]


def grid(stays: Iterable[Stay], *, at: datetime, per_day: int, zone: tzinfo, days: int = 14) -> Grid:
    """How the last days stood for some stays, the newest day last."""
    stays = list(stays)
    today = at.astimezone(zone).date()
    wanted = [today - timedelta(days=n) for n in reversed(range(days))]
    begin = rule.parts(wanted[0], 1, zone)[0][0]
    known: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    done = FollowUp.objects.known_at(None).filter(
        Q(person__in=[stay.person_id for stay in stays]), at__gte=begin, at__lte=at
    )
    for person, moment, outcome in done.values_list("person_id", "at", "outcome"):
        known[person].append((moment, outcome))
    found = []
    for stay in stays:
        cells = [
            rule.standing(
                day, per_day=per_day, zone=zone, under_watch=(stay.admitted_at, stay.ended_at),
                outcomes=known[stay.person_id], at=at,
            )
            for day in wanted
        ]  # fmt: skip
        found.append((stay, cells))
    return Grid(wanted, found)


def of_person(person: Person, *, most: int = 30) -> list[FollowUp]:
    """The newest follow-ups of a person, as they stand."""
    found = FollowUp.objects.known_at(None).filter(person=person).select_related("recorded_by")
    return list(found.order_by("-at", "-pk")[:most])
