"""Paper for a round (纸质备份): roll sheets with codes, tube labels, the workbook to type up; each print is on record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from chainbreak.exchange.paper import sheets
from chainbreak.governance.acts import act as act_of
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import identity
from chainbreak.screening.selectors import round_open
from chainbreak.screening.selectors.sheet import Sheet, sheet

from . import asof
from .door import Asked, page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SheetForm(forms.Form):
    """Which part of the roll."""

    area = forms.RegexField(
        r"^\d{6,15}$",
        label=gettext_lazy("Area code"),
        error_messages={"invalid": gettext_lazy("Six to fifteen digits.")},
    )
    after = forms.CharField(label=gettext_lazy("After person number"), required=False, max_length=40)
    most = forms.IntegerField(
        label=gettext_lazy("People on the sheet"), min_value=1, max_value=sheets.MOST_ROWS, initial=200
    )


class LabelForm(forms.Form):
    """Which labels: a beginning that no other site uses, and five digits."""

    start = forms.RegexField(
        r"^[0-9A-Za-z][0-9A-Za-z._-]{1,25}$",
        label=gettext_lazy("Beginning of the barcode"),
        error_messages={"invalid": gettext_lazy("Letters, digits, dot and hyphen; 2 to 26 of them.")},
    )
    first = forms.IntegerField(label=gettext_lazy("First number"), min_value=1, max_value=99_999, initial=1)
    count = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=sheets.MOST_ROWS, initial=270)


@page("roll.print")
def paper(request: Asked, series: str, number: int) -> HttpResponse:
    """The choice of what to print; and the file."""
    asof.read(request)
    of = round_open.of(series, number)
    what = request.POST.get("what", "")
    sheet_form = SheetForm(request.POST if what in ("roll", "book") else None, initial={"area": of.area_code})
    label_form = LabelForm(request.POST if what == "labels" else None, initial={"start": f"{series}{number}-"})
    for form in (sheet_form, label_form):
        for field in form.fields.values():
            field.widget.attrs["class"] = "form-control"
    if what == "labels" and label_form.is_valid():
        return _labels(request, of, label_form.cleaned_data)
    context: dict[str, Any] = {"round": of, "sheet_form": sheet_form, "label_form": label_form}
    if what in ("roll", "book") and sheet_form.is_valid():
        given = sheet_form.cleaned_data
        if not request.standing.may("roll.print", given["area"]):
            raise access.not_permitted("roll.print")
        found = sheet(of, area=given["area"], after=given["after"], most=given["most"])
        if found.people:
            return _sheet(request, of, what, found, given)
        context["nobody"] = True
    return render(request, "web/paper.html", context)


def _sheet(request: Asked, of: Any, what: str, found: Sheet, given: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    grant = request.standing.allowing("roll.print", given["area"])
    named = grant is not None and grant[0] in act_of("roll.print").names
    detail = {
        "people": len(found.people),
        "area": given["area"],
        "from": found.people[0][1],
        "to": found.people[-1][1],
        "named": named,
    }
    audit.record("roll.printed", actor=request.user, at=now, subject=f"round:{of}", detail=detail)
    names = identity.names_of(pk for pk, _number in found.people) if named and what == "roll" else {}
    lines = [sheets.Line(number, names.get(pk, "")) for pk, number in found.people]
    if what == "book":
        return _file(sheets.to_type_up(lines, series=of.series, number=of.number), f"roll-{of}.xlsx", XLSX)
    area_name = areas.names([given["area"]]).get(given["area"], given["area"])
    body = sheets.roll_sheet(
        lines,
        title=_("Roll of round %(round)s") % {"round": of},
        subtitle=_("%(area)s · from %(first)s to %(last)s · %(n)s people") % {
            "area": area_name, "first": lines[0].number, "last": lines[-1].number, "n": len(lines),
        },
        header=[_("No."), _("Code"), _("Person"), _("Name"), _("Tube"), _("Position"), _("Time")],
        footer=f"{request.user.get_username()} {timezone.localtime(now):%Y-%m-%d %H:%M}",
        language="zh" if (get_language() or "").startswith("zh") else "en",
    )  # fmt: skip
    return _file(body, f"roll-{of}-{lines[0].number}.pdf", "application/pdf")


def _labels(request: Asked, of: Any, given: dict[str, Any]) -> HttpResponse:
    if given["first"] + given["count"] - 1 > 99_999:
        raise Refused("labels_beyond", first=given["first"], count=given["count"])
    audit.record("labels.printed", actor=request.user, at=timezone.now(), subject=f"round:{of}", detail=given)
    body = sheets.labels(given["start"], first=given["first"], count=given["count"], title=str(of), subtitle=str(of))
    return _file(body, f"labels-{given['start']}{given['first']:05d}.pdf", "application/pdf")


def _file(body: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


urlpatterns = [path("rounds/<str:series>/<int:number>/paper/", paper, name="round_paper")]
