"""How the numbers of a scenario are written on its pages (情景数字)."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext, gettext_noop

register = template.Library()

UNITS = {
    "day": gettext_noop("days"),
    "people": gettext_noop("people"),
    "share": gettext_noop("share"),
    "ratio": gettext_noop("ratio"),
    "rounds": gettext_noop("rounds"),
    "rooms": gettext_noop("rooms"),
    "swabs": gettext_noop("swabs"),
    "people per day": gettext_noop("people a day"),
    "tubes per day": gettext_noop("tubes a day"),
    "cases per day": gettext_noop("cases a day"),
}


@register.filter
def percent(share: float) -> str:
    """A probability: 0.873 is 87.3 %."""
    return f"{100 * share:.1f} %"


@register.filter
def points(share: float, how: str = "signed") -> str:
    """A difference of probabilities in points of per cent, with its sign unless `plain`."""
    return f"{100 * share:.1f}" if how == "plain" else f"{100 * share:+.1f}"


@register.filter
def unit(code: str) -> str:
    """The unit of a parameter; empty for a number without one."""
    return gettext(UNITS[code]) if code in UNITS else ""
