"""The city's areas in layers (辖区图层): cases, contacts not yet under control, people in facilities, by county, with outlines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_noop

from chainbreak.registry.models import Area

from .board import TO_CONTROL, days_before
from .context import Context
from .figure_case import of_outbreak
from .figure_contact import traced
from .figure_stay import in_facilities

LEVELS = ("county", "functional_zone")
LAYERS: dict[str, str] = {  # the layers of the map, in the order of the choice
    "cases": gettext_noop("cases of this outbreak"),
    "new": gettext_noop("cases of the last seven days"),
    "to_control": gettext_noop("contacts not yet under control"),
    "contacts": gettext_noop("contacts, both degrees"),
    "in_facility": gettext_noop("people in facilities"),
}


def areas(context: Context) -> list[dict[str, Any]]:
    """The counties of the city: code, counts by layer; what lies in none of them stands last under an empty code."""
    there = list(_there(context).order_by("code").values_list("code", flat=True))
    people = traced(context)
    week = days_before(context, 6)
    counted = {
        "cases": _by(there, of_outbreak(context).values_list("reported_in", flat=True)),
        "new": _by(
            there, of_outbreak(context).filter(reported_at__gte=week.since).values_list("reported_in", flat=True)
        ),
        "to_control": _by(there, people.filter(state__in=TO_CONTROL).values_list("person__area_code", flat=True)),
        "contacts": _by(there, people.values_list("person__area_code", flat=True)),
        "in_facility": _by(there, in_facilities(context).values_list("facility__area_code", flat=True)),
    }
    return [
        {"code": code, **{layer: counts[code] for layer, counts in counted.items()}}
        for code in (*there, "")
        if code or any(counts[code] for counts in counted.values())
    ]


def outlines(codes: Iterable[str]) -> dict[str, Any]:
    """The GeoJSON geometries of some areas, where they are known."""
    rows = Area.objects.filter(pk__in=[code for code in codes if code], geometry__isnull=False)
    return dict(rows.values_list("code", "geometry"))


def _there(context: Context) -> Any:
    return Area.objects.filter(code__startswith=context.city, level__in=LEVELS)


def _by(codes: list[str], found: Iterable[str]) -> Counter[str]:
    """How many lie in each area; an area inside another counts for the narrower one."""
    stems = sorted(((code.rstrip("0") or code, code) for code in codes), key=lambda pair: -len(pair[0]))
    counted: Counter[str] = Counter()
    for one, number in Counter(code or "" for code in found).items():
        home = next((code for stem, code in stems if one.startswith(stem)), "")
        counted[home] += number
    return counted
