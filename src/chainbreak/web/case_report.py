"""The investigation report of a case (流行病学调查报告): core information first; PDF and Word, in Chinese and English.

It holds numbers and never names (P-06), says on every page who took it out and when (P-07), and is on record.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from chainbreak.command.selectors import casetime
from chainbreak.exchange.document import docx, pdf
from chainbreak.exchange.document.content import Block, Document, Facts, Heading, Paragraph, Table
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit
from chainbreak.investigation.selectors import casefile, line_list
from chainbreak.investigation.services.casefile import open_record
from chainbreak.measures.services import derive
from chainbreak.registry.selectors import area as areas

from . import asof, case_time
from .case_file import FIELDS, say
from .door import Asked, page
from .words import account, instant, word

CORE = (
    "reported_in", "reported_at", "onset_date", "first_positive_at", "discovery_route", "isolated_at", "origin",
    "source_status", "trajectory_status",
)  # fmt: skip
FORMS = {
    "pdf": (pdf.write, "application/pdf"),
    "docx": (docx.write, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


@page("case.open")
def report(request: Asked, outbreak: str, number: int, form: str) -> HttpResponse:
    """The report as a file: `…/report.pdf`, `…/report.docx`, `?language=zh|en`."""
    now = timezone.now()
    access.require(request.user, "export.run", at=now)
    opened = open_record(outbreak, number, actor=request.user, act="case.open", at=now)
    seen = asof.read(request, outbreak=outbreak)
    language = request.GET.get("language", "zh")
    if language not in ("zh", "en") or form not in FORMS:
        raise Refused("bad_filter", name="language", value=language)
    derivation = derive.snapshot(opened.outbreak, as_known=seen.as_known, at=now)
    file = casefile.read(opened.case, derivation, as_of=seen.as_of, as_known=seen.as_known)
    audit.record("case.reported", actor=request.user, at=now, subject=f"case:{opened.case}", detail={"form": form})
    with override("zh-hans" if language == "zh" else "en"):
        mark = f"{account(request.user)} · {instant(now)}"
        found = _document(file, seen, language, mark)
    write, content_type = FORMS[form]
    response = HttpResponse(write(found), content_type=content_type)
    name = f"case-{outbreak}-{number}-{language}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store, private"
    return response


def _document(file: casefile.CaseFile, seen: asof.AsOf, language: str, mark: str) -> Document:
    found = casetime.events(file, as_of=seen.as_of, as_known=seen.as_known)
    names = areas.names({str(getattr(one.report, "reported_in", "")) for one in file.versions})
    return Document(
        language=language,
        title=_("Case investigation report"),
        subtitle=_("%(outbreak)s · case %(n)s · as of %(at)s")
        % {"outbreak": seen.outbreak, "n": file.case.number, "at": instant(seen.as_of, end=True)},
        blocks=[*_core(file, names), *_time(found, names), *_places(file), *_contacts(file), *_chain(file)],
        banner=_("Internal; not to be passed on"),
        footer=_("Taken out by %(mark)s") % {"mark": mark},
    )


def _core(file: casefile.CaseFile, names: dict[str, str]) -> list[Block]:
    case = file.case
    classes = dict(line_list.CHOICES["classification"])
    pairs = [
        (_("Case number"), f"{case.outbreak.code}-{case.number}"),
        (_("Person"), case.person.number),
        (_("Class"), str(classes.get(case.classification_then, "–"))),
    ]
    pairs += [(str(FIELDS[name]), say(name, getattr(case, name, None), names) or "–") for name in CORE]
    if file.window:
        until = instant(file.window.until, end=True) if file.window.until else _("open until isolated")
        pairs.append((_("Infectious window"), f"{instant(file.window.from_at)} – {until}"))
    persons = sum(n for _setting, n, _close in file.contacts_by_setting)
    close = sum(n for _setting, _all, n in file.contacts_by_setting)
    pairs.append((_("Persons exposed, of them close contacts"), f"{persons} / {close}"))
    return [Heading(_("1. Core information")), Facts(pairs)]


def _time(found: list[casetime.Event], names: dict[str, str]) -> list[Block]:
    lines = [one for one in case_time.lines(found, names) if one.event.kind not in ("stay", "exposure")]
    rows = [[line.when, line.kind, line.text] for line in lines]
    if not rows:
        return [Heading(_("2. Course")), Paragraph(_("Nothing is recorded."))]
    return [Heading(_("2. Course")), Table([_("When"), _("What"), _("Detail")], rows)]


def _places(file: casefile.CaseFile) -> list[Block]:
    rows = [
        [instant(one.arrived_at), instant(one.left_at, end=True), one.get_evidence_display(), str(one.place)]
        for one in file.segments
    ]
    if not rows:
        return [Heading(_("3. Trajectory")), Paragraph(_("No stay is recorded."))]
    return [Heading(_("3. Trajectory")), Table([_("From"), _("Until"), _("Evidence"), _("Place")], rows)]


def _contacts(file: casefile.CaseFile) -> list[Block]:
    rows = [[str(n), str(close), word("setting", setting)] for setting, n, close in file.contacts_by_setting]
    if not rows:
        return [
            Heading(_("4. Contacts by setting")),
            Paragraph(_("Nobody is known to have been exposed to this case.")),
        ]
    return [
        Heading(_("4. Contacts by setting")),
        Table([_("Persons"), _("of them close contacts"), _("Setting")], rows),
    ]


def _chain(file: casefile.CaseFile) -> list[Block]:
    rows: list[list[Any]] = [
        [str(link.infector.number), str(link.infectee.number), str(link.get_state_display()), word("basis", link.basis)]
        for link in (*file.links_in, *file.links_out)
    ]
    if not rows:
        return [Heading(_("5. Transmission")), Paragraph(_("No link to another case is recorded."))]
    return [Heading(_("5. Transmission")), Table([_("Infector"), _("Infected"), _("State"), _("Basis")], rows)]


urlpatterns = [path("cases/<str:outbreak>/<int:number>/report.<str:form>", report, name="case_report")]
