"""One search box (检索): numbers of cases, persons, tubes, letters, facilities; places and areas; a person by two identifiers.

What is typed is posted and never part of an address, since it may be somebody's name (P-06). A search for a person is on
record with the kinds of identifiers, not with what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chainbreak.command.selectors import search as found_by
from chainbreak.governance.refusal import Refused
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import people

from . import asof
from .door import Asked, page
from .words import Words, words_for

KINDS = {
    "case": _("Case"),
    "contact": _("Contact"),
    "person": _("Person"),
    "tube": _("Tube"),
    "letter": _("Letter"),
    "facility": _("Facility"),
    "place": _("Place"),
    "area": _("Area"),
}
IDENTIFIERS = ("name", "id_number", "id_last4", "phone", "birth_date")


@dataclass(frozen=True)
class Row:
    """A hit as the page shows it; without an address the thing has no page of its own."""

    kind: str
    words: str
    url: str
    name: str
    area: str


@never_cache
@require_http_methods(["GET", "POST"])
@page("board.read")
def search(request: Asked) -> HttpResponseBase:
    """The box at the top of every page; a single hit opens at once."""
    seen = asof.read(request)
    text = request.POST.get("q", "").strip()[:80]
    hits = found_by.search(text, seen.outbreak, request.standing.acts())
    rows = _rows(hits)
    if len(rows) == 1 and rows[0].url:
        return redirect(rows[0].url)
    return _show(request, {"text": text, "rows": rows, "typed": {"name": text if _may_be_name(text) else ""}})


@never_cache
@require_http_methods(["POST"])
@page("person.search")
def person(request: Asked) -> HttpResponse:
    """A person by two identifiers, in the areas of who asks; the search is on record."""
    typed = {name: request.POST.get(name, "").strip()[:80] for name in IDENTIFIERS}
    try:
        found = people.search(actor=request.user, at=timezone.now(), **typed)
    except Refused as refused:
        return _show(request, {"typed": typed, "refused": words_for(refused)}, status=409)
    seen = asof.read(request)
    hits = [hit for one in found for hit in found_by.search(one.number, seen.outbreak, request.standing.acts())]
    known = {hit.number for hit in hits} | {hit.name for hit in hits}
    hits += [found_by.Hit("person", one.number, "", one.area_code) for one in found if one.number not in known]
    return _show(request, {"typed": {}, "rows": _rows(hits), "of_person": True, "n_found": len(found)})


def _show(request: Asked, context: dict[str, object], status: int = 200) -> HttpResponse:
    refused: Words | None = context.get("refused")  # type: ignore[assignment]
    more = {"refused": refused, "may_person": request.standing.may("person.search")}
    return render(request, "web/search.html", {**context, **more}, status=status)


def _rows(hits: list[found_by.Hit]) -> list[Row]:
    names = areas.names(hit.area for hit in hits)
    return [
        Row(hit.kind, str(KINDS[hit.kind]), _url(hit), _called(hit), names.get(hit.area, hit.area))
        for hit in hits
    ]  # fmt: skip


def _called(hit: found_by.Hit) -> str:
    return " · ".join(part for part in (hit.outbreak if hit.kind == "case" else "", hit.number, hit.name) if part)


def _url(hit: found_by.Hit) -> str:
    if hit.kind == "case":
        return reverse("case_file", args=[hit.outbreak, hit.number])
    if hit.kind == "contact":
        return reverse("contact", args=[hit.outbreak, hit.number])
    if hit.kind == "letter":
        return reverse("letters", args=[hit.outbreak])
    if hit.kind == "facility":
        return reverse("stays") + "?facility=" + hit.number
    if hit.kind == "area":
        return reverse("line_list") + "?area=" + areas.stem_of(hit.number)
    return ""


def _may_be_name(text: str) -> bool:
    return bool(text) and not any(character.isdigit() for character in text)


urlpatterns = [
    path("search/", search, name="search"),
    path("search/person/", person, name="search_person"),
]
