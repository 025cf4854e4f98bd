"""The one time line of a case file in words (病例时间线): each event with its shape, and who recorded it when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from chainbreak.command.selectors.casetime import Event
from chainbreak.investigation.selectors import line_list

from . import looks
from .looks import Look
from .words import instant, word

KINDS: dict[str, str | Promise] = {
    "onset": gettext_lazy("onset"),
    "swab": gettext_lazy("swab"),
    "result": gettext_lazy("result"),
    "report": gettext_lazy("report"),
    "class": gettext_lazy("class"),
    "isolated": gettext_lazy("isolated"),
    "stay": gettext_lazy("stay"),
    "exposure": gettext_lazy("meeting"),
    "admission": gettext_lazy("admission"),
    "transfer": pgettext_lazy("event", "transfer"),
    "link": gettext_lazy("link"),
    "assessment": gettext_lazy("assessment"),
    "answer": gettext_lazy("answer to a letter"),
}
LOOK = {
    "onset": Look("warn", "triangle"),
    "swab": Look("calm", "sand"),
    "report": Look("calm", "letter"),
    "isolated": Look("good", "lock"),
    "stay": Look("soft", "pin"),
    "exposure": Look("violet", "diamond"),
    "admission": Look("good", "bed"),
    "transfer": Look("warn", "arrow"),
    "assessment": Look("calm", "pen"),
    "answer": Look("calm", "bell"),
}


@dataclass(frozen=True)
class Line:
    """One line of the time line."""

    event: Event
    when: str
    kind: str
    text: str
    look: Look
    day: str


def lines(found: Iterable[Event], area_names: Mapping[str, str], *, only: str = "") -> list[Line]:
    """The events in words; `only` keeps one kind."""
    return [_line(one, area_names) for one in found if not only or one.kind == only]


def _line(event: Event, area_names: Mapping[str, str]) -> Line:
    say: Callable[[dict[str, Any]], str] = SAY[event.kind]
    text = say({**event.what, "areas": area_names})
    day = instant(event.at)[:10]
    return Line(event, _when(event), str(KINDS[event.kind]), text, _look(event), day)


def _when(event: Event) -> str:
    if event.day_only:
        return instant(event.at)[:10]
    if event.until is None:
        return instant(event.at)
    same = timezone.localtime(event.at).date() == timezone.localtime(event.until).date()
    end = instant(event.until, end=not same)
    return f"{instant(event.at)} – {end[11:] if same else end}"


def _look(event: Event) -> Look:
    if event.kind == "class":
        return looks.look("class", event.what["class"]) or Look("soft", "ring")
    if event.kind == "result":
        return looks.look("outcome", event.what["outcome"]) or Look("soft", "ring")
    if event.kind == "link":
        return looks.look("state", event.what["state"]) or Look("soft", "ring")
    return LOOK[event.kind]


def _join(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _link(what: dict[str, Any]) -> str:
    way = _("infected by case %(n)s") if what["inward"] else _("infected case %(n)s")
    state = {
        "proposed": pgettext("course", "proposed"),
        "accepted": pgettext("course", "accepted"),
        "rejected": pgettext("course", "rejected"),
    }
    return _join(way % {"n": what["other"]}, state.get(what["state"], what["state"]))


SAY: dict[str, Callable[[dict[str, Any]], str]] = {
    "onset": lambda what: _("first symptoms"),
    "swab": lambda what: (
        _("first positive sample taken") if "outcome" in what else _join(_("tube %(n)s") % {"n": what["tube"]})
    ),
    "result": lambda what: _join(word("outcome", what["outcome"]), _("tube %(n)s") % {"n": what["tube"]}),
    "report": lambda what: _join(_("reported"), what["areas"].get(what["area"], what["area"])),
    "class": lambda what: str(dict(line_list.CHOICES["classification"]).get(what["class"], what["class"])),
    "isolated": lambda what: _("isolated; no exposure from here on"),
    "stay": lambda what: _join(what["place"], what["evidence"], word("certainty", what["certainty"])),
    "exposure": lambda what: _join(what["person"], word("setting", what["setting"]), what["place"]),
    "admission": lambda what: _join(word("measure", what["kind"]), what["facility"]),
    "transfer": lambda what: _("handed over, transfer %(n)s") % {"n": what["batch"]},
    "link": _link,
    "assessment": lambda what: str(what["result"]),
    "answer": lambda what: _("letter %(n)s answered") % {"n": what["letter"]},
}


def days(found: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The lines by day, in their order."""
    by_day: dict[str, list[Line]] = {}
    for line in found:
        by_day.setdefault(line.day, []).append(line)
    return list(by_day.items())
