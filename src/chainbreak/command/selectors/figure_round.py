"""Figures of testing rounds and of sites for yellow codes (全员核酸、黄码采样点)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_noop

from chainbreak.screening.models import Round, RoundEvent, SamplingSite, Swab

from ..wording import en_number, en_ordinal, zh_number
from . import roundtally
from .context import Context
from .figure import Answer, Definition, Records, nothing, register
from .figure_case import COLUMNS as CASE_COLUMNS
from .figure_case import of_outbreak
from .roundtally import Tally

SWAB_COLUMNS = (
    ("person__number", gettext_noop("person number")),
    ("tube__barcode", gettext_noop("tube")),
    ("tube__area_code", gettext_noop("area")),
    ("sampled_at", gettext_noop("sampled")),
)
AREA_COLUMNS = (
    ("area", gettext_noop("area")),
    ("swabs", gettext_noop("swabs")),
    ("tubes", gettext_noop("tubes")),
    ("last_swab", gettext_noop("last swab")),
    ("last_result", gettext_noop("last result")),
    ("without_result", gettext_noop("tubes without result")),
)
MEMBER_COLUMNS = (
    ("tube", gettext_noop("tube")),
    ("area", gettext_noop("area")),
    ("outcome", gettext_noop("outcome")),
    ("stage", gettext_noop("stage")),
    ("person", gettext_noop("person number")),
    ("standing", gettext_noop("standing")),
)
SITE_COLUMNS = (
    ("number", gettext_noop("site")),
    ("name_zh", gettext_noop("name")),
    ("kind", gettext_noop("kind")),
    ("area_code", gettext_noop("area")),
    ("opened_at", gettext_noop("opened")),
)


def rounds(context: Context) -> QuerySet[Round]:
    """Rounds that had begun by then, with the state they had reached."""
    rows = RoundEvent.objects.known_at(context.as_known).filter(round=OuterRef("pk"), at__lt=context.as_of)
    return Round.objects.filter(start_at__lt=context.as_of, area_code__startswith=context.city).annotate(
        state=Subquery(rows.order_by("-at", "-pk").values("state")[:1])
    )


def city_round(context: Context) -> Round | None:
    """The latest round of the whole city; None before the first one."""
    whole = [context.city + "0" * (6 - len(context.city)), context.city]
    return context.once(
        "city_round",
        lambda: (
            rounds(context)
            .filter(area_code__in=whole)
            .exclude(series=context.outbreak.code)
            .order_by("-start_at")
            .first()
            if context.city
            else None
        ),
    )


def own_round(context: Context) -> Round | None:
    """The latest round of the outbreak's own series."""
    code = context.outbreak.code
    mine = Q(series=code) | (Q(outbreak_code=code) & ~Q(area_code__endswith="00"))
    return context.once("own_round", lambda: rounds(context).filter(mine).order_by("-start_at", "-number").first())


def _tally(context: Context) -> Tally | None:
    found = city_round(context)
    if found is None:
        return None
    return context.once("city_tally", lambda: roundtally.tally(found, context.as_of, context.as_known))


def _latest(context: Context) -> Answer:
    """The outbreak's latest round; its second half sentence holds only if every case found since was under control."""
    found = own_round(context)
    if found is None:
        return nothing("no_round")
    state = found.state or "planned"
    if state not in context.settings["round"]["complete_states"]:
        zh = f"{context.zh_place}第{zh_number(found.number)}轮全员核酸检测进行中"
        return Answer(
            f"{found.number}, {state.replace('_', ' ')}",
            zh,
            f"{en_ordinal(found.number)} {_wide(context)} round under way",
        )
    outside = _outside(context, found.start_at).count()
    zh = f"{context.zh_place}第{zh_number(found.number)}轮全员核酸检测已完成，"
    en = f"{en_ordinal(found.number)} {_wide(context)} round complete; "
    zh += f"隔离点外新发病例{outside}例" if outside else "除隔离点外无新发病例"
    en += f"{outside:,} new {'case' if outside == 1 else 'cases'} outside quarantine sites" if outside else (
        "no new case outside quarantine sites"
    )  # fmt: skip
    return Answer(f"{found.number}, complete", zh, en, facts={"outside": outside})


def _outside(context: Context, since: datetime) -> QuerySet:
    """Cases found since then that were not under control when sampled."""
    routes = context.settings["case"]["under_control_routes"]
    by_route = Q(under_control_when_sampled__isnull=True, discovery_route__in=routes)
    first = Q(first_positive_at__gte=since) | Q(first_positive_at__isnull=True, reported_at__gte=since)
    return of_outbreak(context).filter(first).exclude(Q(under_control_when_sampled=True) | by_route)


def _wide(context: Context) -> str:
    area = context.areas.get(context.outbreak.area_code)
    return "city-wide" if area is None or area.level == "city" else "county-wide"


def _latest_records(context: Context) -> Records:
    found = own_round(context)
    return Records(_outside(context, found.start_at if found else context.as_of).order_by("pk"), CASE_COLUMNS)


def _sampled(context: Context) -> Answer:
    found = city_round(context)
    if found is None:
        return nothing("no_round")
    n = context.once("city_persons", lambda: roundtally.persons(found, context.as_of, context.as_known))
    return Answer(n, f"全员核酸采样{n}人", f"{en_number(n)} {'person' if n == 1 else 'people'} sampled")


def _sampled_records(context: Context) -> Records:
    found = city_round(context)
    swabs = Swab.objects.known_at(context.as_known)
    swabs = swabs.filter(round_id=found.pk if found else 0, sampled_at__lt=context.as_of)
    return Records(swabs.order_by("person_id").distinct("person_id"), SWAB_COLUMNS, order="person_id")


def _sample_hours(context: Context) -> Answer:
    """From the round's beginning to the last swab, in the slowest jurisdiction."""
    found, tally = city_round(context), _tally(context)
    if found is None or tally is None:
        return nothing("no_round")
    if tally.last_swab is None:
        return nothing("no_facts")
    if found.state not in context.settings["round"]["closed_states"] and context.as_of <= found.sample_due_at:
        return nothing("sampling_not_closed", "采样进行中", "sampling under way")
    return _hours(found.start_at, tally.last_swab, found.sample_due_at, "完成采样", "sampling")


def _test_hours(context: Context) -> Answer:
    """From the round's beginning to the last verified result."""
    found, tally = city_round(context), _tally(context)
    if found is None or tally is None:
        return nothing("no_round")
    if tally.without_result or tally.last_result is None:
        return nothing("results_missing", "检测进行中", "testing under way", tubes=tally.without_result)
    return _hours(found.start_at, tally.last_result, found.test_due_at, "完成检测", "testing")


def _hours(start_at: datetime, last: datetime, due_at: datetime, zh: str, en: str) -> Answer:
    """Hours, rounded up to the hundredth so that a late one never reads as in time."""
    hours = math.ceil((last - start_at) / timedelta(hours=1) * 100 - 1e-9) / 100
    shown = math.ceil((due_at - start_at) / timedelta(hours=1)) if last <= due_at else math.ceil(hours)
    return Answer(hours, f"{shown}小时内{zh}", f"{en} within {shown} hours", facts={"last": last.isoformat()})


def _area_records(context: Context) -> Records:
    tally = _tally(context)
    rows = tuple(vars(area) for area in tally.areas) if tally else ()
    return Records(None, AREA_COLUMNS, rows=rows, sql=roundtally.BY_AREA)


def _positive(context: Context) -> Answer:
    """Positive persons; nothing is printed while one tube is not settled (E3 19)."""
    tally = _tally(context)
    if tally is None:
        return nothing("no_round")
    if not tally.tubes:
        return nothing("no_facts")
    if tally.unsettled or tally.held:
        return nothing("not_printable", tubes=tally.unsettled, held=tally.held, without_result=tally.without_result)
    n = tally.positive
    if n:
        return Answer(n, f"结果阳性{n}人", f"{en_number(n)} positive")
    return Answer(0, "结果全部阴性", "all negative")


def _positive_records(context: Context) -> Records:
    tally = _tally(context)
    rows = tuple(vars(member) for member in tally.doubtful) if tally else ()
    return Records(None, MEMBER_COLUMNS, rows=rows, sql=roundtally.NOT_NEGATIVE)


def _sites(context: Context) -> QuerySet[SamplingSite]:
    still = Q(closed_at__isnull=True) | Q(closed_at__gte=context.as_of)
    return SamplingSite.objects.filter(
        still, audience="yellow_code", added=True, opened_at__lt=context.as_of, area_code__startswith=context.city
    )


def _yellow(context: Context) -> Answer:
    if not SamplingSite.objects.filter(area_code__startswith=context.city).exists():
        return nothing("no_facts")
    n = _sites(context).count()
    return Answer(
        n,
        f"增设黄码人员专用采样点{n}个",
        f"{en_number(n)} dedicated {'site' if n == 1 else 'sites'} for people with a yellow code",
    )


def _yellow_records(context: Context) -> Records:
    return Records(_sites(context).order_by("pk"), SITE_COLUMNS)


@register(40)
def figures(context: Context) -> Iterable[Definition]:
    """The six figures of testing."""
    of = partial(Definition, scope="city")
    yield Definition("round.{outbreak}.latest", "text", "outbreak", _latest, _latest_records)
    yield of("round.city.sampled", "persons", answer=_sampled, records=_sampled_records)
    yield of("round.city.sample_hours", "hours", answer=_sample_hours, records=_area_records)
    yield of("round.city.test_hours", "hours", answer=_test_hours, records=_area_records)
    yield of("round.city.positive", "persons", answer=_positive, records=_positive_records)
    yield of("site.yellow.added", "sites", answer=_yellow, records=_yellow_records)
