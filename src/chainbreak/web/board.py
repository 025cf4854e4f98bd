"""The board (看板): what there is, what is new, what is not known, and where the gaps are; every number opens its list."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chainbreak.command.selectors import areamap as layers
from chainbreak.command.selectors import board as questions
from chainbreak.command.selectors import clock
from chainbreak.command.selectors.gap import KINDS, OWNERS
from chainbreak.command.services import board as boards
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import contact as contacts
from chainbreak.registry.selectors import area as areas

from . import areamap, asof, drawing
from .door import Asked, page

STATES = dict(contacts.STATES)
GROUPS = (
    ("stock", gettext_noop("Stock")),
    ("increment", gettext_noop("Increment")),
    ("unknowns", gettext_noop("Unknowns")),
)
CLOCKS = {
    "round_sampling": gettext_noop("sampling of round %(subject)s until"),
    "round_testing": gettext_noop("testing of round %(subject)s until"),
    "bulletin": gettext_noop("next bulletin, as of"),
}
TONES = {"stock": "calm", "increment": "good", "unknowns": "danger"}
LIVE_SECONDS = 60
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
    edition = f"{found.edition[:16]}.{seen.as_of:%Y%m%d%H%M}"
    if request.headers.get("X-Board") == edition:
        return HttpResponse(status=204)  # nothing has changed: the board asks every minute
    words = {kind: _(name) for kind, name in HOW_FOUND.items()}
    layer = request.GET.get("layer", "cases")
    if layer not in layers.LAYERS:
        raise Refused("bad_filter", name="layer", value=layer)
    goal = next((one for one in found.figures if one.key == "goal.clock"), None)
    context = {
        "seen": seen,
        "groups": [(name, _(title), TONES[name], _numbers(request, seen, found, name)) for name, title in GROUPS],
        "gaps": _gaps(request, seen, found),
        "clocks": [
            (_(CLOCKS[one.code]) % {"subject": one.subject}, one)
            for one in clock.clocks(seen.outbreak, as_of=_clock_time(seen, now))
        ],
        "edition": edition,
        "live": LIVE_SECONDS,
        "wall": request.GET.get("wall") == "1",
        "at": now,
        "layer": layer,
        "layers": [(code, _(name)) for code, name in layers.LAYERS.items()],
        **_map(found, layer),
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


def _clock_time(seen: asof.AsOf, now: datetime) -> datetime:
    """What the clocks count from: now, or the instant of the past that is looked at."""
    return seen.as_of if seen.is_past or now - seen.as_of > asof.LIVE else now


def _gaps(request: Asked, seen: asof.AsOf, found: boards.Board) -> list[dict]:
    """The gaps by task force: the task force with most beyond the limit first, and so within it."""
    by_owner: dict[str, list[dict]] = defaultdict(list)
    for count in found.gaps:
        by_owner[count.owner].append(
            {
                "count": count,
                "title": _(KINDS[count.code].title),
                "url": _kept(request, "gaps", seen.outbreak.code, count.code),  # type: ignore[union-attr]
                "age": seen.as_of - count.oldest if count.oldest and count.n else None,
            }
        )
    groups = [
        {
            "owner": OWNERS[owner],
            "rows": rows,
            "n": sum(row["count"].n for row in rows),
            "late": sum(row["count"].late for row in rows),
        }
        for owner, rows in by_owner.items()
    ]
    return sorted(groups, key=lambda group: (-group["late"], -group["n"]))


def _map(found: boards.Board, layer: str) -> dict:
    names = areas.names(row["code"] for row in found.areas)
    outlines = layers.outlines(row["code"] for row in found.areas)
    values = {row["code"]: row[layer] for row in found.areas}
    codes = list(layers.LAYERS)
    return {
        "map": areamap.draw(outlines, values, names),
        "map_names": names,
        "map_rows": [
            (row["code"], names.get(row["code"]) or _("elsewhere or not known"), [(code, row[code]) for code in codes])
            for row in found.areas
        ],
    }


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
