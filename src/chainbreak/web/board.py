"""The board (看板): what there is, what is new, what is not known, and where the gaps are; every number opens its list."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chainbreak.command.selectors import board as questions
from chainbreak.command.selectors.gap import KINDS, OWNERS
from chainbreak.command.services import board as boards
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import contact as contacts

from . import asof, drawing
from .door import Asked, page

STATES = dict(contacts.STATES)
GROUPS = (
    ("stock", gettext_noop("Stock")),
    ("increment", gettext_noop("Increment")),
    ("unknowns", gettext_noop("Unknowns")),
)
HOW_FOUND = {
    "quarantine": gettext_noop("in quarantine"),
    "screening": gettext_noop("by screening"),
    "arrival": gettext_noop("on arrival"),
    "community": gettext_noop("in the community"),
    "unknown": gettext_noop("not known how"),
}


@page("board.read")
def board(request: Asked) -> HttpResponse:
    seen = asof.read(request)
    if seen.outbreak is None:
        raise Refused("no_outbreak")
    now = timezone.now()
    found = boards.read(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known, at=now)
    words = {kind: _(name) for kind, name in HOW_FOUND.items()}
    goal = next((one for one in found.figures if one.key == "goal.clock"), None)
    context = {
        "seen": seen,
        "groups": [(name, _(title), _numbers(request, seen, found, name)) for name, title in GROUPS],
        "gaps": [
            {
                "count": count,
                "title": _(KINDS[count.code].title),
                "owner": OWNERS[count.owner],
                "url": _kept(request, "gaps", seen.outbreak.code, count.code),
                "age": seen.as_of - count.oldest if count.oldest else None,
            }
            for count in found.gaps
        ],
        "table": reconciliation_rows(found.reconciliation),
        "reconciliation": found.reconciliation,
        "curve": drawing.curve(found.curve, words),
        "curve_rows": [(day, [bars[kind] for kind in HOW_FOUND], sum(bars.values())) for day, bars in found.curve],
        "how_found": words,
        "figures": {one.key: one for one in found.figures},
        "goal": goal,
        "goal_zh": "第{1}天（共{3}天）".format(*str(goal.value).split()) if goal and goal.value else "",
        "risks": [one for one in found.figures if one.key.startswith("risk.")],
    }
    return render(request, "web/board.html", context)


def reconciliation_rows(table) -> list[tuple[str, str, int, int]]:
    """Table R-1 by rows: state, its words, degree 1, degree 2."""
    return [(state, STATES[state], first, second) for state, (first, second) in table.states.items()]


def _numbers(request: Asked, seen, found, group: str) -> list[dict]:
    cards = []
    for number in questions.NUMBERS:
        if number.group != group:
            continue
        values = found.numbers[number.code]
        cards.append(
            {
                "title": _(number.title),
                "value": values[-1],
                "yesterday": values[-2],
                "change": values[-1] - values[-2],
                "fall": values[-2] - values[-1],
                "values": values,
                "spark": drawing.spark(values),
                "url": _link(request, seen.outbreak.code, number.link),
            }
        )
    return cards


def _link(request: Asked, code: str, link: tuple[str, str]) -> str:
    kind, name = link
    if kind == "gap":
        return _kept(request, "gaps", code, name)
    if kind == "figure":
        return _kept(request, "figure", code, name.format(outbreak=code))
    return _kept(request, name)


def _kept(request: Asked, name: str, *args: str) -> str:
    pairs = {key: request.GET[key] for key in asof.KEPT if request.GET.get(key)}
    return reverse(name, args=args) + ("?" + urlencode(pairs) if pairs else "")


urlpatterns = [path("", board, name="board")]
