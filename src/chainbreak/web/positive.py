"""Positive people without a case (阳性待立案): the laboratories' verified own tests, and the case opened on one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chainbreak.investigation.selectors import line_list, positive
from chainbreak.investigation.services import positive as beginning

from . import asof
from .door import Asked, page
from .retest import place_names

UNDER_CONTROL = {"yes": True, "no": False}


@page("line_list.read")
def positives(request: Asked, outbreak: str) -> HttpResponse:
    """Everybody with a verified positive test of their own and no case; and cases whose swab was corrected since."""
    seen = asof.read(request, outbreak=outbreak)
    rows = positive.without_case(seen.outbreak)
    classes = dict(line_list.CHOICES["classification"])
    context = {
        "seen": seen, "rows": rows, "shaken": positive.shaken(seen.outbreak),
        "area_names": place_names({one.swab.person.area_code for one in rows}),
        "classes": [(code, classes[code]) for code in beginning.CLASSES],
        "routes": line_list.CHOICES["route"], "may_begin": request.standing.may(beginning.ACT),
    }  # fmt: skip
    return render(request, "web/positives.html", context)


@require_POST
@page(beginning.ACT)
def begin(request: Asked, outbreak: str) -> HttpResponse:
    """Open the case; who has one already is shown it."""
    seen = asof.read(request, outbreak=outbreak)
    said = {name: request.POST.get(name, "")[:60] for name in ("tube", "classification", "route", "under_control")}
    case, new = beginning.begin(
        seen.outbreak, said["tube"], classification=said["classification"], route=said["route"],
        under_control=UNDER_CONTROL.get(said["under_control"]), actor=request.user, at=timezone.now(),
    )  # fmt: skip
    told = _("Case %(case)s is open, with the swab as its evidence.") if new else _("Case %(case)s was open already.")
    messages.success(request, told % {"case": str(case)})
    return redirect(reverse("case_file", args=[seen.outbreak.code, case.number]))


urlpatterns = [
    path("positives/<str:outbreak>/", positives, name="positives"),
    path("positives/<str:outbreak>/begin/", begin, name="positive_begin"),
]
