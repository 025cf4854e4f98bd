"""Runs of the laboratories (上机批次): a file looked at before it counts, the plate drawn, verified by a second person."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from chainbreak.exchange.lab import reading
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access
from chainbreak.screening.selectors import lab_run
from chainbreak.screening.selectors.laboratory import WHY
from chainbreak.screening.services import laboratory
from chainbreak.screening.services.plate import Plate, Wrong

from . import listing
from .door import Asked, page
from .labels import LABELS
from .words import words_for

SALT, SECONDS = "chainbreak.lab_run", 3600
MOST_KEPT = 400_000  # bytes of a file that is carried through the preview
SHOW = {
    "all": gettext_lazy("all runs"),
    "preliminary": gettext_lazy("to verify"),
    "wrong": gettext_lazy("wells that do not add up"),
}
KINDS = {
    "sample": gettext_lazy("sample"),
    "negative_control": gettext_lazy("negative control"),
    "positive_control": gettext_lazy("positive control"),
    "blind": gettext_lazy("blind sample"),
}
PROBLEMS = {
    "unknown_tube": gettext_lazy("no tube of this barcode is on record; nothing is recorded for it"),
    "not_received": gettext_lazy(
        "the tube was never received in a laboratory; its result is kept, the sums will not hold"
    ),
}
LABORATORY_FILE = {
    "file_empty": gettext_lazy("it is empty"),
    "file_too_large": gettext_lazy("it is too large"),
    "not_text": gettext_lazy("it is not text in an encoding of the field"),
    "not_json": gettext_lazy("it is not whole as JSON"),
    "not_a_bundle": gettext_lazy("it is no FHIR bundle"),
    "not_fhir": gettext_lazy("it is not valid as FHIR R4B"),
    "not_hl7": gettext_lazy("it is not a whole HL7 v2 message"),
    "not_oru": gettext_lazy("it is not a message of results (ORU^R01)"),
    "no_wells": gettext_lazy("no table of wells and no result is in it"),
    "no_barcode": gettext_lazy("a result does not say of which tube it is"),
    "no_outcome": gettext_lazy("a result says neither positive nor negative"),
    "bad_well": gettext_lazy("a well has a position that no plate has"),
    "bad_ct": gettext_lazy("a Ct is no number from 0 to 60"),
    "well_twice": gettext_lazy("a well is there twice with different samples"),
    "target_twice": gettext_lazy("a well has one target twice"),
}


@page("round.read")
def runs(request: Asked) -> HttpResponse:
    """The runs, those to verify first to be found, and the form for a file."""
    show = request.GET.get("show", "all")
    listed = listing.page(request, lab_run.runs(state=show), keys=("pk",), down=True)
    context = {
        "page": listed, "show": show, "shows": list(SHOW.items()), "may_take": request.standing.may(laboratory.ACT),
    }  # fmt: skip
    if request.method == "POST":
        access.require(request.user, laboratory.ACT, at=timezone.now())
        try:
            return _look(request)
        except Refused as refused:
            context["refusal"] = words_for(refused)
        except Wrong as wrong:
            context["wrong"] = (LABORATORY_FILE.get(wrong.code, wrong.code), wrong)
        return render(request, "web/lab_runs.html", context, status=422)
    return render(request, "web/lab_runs.html", context)


def _look(request: Asked) -> HttpResponse:
    """What the file says, before anything is taken in; or the taking in, with the file as it was looked at."""
    said = {name: request.POST.get(name, "").strip()[:80] for name in ("run", "laboratory")}
    if kept := request.POST.get("kept", ""):
        try:
            data = base64.b64decode(signing.loads(kept, salt=SALT, max_age=SECONDS))
        except signing.BadSignature:
            raise Refused("preview_gone") from None
    else:
        sent = request.FILES.get("file")
        if sent is None or (sent.size or 0) > MOST_KEPT:
            raise Wrong("file_empty") if sent is None else Wrong("file_too_large", bytes=sent.size, most=MOST_KEPT)
        data = sent.read()
    plate, fingerprint = reading.read(data)
    if said["run"]:
        plate = Plate(**{**vars(plate), "number": said["run"][:40]})
    if kept:
        taken = laboratory.take_run(
            plate, laboratory=said["laboratory"], fingerprint=fingerprint, actor=request.user, at=timezone.now()
        )
        told = _("%(new)s results are new, %(corrected)s corrected, %(same)s as before; %(held)s people newly held.")
        messages.success(
            request,
            told % {"new": taken.recorded, "corrected": taken.corrected, "same": taken.unchanged, "held": taken.held},
        )
        return redirect("lab_run", taken.run.number)
    preview = lab_run.preview(plate, fingerprint)
    context = {
        "plate": plate, "preview": preview, "said": said, "words": WHY, "kinds": KINDS, "problems": PROBLEMS, "outcomes": LABELS["outcome"],
        "drawing": lab_run.drawn(preview.wells), "kept": signing.dumps(base64.b64encode(data).decode(), salt=SALT, compress=True),
    }  # fmt: skip
    return render(request, "web/lab_preview.html", context)


@page("round.read")
def one(request: Asked, number: str) -> HttpResponse:
    """One run: its plate, each well with Ct, its results and who may verify them."""
    found = lab_run.run(number)
    wells = lab_run.wells(found)
    preliminary = [well for well in wells if well.stage == "preliminary"]
    context: dict[str, Any] = {
        "run": found, "wells": wells, "drawing": lab_run.drawn(wells), "targets": sorted({name for well in wells for name in well.ct}),
        "controls": lab_run.controls(found), "words": WHY, "kinds": KINDS, "outcomes": LABELS["outcome"], "n_preliminary": len(preliminary),
        "may_verify": request.standing.may(laboratory.ACT) and bool(preliminary),
    }  # fmt: skip
    return render(request, "web/lab_run.html", context)


@require_POST
@page(laboratory.ACT)
def verify(request: Asked, number: str) -> HttpResponse:
    """Verify what is preliminary; whoever took the run in does not."""
    n = laboratory.verify(lab_run.run(number), actor=request.user, at=timezone.now())
    messages.success(request, _("%(n)s results are verified.") % {"n": n})
    return redirect("lab_run", number)


urlpatterns = [
    path("laboratory/runs/", runs, name="lab_runs"),
    path("laboratory/runs/<str:number>/", one, name="lab_run"),
    path("laboratory/runs/<str:number>/verify/", verify, name="lab_run_verify"),
]
