"""How the numbers of a scenario are written on its pages (情景数字)."""

from __future__ import annotations

from django import template
from django.utils.translation import pgettext_lazy

register = template.Library()

UNITS = {
    "day": pgettext_lazy("unit", "days"),
    "people": pgettext_lazy("unit", "people"),
    "share": pgettext_lazy("unit", "share"),
    "ratio": pgettext_lazy("unit", "ratio"),
    "rounds": pgettext_lazy("unit", "rounds"),
    "rooms": pgettext_lazy("unit", "rooms"),
    "swabs": pgettext_lazy("unit", "swabs"),
    "people per day": pgettext_lazy("unit", "people a day"),
    "tubes per day": pgettext_lazy("unit", "tubes a day"),
    "cases per day": pgettext_lazy("unit", "cases a day"),
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
    return str(UNITS.get(code, ""))
