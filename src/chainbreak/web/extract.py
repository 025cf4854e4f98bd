"""Extracts for analysts (数据提取): asked for with a purpose, allowed by a second person, fetched while they run."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chainbreak.exchange import extract as files
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import extract as extracts
from chainbreak.governance.services import extract as deeds
from chainbreak.measures.services import derive

from . import asof
from .door import Asked, page
from .words import words_for

TABLES = {
    "cases": _("cases, with age bands"),
    "links": _("links between cases"),
    "contacts": _("contacts and their state"),
    "meetings": _("meetings of pairs: minutes, place"),
    "stays": _("stays of cases at places"),
    "genomes": _("results of genomes"),
}


@page("extract.read")
def overview(request: Asked) -> HttpResponse:
    """The extracts there are, and the form to ask for one."""
    seen = asof.read(request)
    if seen.outbreak is None:
        raise Refused("no_outbreak")
    now = timezone.now()
    context = {
        "seen": seen, "tables": TABLES, "rows": extracts.newest(), "now": now, "chosen": list(TABLES),
        "may_ask": request.standing.may("export.run"), "may_allow": request.standing.may("export.approve"),
    }  # fmt: skip
    if request.method == "POST":
        chosen = [name for name in request.POST.getlist("table") if name in TABLES]
        context |= {"chosen": chosen, "purpose": request.POST.get("purpose", "")}
        try:
            deeds.ask(
                outbreak_code=seen.outbreak.code, tables=chosen, purpose=request.POST.get("purpose", ""),
                as_of=seen.as_of, actor=request.user, at=now,
            )  # fmt: skip
            return redirect(reverse("extracts") + asof.kept(request))
        except Refused as refused:
            context["refusal"] = words_for(refused)
    return render(request, "web/extracts.html", context)


@require_POST
@page("extract.read")
def allow(request: Asked, number: int) -> HttpResponse:
    deeds.allow(number, actor=request.user, at=timezone.now())
    return redirect(reverse("extracts") + asof.kept(request))


@require_POST
@page("extract.read")
def fetch(request: Asked, number: int) -> HttpResponse:
    """The ZIP with the tables, made now."""
    now = timezone.now()
    found = deeds.fetch(number, actor=request.user, at=now)
    seen = asof.read(request, outbreak=found.outbreak_code)
    derivation = derive.snapshot(seen.outbreak, at=now)
    body = files.write(found, seen.outbreak, derivation, fetched_by=request.user.get_username(), at=now)
    response = HttpResponse(body, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="extract-{number}-{found.outbreak_code}.zip"'
    return response


urlpatterns = [
    path("analysis/extracts/", overview, name="extracts"),
    path("analysis/extracts/<int:number>/allow/", allow, name="extract_allow"),
    path("analysis/extracts/<int:number>/fetch/", fetch, name="extract_fetch"),
]
