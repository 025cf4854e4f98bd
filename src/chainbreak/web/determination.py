"""Determine a contact (判定): the form, the preview of what changes, and the deed."""

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

from chainbreak.command.services import correction
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import contact as contacts_of
from chainbreak.investigation.services.contact import determine as record_decision
from chainbreak.measures.services import derive
from chainbreak.registry.services import people

from . import asof
from .correction import shown
from .door import Asked, page
from .words import words_for

DETERMINATIONS = dict(contacts_of.DETERMINATIONS)


class DecisionForm(forms.Form):
    """What was decided, from when on, and what it rests on."""

    decision = forms.ChoiceField(label=gettext_lazy("Determination"), choices=contacts_of.DETERMINATIONS)
    degree = forms.TypedChoiceField(
        label=gettext_lazy("Degree"),
        choices=[(1, gettext_lazy("close contact")), (2, gettext_lazy("contact of a contact"))],
        coerce=int,
    )
    valid_from = forms.DateTimeField(
        label=gettext_lazy("A contact since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )
    basis = forms.CharField(
        label=gettext_lazy("Basis of the decision"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field.widget, forms.Select) else "form-control"


@page("contact.determine")
def determine(request: Asked, outbreak: str, number: str) -> HttpResponse:
    """The form; its preview; and the deed, when the preview was confirmed."""
    now = timezone.now()
    seen = asof.read(request, outbreak=outbreak)
    record = people.open_record(
        number, actor=request.user, act="contact.determine", at=now, matter_area=seen.outbreak.area_code
    )
    found = contacts_of.contact_of(derive.snapshot(seen.outbreak, at=now), record.person.pk, seen.as_of)
    if found is None:
        raise Refused("not_a_contact", number=number, outbreak=outbreak)
    before = {
        "decision": found.determination,
        "degree": found.degree,
        "valid_from": timezone.localtime(found.valid_from),
    }
    form = DecisionForm(request.POST or None, initial=before)
    answer: dict[str, Any] = {
        "seen": seen, "record": record, "contact": found, "form": form, "decided": DETERMINATIONS[found.determination],
    }  # fmt: skip
    if request.method == "POST" and form.is_valid():

        def deed(*, trial: bool) -> None:
            record_decision(found, seen.outbreak, actor=request.user, at=now, trial=trial, **form.cleaned_data)

        try:
            if request.POST.get("step") == "confirm":
                deed(trial=False)
                derive.snapshot(seen.outbreak, at=now)
                messages.success(request, _("The decision is recorded. All that rests on it has been derived again."))
                return redirect(reverse("contact", args=[outbreak, number]) + asof.kept(request))
            answer["outlook"] = shown(
                correction.outlook_of(lambda: deed(trial=True), seen.outbreak, as_of=seen.as_of, at=now)
            )
        except Refused as refused:
            answer["refusal"] = words_for(refused)
    return render(request, "web/determination.html", answer)


urlpatterns = [path("contacts/<str:outbreak>/<str:number>/determine/", determine, name="determine")]
