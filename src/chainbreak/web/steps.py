"""Steps of several contacts at once (批量登记): chosen in the list, looked at first, recorded, and taken back on the same page."""

from __future__ import annotations

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_POST

from chainbreak.governance import words as refusals
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import contact as contacts_of
from chainbreak.investigation.services import step
from chainbreak.measures.services import derive
from chainbreak.registry.selectors import area as areas

from . import asof
from .door import Asked, page

refusals.register(
    {
        "nobody_chosen": gettext_noop("Nobody was chosen to whom this applies. Tick contacts in the list first."),
        "too_many_chosen": gettext_noop("At most %(most)s contacts at once. Take some away."),
        "undo_too_late": gettext_noop("This cannot be taken back here any more. Correct each contact on its own page."),
    }
)
WHY_NOT = {
    "area": gettext_lazy("not in your area"),
    "state": gettext_lazy("not from this state"),
    "no_contact": gettext_lazy("no contact by now"),
}
SALT, UNDO_SECONDS = "chainbreak.contact.steps", 8 * 3600


@require_POST
@page("person.visit")
def steps(request: Asked, outbreak: str) -> HttpResponse:
    """What the step would do; with `sure`, it is done."""
    seen = asof.read(request, outbreak=outbreak)
    now = timezone.now()
    kind, numbers = request.POST.get("kind", ""), request.POST.getlist("number")
    derivation = derive.snapshot(seen.outbreak, as_known=None, at=now)
    found = step.plan(derivation, numbers, kind, standing=request.standing, at=now)
    context = {
        "seen": seen,
        "kind": kind,
        "kind_words": dict(step.KINDS)[kind],
        "plan": [(one, WHY_NOT.get(one.why_not, "")) for one in found],
        "n": sum(1 for one in found if not one.why_not),
        "states": dict(contacts_of.STATES),
        "area_names": areas.names(one.area_code for one in found),
    }
    if request.POST.get("sure") == "1":
        ids = step.take(found, seen.outbreak, kind, actor=request.user, at=now)
        context["token"] = signing.dumps([request.user.pk, ids], salt=SALT, compress=True)
        context["n"] = len(ids)
    return render(request, "web/steps.html", context)


@require_POST
@page("person.visit")
def undo(request: Asked, outbreak: str) -> HttpResponse:
    """Take the steps back that were just recorded."""
    try:
        account, ids = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        raise Refused("undo_too_late") from None
    if account != request.user.pk:
        raise Refused("undo_too_late")
    step.take_back(ids, actor=request.user, at=timezone.now(), reason=_("taken back at once"))
    return redirect("contacts", outbreak)


urlpatterns = [
    path("contacts/<str:outbreak>/steps/", steps, name="contact_steps"),
    path("contacts/<str:outbreak>/steps/undo/", undo, name="contact_steps_undo"),
]
