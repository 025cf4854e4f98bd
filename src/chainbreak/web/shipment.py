"""Boxes of tubes from hand to hand (样本转运交接): counted and scanned at both ends on a phone, each difference named."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access
from chainbreak.screening.selectors import round_open, shipment
from chainbreak.screening.services import laboratory
from chainbreak.screening.services import shipment as deeds

from . import listing
from .door import Asked, page
from .labels import LABELS
from .words import words_for

HAND_OVER, RECEIVE = "shipment.hand_over", laboratory.ACT
SHOW = {
    "all": gettext_lazy("all boxes"),
    "under_way": gettext_lazy("under way"),
    "differs": gettext_lazy("with a difference"),
}
INSIDE = {
    "arrived": gettext_lazy("arrived"),
    "missing": gettext_lazy("not arrived"),
    "lost": gettext_lazy("lost"),
    "rejected": gettext_lazy("rejected"),
}
REJECT = {
    "leak": gettext_lazy("leaks"),
    "no_label": gettext_lazy("no readable label"),
    "too_old": gettext_lazy("too long under way"),
}
NAMED = {
    "unknown": gettext_lazy("Not on record; find out where they come from"),
    "not_sealed": gettext_lazy("Not sealed yet; seal them at the table first"),
    "elsewhere": gettext_lazy("On record in another box"),
    "missing": gettext_lazy("Handed over and not scanned here"),
    "extra": gettext_lazy("Scanned here and not handed over in this box"),
}
BIG = {"class": "form-control"}


class HandOverForm(forms.Form):
    """The box, whoever carries it, where it goes, and every tube in it."""

    number = forms.RegexField(
        r"^[^\s/]{1,40}$", label=gettext_lazy("Number of the box"), widget=forms.TextInput(attrs=BIG),
        error_messages={"invalid": gettext_lazy("At most 40 letters and digits, no blank, no slash.")},
    )  # fmt: skip
    round = forms.ChoiceField(
        label=gettext_lazy("Round"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    site = forms.CharField(
        label=gettext_lazy("Sampling site"), required=False, max_length=40, widget=forms.TextInput(attrs=BIG)
    )
    laboratory = forms.CharField(label=gettext_lazy("Laboratory"), max_length=80, widget=forms.TextInput(attrs=BIG))
    courier = forms.CharField(label=gettext_lazy("Courier"), max_length=40, widget=forms.TextInput(attrs=BIG))
    counted = forms.IntegerField(
        label=gettext_lazy("Tubes counted by hand"),
        min_value=1,
        max_value=5000,
        widget=forms.NumberInput(attrs={**BIG, "inputmode": "numeric"}),
    )
    barcodes = forms.CharField(
        label=gettext_lazy("Barcodes, one a line; scan one after the other"),
        max_length=210_000,
        widget=forms.Textarea(attrs={**BIG, "rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )


class ReceiveForm(forms.Form):
    """What came out of the box."""

    counted = HandOverForm.base_fields["counted"]
    barcodes = HandOverForm.base_fields["barcodes"]


@page("shipment.read")
def boxes(request: Asked) -> HttpResponse:
    """The boxes, and the search for a tube."""
    show = request.GET.get("show", "all")
    if wanted := request.GET.get("tube", "").strip():
        return redirect("tube", shipment.tube(wanted).barcode)
    listed = listing.page(request, shipment.boxes(state=show).order_by("-pk"), keys=("pk",), down=True)
    context = {
        "page": listed, "show": show, "shows": list(SHOW.items()), "may_hand_over": request.standing.may(HAND_OVER),
    }  # fmt: skip
    return render(request, "web/shipments.html", context)


@page(HAND_OVER)
def hand_over(request: Asked) -> HttpResponse:
    """A box leaves the site."""
    form = HandOverForm(request.POST or None)
    form.fields["round"].choices = [("", "–"), *((str(one), str(one)) for one in round_open.newest())]
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        series, _sign, number = said["round"].rpartition("-")
        try:
            box, left = deeds.hand_over(
                said["number"], said["barcodes"].split(), counted=said["counted"], laboratory=said["laboratory"],
                courier=said["courier"], round_=round_open.of(series, int(number)) if series else None,
                site=round_open.site(said["site"]) if said["site"] else None, actor=request.user, at=timezone.now(),
            )  # fmt: skip
            _tell(
                request,
                left,
                _("%(n)s tubes are on their way in box %(box)s.") % {"n": box.counted_out, "box": box.number},
            )
            return redirect("shipment", box.number)
        except Refused as refused:
            context["refusal"] = words_for(refused)
    return render(request, "web/shipment_out.html", context, status=422 if form.is_bound else 200)


@page("shipment.read")
def one(request: Asked, number: str) -> HttpResponse:
    """One box; whoever works in a laboratory receives it here."""
    box = shipment.box(number)
    may_receive = request.standing.may(RECEIVE)
    form = ReceiveForm(request.POST or None)
    context: dict[str, Any] = {"box": box, "form": form, "may_receive": may_receive}
    if request.method == "POST":
        access.require(request.user, RECEIVE, at=timezone.now())
        if form.is_valid():
            try:
                seen = deeds.receive(
                    box,
                    form.cleaned_data["barcodes"].split(),
                    counted=form.cleaned_data["counted"],
                    actor=request.user,
                    at=timezone.now(),
                )
                _tell(request, seen, _("Received into %(laboratory)s.") % {"laboratory": box.laboratory})
                return redirect("shipment", box.number)
            except Refused as refused:
                context["refusal"] = words_for(refused)
    inside = shipment.contents(box)
    context |= {
        "inside": inside, "words": INSIDE, "rejects": list(REJECT.items()), "reject_words": REJECT,
        "n_missing": sum(one.state == "missing" for one in inside), "n_out": len(inside), "n_in": sum(one.arrived for one in inside),
    }  # fmt: skip
    return render(request, "web/shipment.html", context, status=422 if form.is_bound else 200)


def _tell(request: Asked, difference: deeds.Difference, done: str) -> None:
    messages.success(request, done)
    for name, words in NAMED.items():
        if codes := getattr(difference, name):
            shown = ", ".join(codes[:20]) + (" …" if len(codes) > 20 else "")
            messages.warning(
                request, _("%(words)s (%(n)s): %(tubes)s") % {"n": len(codes), "words": words, "tubes": shown}
            )


@page("shipment.read")
def tube(request: Asked, barcode: str) -> HttpResponse:
    """One tube: its stations, boxes and results; what can be done with it."""
    found = shipment.way(shipment.tube(barcode))
    custody = found.custody
    received = custody is not None and custody.received_at is not None and custody.rejected_at is None
    under_way = (
        custody is not None
        and custody.shipped_at is not None
        and custody.received_at is None
        and custody.lost_at is None
    )
    may = request.standing.may(RECEIVE)
    context = {
        "may_count": not may,  # the laboratory would know a blind sample by it
        "way": found, "rejects": list(REJECT.items()), "reject_words": REJECT, "outcomes": LABELS["outcome"],
        "may_reject": may and received and not any(one.superseded_at is None for one in found.results), "may_lose": may and under_way,
    }  # fmt: skip
    return render(request, "web/tube.html", context)


@require_POST
@page(RECEIVE)
def turn_away(request: Asked, barcode: str) -> HttpResponse:
    """Reject a received tube, or say that one which left was lost: its members are called again."""
    now, reason = timezone.now(), request.POST.get("reason", "").strip()[:200]
    found = shipment.tube(barcode)
    if request.POST.get("deed") == "lost":
        if not reason:
            raise Refused("basis_missing")
        deeds.lost(found, actor=request.user, at=now, reason=reason)
    else:
        laboratory.reject(found, reason, actor=request.user, at=now)
    held = shipment.way(found).held
    messages.success(
        request,
        _("%(tube)s is out. %(n)s people are asked for a swab of their own.") % {"tube": found.barcode, "n": held},
    )
    return redirect(reverse("tube", args=[found.barcode]))


urlpatterns = [
    path("boxes/", boxes, name="shipments"),
    path("boxes/hand-over/", hand_over, name="shipment_out"),
    path("boxes/<str:number>/", one, name="shipment"),
    path("tubes/<str:barcode>/", tube, name="tube"),
    path("tubes/<str:barcode>/away/", turn_away, name="tube_away"),
]
