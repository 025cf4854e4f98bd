"""The board (看板): stock, increment, unknowns with yesterday and the last seven days; the epidemic curve by how found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext_noop

from . import gap
from .context import Context
from .figure_case import new_of, of_outbreak
from .figure_contact import traced
from .figure_stay import at_home, in_facilities
from .instant import ZONE
from .screened import remembered

DAYS = 7
TO_CONTROL = ("identified", "located", "notified", "awaiting_transfer", "lost")
HOW_FOUND = {  # bars of the curve, from the ground up: found while under control first
    "quarantine": ("facility", "home_quarantine"),
    "screening": ("mass_round", "zone_screening", "key_class"),
    "arrival": ("arrival",),
    "community": ("fever_clinic", "self_report"),
    "unknown": ("unknown",),
}


@dataclass(frozen=True)
class Number:
    """One number of the board: its group, its words, how it is counted, and where its records are."""

    code: str
    group: str
    title: str
    count: Callable[[Context], int]
    link: tuple[str, str]  # kind of list and its name


def _between(context: Context, field: str) -> Q:
    return Q(**{f"{field}__gte": context.since, f"{field}__lt": context.as_of})


def _moved(context: Context, field: str) -> int:
    from chainbreak.measures.models import Stay

    rows = Stay.objects.known_at(context.as_known).filter(
        _between(context, field), kind="facility_quarantine", facility__area_code__startswith=context.city
    )
    return rows.values("person").distinct().count()


def _overdue(context: Context) -> int:
    values = (context.outbreak.pk, context.city, context.pack.edition, context.as_of, context.as_known)
    return remembered("overdue", values, lambda: gap.results_overdue(context).count())


NUMBERS: tuple[Number, ...] = (
    Number("cases", "stock", gettext_noop("cases of this outbreak"), lambda c: of_outbreak(c).count(), ("page", "line_list")),
    Number(
        "to_control", "stock", gettext_noop("contacts not yet under control"),
        lambda c: traced(c).filter(state__in=TO_CONTROL).count(), ("gap", "quarantine_missing"),
    ),
    Number(
        "in_facility", "stock", gettext_noop("people in facilities"),
        lambda c: in_facilities(c).values("person").distinct().count(), ("figure", "stay.facility.now"),
    ),
    Number(
        "at_home", "stock", gettext_noop("people quarantined at home"),
        lambda c: at_home(c).values("person").distinct().count(), ("figure", "stay.home.now"),
    ),
    Number(
        "new_confirmed", "increment", gettext_noop("new confirmed cases"), lambda c: new_of(c, "confirmed").count(),
        ("figure", "case.confirmed.new.{outbreak}"),
    ),
    Number(
        "new_asymptomatic", "increment", gettext_noop("new asymptomatic infections"),
        lambda c: new_of(c, "asymptomatic").count(), ("figure", "case.asymptomatic.new.{outbreak}"),
    ),
    Number(
        "new_d1", "increment", gettext_noop("new close contacts"),
        lambda c: traced(c, 1).filter(_between(c, "valid_from")).count(), ("figure", "contact.d1.cum.{outbreak}"),
    ),
    Number(
        "new_d2", "increment", gettext_noop("new contacts of contacts"),
        lambda c: traced(c, 2).filter(_between(c, "valid_from")).count(), ("figure", "contact.d2.cum.{outbreak}"),
    ),
    Number(
        "admitted", "increment", gettext_noop("admitted to facilities"), lambda c: _moved(c, "admitted_at"),
        ("page", "stays"),
    ),
    Number("left", "increment", gettext_noop("left facilities"), lambda c: _moved(c, "ended_at"), ("page", "stays")),
    Number(
        "unlinked", "unknowns", gettext_noop("cases without a known source"), lambda c: gap.unlinked_cases(c).count(),
        ("gap", "unlinked_cases"),
    ),
    Number(
        "not_located", "unknowns", gettext_noop("contacts not located"), lambda c: gap.not_located(c).count(),
        ("gap", "not_located"),
    ),
    Number(
        "results_overdue", "unknowns", gettext_noop("results overdue"), _overdue,
        ("gap", "results_overdue"),
    ),
)  # fmt: skip


def days_before(context: Context, days: int) -> Context:
    """The same question some days earlier, with the same knowledge."""
    return replace(context, as_of=context.as_of - timedelta(days=days), _kept={})


def numbers(context: Context) -> dict[str, list[int]]:
    """Each number on the last eight days, oldest first; the last is the one of the board."""
    asked = [days_before(context, days) for days in range(DAYS, -1, -1)]
    return {number.code: [number.count(one) for one in asked] for number in NUMBERS}


def curve(context: Context) -> list[tuple[date, dict[str, int]]]:
    """Cases by the day of their first class and by how they were found; days without cases are there too."""
    group_of = {route: group for group, routes in HOW_FOUND.items() for route in routes}
    counted: dict[date, dict[str, int]] = {}
    for reported_at, route in of_outbreak(context).values_list("reported_at", "discovery_route"):
        bars = counted.setdefault(reported_at.astimezone(ZONE).date(), dict.fromkeys(HOW_FOUND, 0))
        bars[group_of.get(route, "unknown")] += 1
    if not counted:
        return []
    first, last = min(counted), max(max(counted), context.day.date())
    first = max(first, last - timedelta(days=120))
    length = (last - first).days + 1
    empty = dict.fromkeys(HOW_FOUND, 0)
    return [(day, counted.get(day, empty)) for day in (first + timedelta(days=n) for n in range(length))]
