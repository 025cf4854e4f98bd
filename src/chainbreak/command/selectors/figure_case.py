"""Figures of cases (病例): confirmed and asymptomatic, to date and new."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_noop

from chainbreak.investigation.models import Case, CaseClassification, CaseRelation
from chainbreak.investigation.selectors.case import cases

from ..wording import en_count, en_day, en_list, zh_day
from .context import Context
from .figure import Answer, Definition, Records, nothing, register

COLUMNS = (
    ("outbreak__code", gettext_noop("outbreak")),
    ("number", gettext_noop("case number")),
    ("classification_then", gettext_noop("class")),
    ("classified_at", gettext_noop("since")),
    ("origin", gettext_noop("origin")),
    ("reported_in", gettext_noop("reported in")),
    ("discovery_route", gettext_noop("found by")),
)


def of_outbreak(context: Context) -> QuerySet[Case]:
    """The infected persons of this outbreak."""
    return cases(context.as_of, context.as_known, outbreak=context.outbreak).filter(
        classification_then__in=context.settings["case"]["infected"]
    )


def of_city(context: Context) -> QuerySet[Case]:
    """The infected persons of every outbreak that were reported in the city."""
    if context.settings["case"]["city_scope"] != "city" or not context.city:
        return of_outbreak(context)
    here = Q(reported_in__startswith=context.city) | Q(reported_in="", outbreak__area_code__startswith=context.city)
    return cases(context.as_of, context.as_known).filter(
        here, classification_then__in=context.settings["case"]["infected"]
    )


def new_of(context: Context, classification: str) -> QuerySet[Case]:
    """Cases of this outbreak whose first row of the class falls in the last 24 hours.

    A case that was asymptomatic before is new as confirmed; nobody is new as asymptomatic after another class.
    """
    infected = context.settings["case"]["infected"]
    rows = CaseClassification.objects.known_at(context.as_known).filter(
        case=OuterRef("pk"), valid_from__lt=context.as_of
    )
    first = rows.filter(classification=classification).order_by("valid_from").values("valid_from")[:1]
    any_first = rows.filter(classification__in=infected).order_by("valid_from").values("valid_from")[:1]
    found = of_outbreak(context).annotate(first_at=Subquery(first), infected_at=Subquery(any_first))
    if classification == "asymptomatic":
        found = found.filter(first_at=F("infected_at"))
    return found.filter(first_at__gte=context.since, first_at__lt=context.as_of)


def _records(context: Context, *, which: str, classification: str, origin: tuple[str, ...] = ()) -> Records:
    found = _counted(context, which, classification, origin)
    return Records(found.order_by("pk"), COLUMNS)


def _counted(context: Context, which: str, classification: str, origin: tuple[str, ...]) -> QuerySet[Case]:
    if which == "new":
        return new_of(context, classification)
    found = of_city(context) if which == "city" else of_outbreak(context)
    found = found.filter(classification_then=classification)
    return found.filter(origin__in=origin) if origin else found


def _confirmed_city(context: Context) -> Answer:
    n = _counted(context, "city", "confirmed", ()).count()
    return Answer(
        n, f"全市累计报告确诊病例{n}例", f"{en_count(n, 'confirmed case', 'confirmed cases')} in the city to date"
    )


def _asymptomatic_city(context: Context) -> Answer:
    n = _counted(context, "city", "asymptomatic", ()).count()
    return Answer(n, f"无症状感染者{n}例", en_count(n, "asymptomatic infection", "asymptomatic infections"))


def _asymptomatic_local(context: Context, *, origin: tuple[str, ...]) -> Answer:
    n = _counted(context, "outbreak", "asymptomatic", origin).count()
    return Answer(n, f"其中{context.zh_place}本轮疫情{n}例", f"{n:,} of them in the {context.en_place} outbreak")


def _imported(context: Context, *, origin: tuple[str, ...]) -> Answer:
    found = _counted(context, "city", "asymptomatic", origin)
    n, codes = found.count(), sorted(set(found.values_list("reported_in", flat=True)) - {""})
    zh, en = f"省外输入{n}例", f"{n:,} imported from another province"
    if codes:
        zh += f"（{'、'.join(context.zh_area(code) for code in codes)}报告）"
        en += f" (reported by {en_list([context.en_area(code) for code in codes])})"
    return Answer(n, zh, en)


def _new(context: Context, *, classification: str) -> Answer:
    found = list(new_of(context, classification))
    n = len(found)
    if classification == "confirmed":
        before = sum(case.infected_at < case.first_at for case in found)
        zh, en = f"新增确诊{n}例", en_count(n, "new confirmed case", "new confirmed cases")
        if before:
            zh += f"（其中{before}例由无症状感染者转为确诊）"
            en += f" ({before:,} of them asymptomatic before)"
        return Answer(n, zh, en)
    return Answer(
        n,
        f"{zh_day(context.day)}0-24时{context.zh_place}新增无症状感染者{n}例",
        f"{en_count(n, 'new asymptomatic infection', 'new asymptomatic infections')} in {context.en_place} "
        f"on {en_day(context.day)}",
    )


def new_cases(context: Context) -> QuerySet[Case]:
    """Cases of this outbreak whose first infected class falls in the last 24 hours."""
    infected = context.settings["case"]["infected"]
    rows = CaseClassification.objects.known_at(context.as_known).filter(
        case=OuterRef("pk"), classification__in=infected, valid_from__lt=context.as_of
    )
    found = of_outbreak(context).annotate(infected_at=Subquery(rows.order_by("valid_from").values("valid_from")[:1]))
    return found.filter(infected_at__gte=context.since)


def _relations(context: Context) -> QuerySet[CaseRelation]:
    rows = CaseRelation.objects.known_at(context.as_known).filter(case__in=new_cases(context).values("pk"))
    return rows.select_related("case__outbreak", "other").order_by("case__number", "other__number")


def _relation(context: Context) -> Answer:
    """The relation of the day's new cases to earlier ones, if its wording was approved (P-14)."""
    if not new_cases(context).exists():
        return nothing("no_new_case", "无新增病例", "no new case")
    found = list(_relations(context))
    if not found:
        return nothing("no_relation", "关联关系待查", "relation not known")
    approved = [row for row in found if row.wording_approved_at and row.wording_zh and row.wording_en]
    if not approved:
        return nothing("wording_not_approved", "", "")
    en = "; ".join(row.wording_en for row in approved)
    return Answer(en, "；".join(row.wording_zh for row in approved), en)


def _relation_records(context: Context) -> Records:
    columns = (
        ("case__outbreak__code", gettext_noop("outbreak")),
        ("case__number", gettext_noop("case number")),
        ("other__number", gettext_noop("related case")),
        ("wording_approved_at", gettext_noop("wording approved")),
    )
    return Records(_relations(context), columns)


@register(10)
def figures(context: Context) -> Iterable[Definition]:
    """The seven figures of cases."""
    local = tuple(context.settings["case"]["local_origins"])
    domestic = ("imported_domestic",)

    def one(template: str, scope: str, answer, **counted) -> Definition:
        return Definition(template, "cases", scope, answer, partial(_records, **counted))

    yield one("case.confirmed.cum.city", "city", _confirmed_city, which="city", classification="confirmed")
    yield one("case.asymptomatic.cum.city", "city", _asymptomatic_city, which="city", classification="asymptomatic")
    yield one(
        "case.asymptomatic.local.{outbreak}", "outbreak", partial(_asymptomatic_local, origin=local),
        which="outbreak", classification="asymptomatic", origin=local,
    )  # fmt: skip
    yield one(
        "case.asymptomatic.imported_domestic", "city", partial(_imported, origin=domestic),
        which="city", classification="asymptomatic", origin=domestic,
    )  # fmt: skip
    yield one(
        "case.asymptomatic.new.{outbreak}", "outbreak", partial(_new, classification="asymptomatic"),
        which="new", classification="asymptomatic",
    )  # fmt: skip
    yield Definition("case.new.relation", "text", "outbreak", _relation, _relation_records)
    yield one(
        "case.confirmed.new.{outbreak}", "outbreak", partial(_new, classification="confirmed"),
        which="new", classification="confirmed",
    )  # fmt: skip
