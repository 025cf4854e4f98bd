"""One figure (通报数字): its value and words, its query, and the records that it counts."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from chainbreak.command.selectors import figure as definitions
from chainbreak.command.selectors import record
from chainbreak.command.services import figure as figures
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit

from . import asof
from .door import Asked, page
from .words import shown


@page("figure.read")
def figure(request: Asked, outbreak: str, key: str) -> HttpResponse:
    seen = asof.read(request, outbreak=outbreak)
    now = timezone.now()
    asked = figures.context(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known, at=now)
    one = definitions.definition(asked, key)
    if one is None:
        known = ", ".join(each.key(asked) for each in definitions.definitions(asked))
        raise Refused("unknown_figure", key=key, outbreak=outbreak, known=known)
    kept = {each.key: each for each in figures.figures(seen.outbreak, as_of=seen.as_of, as_known=seen.as_known, at=now)}
    context = {"seen": seen, "figure": kept.get(key) or definitions.work_out(one, asked), "may_see": False}
    if request.standing.may("figure.records"):
        found = record.page(one.records(asked), after=_after(request))
        audit.record("figure.records", actor=request.user, at=now, subject=f"figure:{outbreak}:{key}")
        rows = [[shown(cell) if cell is not None else "" for cell in row] for row in record.cells(found)]
        context |= {
            "may_see": True,
            "headings": [_(heading) for heading in found.headings],
            "after": found.after,
            "first": not request.GET.get("after"),
            "lines": list(zip(rows, [_links(row, key, outbreak) for row in found.rows], strict=True)),
        }
    return render(request, "web/figure.html", context)


def _after(request: Asked) -> int:
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        raise Refused("bad_filter", name="after", value=after)
    return int(after)


def _links(row: dict, key: str, outbreak: str) -> tuple[str, ...]:
    """Where the row's first cell leads: a case file or a contact."""
    if "outbreak__code" in row and "number" in row:
        return ("case_file", row["outbreak__code"], row["number"])
    if key.startswith("contact.") and "person__number" in row:
        return ("contact", outbreak, row["person__number"])
    return ()


urlpatterns = [path("figures/<str:outbreak>/<str:key>/", figure, name="figure")]
