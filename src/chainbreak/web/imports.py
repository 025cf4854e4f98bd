"""Imports (导入): upload a table, say which column is which, try it, take it in, see each row's problem, undo it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chainbreak.epi import rulepack
from chainbreak.exchange import imports as taking
from chainbreak.exchange import problems, undo, upload
from chainbreak.exchange.mapping import known_mappings
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import importrun
from chainbreak.governance.services import access, mapping
from chainbreak.investigation.selectors import outbreak as outbreaks

from . import asof, listing
from .door import Asked, page
from .fields import labelled
from .words import words_for

SYNCHRONOUS = 2_000_000  # bytes; a larger file is taken in by the worker while the page shows how far it is
LATE = timedelta(seconds=30)  # a worker that lives takes a file sooner
NEW = "+"  # in place of an outbreak's code
DESCRIBED = ("code", "name_zh", "name_en", "disease", "rule_pack", "area")  # of a new outbreak
ASKED = {"columns", "ignore", "day_first", "default_year"}  # of a mapping, in the form


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"


@page("import.read")
def imports(request: Asked) -> HttpResponse:
    if request.method == "POST":
        return _upload(request)
    return render(request, "web/imports.html", _start(request))


def _start(request: Asked, refusal: object = None) -> dict[str, Any]:
    return {
        "page": listing.page(request, importrun.runs(), keys=("pk",), down=True),
        "kinds": taking.kinds(),
        "outbreaks": outbreaks.all_newest_first(),
        "ready": [(upload.READY + name, name) for name in known_mappings()],
        "packs": rulepack.available(),
        "mappings": importrun.mappings(),
        "may_import": request.standing.may("import.run"),
        "refusal": refusal,
    }


def _upload(request: Asked) -> HttpResponse:
    now = timezone.now()
    access.require(request.user, "import.run", at=now)
    file = request.FILES.get("file")
    if file is None:
        raise Refused("file_missing")
    kept = upload.keep(
        _root(),
        file.name or "",
        file.chunks(),
        kind=request.POST.get("kind", ""),
        outbreak="" if request.POST.get("outbreak") == NEW else request.POST.get("outbreak", ""),
        by=request.user.pk,
        at=now,
    )
    chosen = request.POST.get("mapping", "")
    try:
        upload.choose(kept, chosen)
        if request.POST.get("outbreak") == NEW:
            said = {name: request.POST.get(f"new-{name}", "") for name in DESCRIBED}
            said["name"] = said.pop("name_en")
            detected_at = asof.parse(request.POST.get("new-detected_at", ""), name=_("detected at"))
            upload.describe(kept, said, chosen, detected_at=detected_at)
    except Refused:
        upload.throw_away(kept)
        raise
    kept.write()
    return redirect("import_new", token=kept.token)


@page("import.run")
def import_new(request: Asked, token: str) -> HttpResponse:
    """The columns of an upload and their fields; trying it; taking it in."""
    kept = upload.look_after(upload.find(_root(), token, by=request.user.pk))
    if kept.state == "done":
        return redirect("import_run", kept.run)
    if kept.state in ("waiting", "running"):
        if kept.state == "waiting" and request.POST.get("deed") == "again":
            _defer(kept)
        late = kept.state == "waiting" and timezone.now() - kept.written_at > LATE
        return render(request, "web/import_waits.html", {"kept": kept, "late": late})
    context: dict[str, Any] = {"kept": kept}
    if kept.state == "failed":
        context["trouble"] = _trouble(kept)
    if kept.state == "tried" and request.method == "GET":
        context |= {"report": kept.report, "problems": upload.problems_of(kept)}
    try:
        context["look"] = look = upload.look(kept)
        if request.method == "POST":
            kept.section, kept.sheet = _section(request, kept, look), request.POST.get("sheet", "").strip()
            kept.state, kept.trouble, kept.report = "new", {}, {}
            kept.write()
            if done := _deed(request, kept, context):
                return done
    except problems.Unreadable as unreadable:
        context["unreadable"] = unreadable
    except Refused as refused:
        context["refusal"] = words_for(refused)
    if seen := context.get("look"):
        chosen = upload.chosen_fields(kept, seen)
        context["fields"] = labelled(seen.fields)
        context["missing"] = [
            label for name, label, wanted in context["fields"] if wanted and name not in chosen.values()
        ]
        context["columns"] = [
            (
                index,
                name,
                chosen.get(name, ""),
                [row[index] for row in seen.rows if index < len(row)],
            )
            for index, name in enumerate(seen.columns)
        ]
    return render(request, "web/import_new.html", context)


def _deed(request: Asked, kept: upload.Upload, context: dict[str, Any]) -> HttpResponse | None:
    now = timezone.now()
    deed = request.POST.get("deed")
    if deed == "save":
        mapping.save(request.POST.get("mapping_name", ""), kept.kind, kept.section, actor=request.user, at=now)
        messages.success(request, _("The mapping is saved for the next file of this kind."))
    elif deed in ("try", "run") and kept.path.stat().st_size > SYNCHRONOUS:
        kept.state, kept.deed = "waiting", deed
        _defer(kept)
        return redirect("import_new", token=kept.token)
    elif deed == "try":
        context["report"] = upload.try_in(kept, actor=request.user, at=now)
        context["problems"] = upload.problems_of(kept)
    elif deed == "run":
        report = upload.take_in(kept, actor=request.user, at=now)
        return redirect("import_run", report.run)
    return None


def _defer(kept: upload.Upload) -> None:
    """Leave it to the worker; the page of the upload shows how far it is."""
    from procrastinate.contrib.django import app

    kept.write()
    app.configure_task("take_in").defer(token=kept.token)


def _section(request: Asked, kept: upload.Upload, seen: upload.Look) -> dict[str, Any]:
    """The mapping as the form says it, with what a chosen mapping says beyond the form (words of values, constants)."""
    fields = {name for name, _required in seen.fields}
    rest = {name: said for name, said in kept.section.items() if name not in ASKED}
    section: dict[str, Any] = {**rest, "columns": {}, "ignore": []}
    for index, column in enumerate(seen.columns):
        field = request.POST.get(f"column-{index}", "")
        if field in fields:
            section["columns"][column] = field
        else:
            section["ignore"].append(column)
    if request.POST.get("day_first") in ("yes", "no"):
        section["day_first"] = request.POST["day_first"] == "yes"
    if request.POST.get("default_year", "").isdecimal():
        section["default_year"] = int(request.POST["default_year"])
    return section


def _trouble(kept: upload.Upload) -> str:
    if code := kept.trouble.get("code"):
        return str(words_for(Refused(code, **kept.trouble.get("facts", {}))))
    if code := kept.trouble.get("unreadable"):
        said = problems.Unreadable(kept.name, code, **kept.trouble.get("facts", {}))
        return f"{said.what} {said.next_step}"
    return _("The import stopped before its end; nothing of it was taken in. Try it again.")


@page("import.read")
def import_run(request: Asked, number: int) -> HttpResponse:
    """What became of an import, with every row's problem."""
    run = importrun.run(number)
    asked = {name: request.GET.get(name, "") for name in ("severity", "code")}
    shown = listing.page(request, importrun.problems(run, **asked))
    may_undo = request.standing.may("import.undo") and run.state == "done"
    context = {
        "run": run,
        "page": shown,
        "problems": [_said(one) for one in shown.rows],
        "counts": importrun.problem_counts(run),
        "asked": asked,
        "may_undo": may_undo,
        "outlook": _outlook(run, request) if may_undo and request.GET.get("undo") else None,
    }
    return render(request, "web/import_run.html", context)


def _said(one: Any) -> dict[str, Any]:
    said = problems.Problem(one.row, one.column or None, one.code, one.severity, one.facts)
    return {"row": one.row, "column": one.column, "code": one.code, "severity": one.severity,
            "message": said.message, "next_step": said.next_step, "raw": one.raw}  # fmt: skip


@require_POST
@page("import.undo")
def import_undo(request: Asked, number: int) -> HttpResponse:
    """Take an import back."""
    run = importrun.run(number)
    done = undo.undo(run.pk, actor=request.user, at=timezone.now())
    messages.success(request, _undone(done))
    return redirect("import_run", number)


def _undone(done: undo.Undone) -> str:
    """What taking back did, in words."""
    words = _(
        "Withdrawn: %(withdrawn)s. Restored: %(restored)s. Removed from registers: %(removed)s. "
        "Kept because other records refer to them: %(kept)s."
    )
    counts = {name: getattr(done, name) for name in ("withdrawn", "restored", "removed")}
    return words % {**counts, "kept": sum(done.kept.values())}


def _outlook(run: Any, request: Asked) -> str:
    """What taking back would do: it is done and rolled back."""
    with transaction.atomic():
        done = undo.undo(run.pk, actor=request.user, at=timezone.now())
        transaction.set_rollback(True)
    return _undone(done)


urlpatterns = [
    path("imports/", imports, name="imports"),
    path("imports/new/<str:token>/", import_new, name="import_new"),
    path("imports/<int:number>/", import_run, name="import_run"),
    path("imports/<int:number>/undo/", import_undo, name="import_undo"),
]
