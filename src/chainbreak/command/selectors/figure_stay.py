"""Figures of quarantine (隔离): sites that are open, people in them, people at home."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_noop

from chainbreak.investigation.models import Outbreak
from chainbreak.measures.models import Facility, FacilityEvent, Stay

from ..wording import en_number
from .context import Context
from .figure import Answer, Definition, Records, nothing, register

HOME_REASONS = {  # in the order of the bulletin
    "age_mobility": ("年老行动不便", "age and mobility"),
    "illness": ("因病", "illness"),
    "young_child": ("年幼需照护", "young children in care"),
}
STAY_COLUMNS = (
    ("person__number", gettext_noop("person number")),
    ("facility__number", gettext_noop("facility")),
    ("reason", gettext_noop("reason")),
    ("home_reason", gettext_noop("reason for home")),
    ("admitted_at", gettext_noop("since")),
    ("planned_end_at", gettext_noop("planned end")),
    ("ended_at", gettext_noop("ended")),
)
FACILITY_COLUMNS = (
    ("number", gettext_noop("facility")),
    ("name_zh", gettext_noop("name")),
    ("area_code", gettext_noop("area")),
    ("state", gettext_noop("state")),
    ("state_since", gettext_noop("since")),
)


def facilities(context: Context) -> QuerySet[Facility]:
    """The sites of the scope with their state as of then."""
    rows = FacilityEvent.objects.known_at(context.as_known).filter(facility=OuterRef("pk"), at__lt=context.as_of)
    last = rows.order_by("-at", "-pk")
    found = Facility.objects.annotate(
        state=Subquery(last.values("state")[:1]), state_since=Subquery(last.values("at")[:1])
    )
    if context.settings["stay"]["facility_scope"] == "city":
        return found.filter(area_code__startswith=context.city)
    return found.filter(area_code__startswith=context.outbreak.area_code.rstrip("0"))


def open_facilities(context: Context) -> QuerySet[Facility]:
    """Sites open or full."""
    return facilities(context).filter(state__in=context.settings["stay"]["open_states"])


def present(context: Context, kinds: Iterable[str]) -> QuerySet[Stay]:
    """Stays with start < as_of <= end: the state at 24:00 is the state just before it."""
    return (
        Stay.objects.known_at(context.as_known)
        .filter(kind__in=list(kinds), admitted_at__lt=context.as_of)
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gte=context.as_of))
    )


def in_facilities(context: Context) -> QuerySet[Stay]:
    """Stays in the facilities of the scope."""
    found = present(context, context.settings["stay"]["facility_kinds"])
    if context.settings["stay"]["facility_scope"] == "city":
        return found.filter(facility__area_code__startswith=context.city)
    return found.filter(outbreak_code=context.outbreak.code)


def at_home(context: Context) -> QuerySet[Stay]:
    """Home quarantine in the scope: of the city's outbreaks, or of people registered there."""
    found = present(context, context.settings["stay"]["home_kinds"])
    if context.settings["stay"]["home_scope"] == "city":
        outbreaks = Outbreak.objects.filter(area_code__startswith=context.city).values("code")
        return found.filter(
            Q(outbreak_code__in=outbreaks) | Q(outbreak_code="", person__area_code__startswith=context.city)
        )
    return found.filter(outbreak_code=context.outbreak.code)


def _known(context: Context) -> bool:
    return context.once("facilities_known", lambda: facilities(context).exists())


def _open(context: Context) -> Answer:
    if not _known(context):
        return nothing("no_facts")
    n = open_facilities(context).count()
    return Answer(n, f"设置集中隔离点{n}个", f"{en_number(n)} quarantine {'site' if n == 1 else 'sites'}")


def _facility(context: Context) -> Answer:
    if not _known(context):
        return nothing("no_facts")
    n = in_facilities(context).values("person").distinct().count()
    return Answer(n, f"现集中隔离{n}人", f"{en_number(n)} {'person' if n == 1 else 'people'} in facilities")


def _home(context: Context) -> Answer:
    """People at home; the reasons are listed, not counted in public."""
    if not _known(context) and not Stay.objects.filter(outbreak_code=context.outbreak.code).exists():
        return nothing("no_facts")
    found = at_home(context)
    n = found.values("person").distinct().count()
    given = set(found.values_list("home_reason", flat=True).distinct())
    listed = [words for code, words in HOME_REASONS.items() if code in given]
    zh = f"居家隔离{n}人" + (f"（{'、'.join(zh for zh, _ in listed)}）" if listed else "")
    en = f"{en_number(n)} isolated at home" + (f" ({', '.join(en for _, en in listed)})" if listed else "")
    return Answer(n, zh, en)


def _stay_records(context: Context, *, home: bool) -> Records:
    found = at_home(context) if home else in_facilities(context)
    return Records(found.order_by("pk"), STAY_COLUMNS)


def _facility_records(context: Context) -> Records:
    return Records(open_facilities(context).order_by("pk"), FACILITY_COLUMNS)


@register(30)
def figures(context: Context) -> Iterable[Definition]:
    """The three figures of quarantine."""
    scope, home = context.settings["stay"]["facility_scope"], context.settings["stay"]["home_scope"]
    yield Definition("facility.open", "sites", scope, _open, _facility_records)
    yield Definition("stay.facility.now", "persons", scope, _facility, partial(_stay_records, home=False))
    yield Definition("stay.home.now", "persons", home, _home, partial(_stay_records, home=True))
