"""Correct a fact (更正): the form, the preview of what changes, and the deed (更正页面)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.command.services import correction
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access
from chainbreak.measures.services import derive

from . import asof, back
from .door import Asked, page
from .words import words_for

KIND_WORDS = {
    "stay": gettext_lazy("a stay at a place"),
    "exposure": gettext_lazy("a meeting told in an interview"),
    "case": gettext_lazy("a case report"),
    "classification": gettext_lazy("a class of a case"),
    "letter": gettext_lazy("a step of a letter"),
    "admission": gettext_lazy("a stay in quarantine"),
    "result": gettext_lazy("a test result"),
    "link": gettext_lazy("a transmission link"),
}
FIELD_WORDS = {
    "arrived_at": gettext_lazy("arrived at"),
    "left_at": gettext_lazy("left at"),
    "started_at": gettext_lazy("began at"),
    "ended_at": gettext_lazy("ended at"),
    "protected": gettext_lazy("effective protection"),
    "onset_date": gettext_lazy("date of onset"),
    "first_positive_at": gettext_lazy("first positive sample"),
    "reported_at": gettext_lazy("reported at"),
    "isolated_at": gettext_lazy("isolated at"),
    "under_control_when_sampled": gettext_lazy("under control when sampled"),
    "classification": gettext_lazy("class"),
    "valid_from": gettext_lazy("holds from"),
    "state": gettext_lazy("state"),
    "at": gettext_lazy("at"),
    "admitted_at": gettext_lazy("admitted at"),
    "outcome": gettext_lazy("outcome"),
    "confidence": gettext_lazy("confidence"),
}
SHOWN = 50  # persons listed in a preview; the numbers are complete


@page("fact.correct")
def correct(request: Asked, kind: str, number: int) -> HttpResponse:
    """The form; its preview; and the deed, when the preview was confirmed."""
    now = timezone.now()
    fact = correction.fact_of(kind, number)
    here = asof.read(request)
    if here.outbreak is None:
        raise Refused("no_outbreak")
    areas = [*correction.areas_of(fact)] or [here.outbreak.area_code]
    if not any(request.standing.may("fact.correct", area) for area in areas):
        raise access.not_permitted("fact.correct")
    form = _form(kind, fact, request.POST or None)
    here_again = back.address(request)
    answer: dict[str, Any] = {"kind": KIND_WORDS[kind], "fact": fact, "form": form, "back": here_again, "here": here}
    if request.method == "POST" and form.is_valid():
        withdrawn = "withdraw" in request.POST
        names = correction.CORRECTABLE[kind][1]
        changes = None if withdrawn else {name: form.cleaned_data[name] for name in names}
        answer["withdrawn"] = withdrawn
        try:
            if request.POST.get("step") == "confirm":
                correction.apply(fact, changes, actor=request.user, at=now, reason=form.cleaned_data["reason"])
                derive.snapshot(here.outbreak, at=now)
                messages.success(request, _("The correction is recorded. All that rests on it has been derived again."))
                return redirect(here_again)
            answer["outlook"] = shown(
                correction.outlook(fact, changes, here.outbreak, actor=request.user, as_of=here.as_of, at=now)
            )
        except Refused as refused:
            answer["refusal"] = words_for(refused)
    return render(request, "web/correction.html", answer)


def _form(kind: str, fact: Any, data: Any) -> forms.ModelForm:
    model, names = correction.CORRECTABLE[kind]
    made = forms.modelform_factory(
        model,
        fields=names,
        labels={name: FIELD_WORDS[name] for name in names},
        formfield_callback=_field,
    )
    instance = model.objects.get(pk=fact.pk)  # a copy: the form writes its values into it
    form = made(data, instance=instance)
    form.fields["reason"] = forms.CharField(
        label=_("Reason for the correction"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500
    )
    form._post_clean = lambda: None  # the checks of a fact are those of the new version, in the database
    for bound in form.fields.values():
        bound.widget.attrs.setdefault(
            "class", "form-select" if isinstance(bound.widget, forms.Select) else "form-control"
        )
    return form


def _field(field: Any, **options: Any) -> forms.Field | None:
    made = field.formfield(**options)
    if isinstance(made, forms.DateTimeField):
        made.widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")
    elif isinstance(made, forms.DateField):
        made.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return made


def shown(outlook: correction.Outlook) -> dict[str, Any]:
    """A preview as the page lists it."""
    seen = outlook.contacts
    return {
        "figures": outlook.figures,
        "enters": list(seen.enters.items())[:SHOWN],
        "leaves": list(seen.leaves.items())[:SHOWN],
        "changes": list(seen.changes.items())[:SHOWN],
        "n_enters": len(seen.enters),
        "n_leaves": len(seen.leaves),
        "n_changes": len(seen.changes),
        "nothing": not (outlook.figures or seen.enters or seen.leaves or seen.changes),
    }


urlpatterns = [path("correct/<str:kind>/<int:number>/", correct, name="correct")]
