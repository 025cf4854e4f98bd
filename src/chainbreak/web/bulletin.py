"""Bulletins (通报): the list, one with what each number counts beside table R-1, its print, its steps, as a document."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chainbreak.command.selectors import bulletin as bulletins
from chainbreak.command.selectors.instant import parse_as_of
from chainbreak.command.services import bulletin as deeds
from chainbreak.exchange import bulletin_docx
from chainbreak.exchange.document import pdf
from chainbreak.exchange.document.content import Block, Bullets, Document, Heading, Paragraph
from chainbreak.governance.refusal import Refused

from . import asof
from .board import reconciliation_rows
from .door import Asked, page
from .words import words_for

DEEDS = {"check": deeds.check, "approve": deeds.approve, "publish": deeds.publish, "correct": deeds.correct}
ACTS = {
    "check": "bulletin.check",
    "approve": "bulletin.approve",
    "publish": "bulletin.publish",
    "correct": "bulletin.compute",
}
NEXT = {"computed": "check", "checked": "approve", "approved": "publish", "published": "correct"}
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@page("bulletin.read")
def bulletin_list(request: Asked) -> HttpResponse:
    seen = asof.read(request)
    found = list(bulletins.bulletins(seen.outbreak)[:200]) if seen.outbreak else []
    context = {"seen": seen, "bulletins": found, "may_compute": request.standing.may("bulletin.compute")}
    return render(request, "web/bulletins.html", context)


@page("bulletin.read")
def bulletin(request: Asked, number: int) -> HttpResponse:
    return _show(request, number)


@page("bulletin.read")
def bulletin_print(request: Asked, number: int) -> HttpResponse:
    found = bulletins.bulletin_of(number)
    language = _language(request)
    text = bulletins.printed(found, bulletins.facts(found), language)
    return render(request, "web/bulletin_print.html", {"bulletin": found, "text": text, "language": language})


@page("bulletin.read")
def bulletin_document(request: Asked, number: int) -> HttpResponse:
    found = bulletins.bulletin_of(number)
    language = _language(request)
    text = bulletins.printed(found, bulletins.facts(found), language)
    response = HttpResponse(bulletin_docx.write(text, language), content_type=DOCX)
    name = f"bulletin-{found.outbreak.code}-{found.as_of:%Y%m%d}-{found.number}-{language}.docx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@page("bulletin.read")
def bulletin_pdf(request: Asked, number: int) -> HttpResponse:
    """The bulletin as a newspaper could print it: A4, fonts embedded, tagged."""
    found = bulletins.bulletin_of(number)
    language = _language(request)
    text = bulletins.printed(found, bulletins.facts(found), language)
    with override("zh-hans" if language == "zh" else "en"):
        blocks: list[Block] = [Paragraph(one) for one in text.paragraphs]
        if text.corrections:
            blocks += [Heading(_("What is corrected")), Bullets(list(text.corrections))]
        draft = "" if text.state in ("published", "superseded") else _("Not published; not to be passed on")
        footer = _("Bulletin %(n)s") % {"n": found.number}
    document = Document(language, text.title, text.as_of, blocks, banner=draft, footer=footer, serif=True)
    response = HttpResponse(pdf.write(document), content_type="application/pdf")
    name = f"bulletin-{found.outbreak.code}-{found.as_of:%Y%m%d}-{found.number}-{language}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@page("bulletin.compute")
def bulletin_compute(request: Asked) -> HttpResponse:
    """The button "compute" on the list."""
    as_of = parse_as_of(request.POST.get("as_of", ""))
    made = deeds.compute(request.POST.get("outbreak", ""), as_of=as_of, actor=request.user, at=timezone.now())
    return redirect("bulletin", made.pk)


@require_POST
@page("bulletin.read")
def bulletin_deed(request: Asked, number: int, deed: str) -> HttpResponse:
    """One step of a bulletin's course; a refusal is shown on the bulletin's own page."""
    if deed not in DEEDS:
        raise Refused("unknown_bulletin", number=number)
    more = {"reviewed": set(request.POST.getlist("reviewed"))} if deed == "check" else {}
    try:
        made = DEEDS[deed](number, actor=request.user, at=timezone.now(), **more)
    except Refused as refused:
        return _show(request, number, refused=refused)
    return redirect("bulletin", made.pk)


def _show(request: Asked, number: int, refused: Refused | None = None) -> HttpResponse:
    found = bulletins.bulletin_of(number)
    facts = bulletins.facts(found)
    table = bulletins.reconciliation(found)
    step = NEXT.get(found.state)
    review = bulletins.needs_review(facts, deeds.small_cell(found.outbreak)) if step == "check" else []
    clocks = {"as_of": found.as_of.isoformat(), "as_known": found.as_known and found.as_known.isoformat()}
    keep = "?" + urlencode({key: value for key, value in clocks.items() if value})
    rows = [(fact, reverse("figure", args=[found.outbreak.code, fact.key]) + keep) for fact in facts]
    context = {
        "bulletin": found,
        "rows": rows,
        "changed": bulletins.changed(facts),
        "review": [fact for fact in facts if fact.key in review],
        "reviewed": set(request.POST.getlist("reviewed")),
        "zh": bulletins.printed(found, facts, "zh"),
        "en": bulletins.printed(found, facts, "en"),
        "table": table,
        "table_rows": reconciliation_rows(table) if table else [],
        "step": step,
        "course": [
            (code, words, _stage(found.state, code)) for code, words in bulletins.STATES if code != "superseded"
        ],
        "may_step": step is not None and request.standing.may(ACTS[step]),
        "step_words": {
            "check": _("Check"),
            "approve": _("Approve"),
            "publish": _("Publish"),
            "correct": _("Correct"),
        }.get(step or "", ""),
        "refused": words_for(refused) if refused else None,
    }
    return render(request, "web/bulletin.html", context, status=409 if refused else 200)


def _stage(state: str, code: str) -> str:
    """Whether a step of the course is done, is where the bulletin stands, or comes later."""
    order = [one for one, _words in bulletins.STATES]
    if state == code:
        return "now"
    return "done" if order.index(code) < order.index(state) else "later"


def _language(request: Asked) -> str:
    asked = request.GET.get("language") or ("en" if (get_language() or "").startswith("en") else "zh")
    if asked not in ("zh", "en"):
        raise Refused("bad_filter", name="language", value=asked)
    return asked


urlpatterns = [
    path("bulletins/", bulletin_list, name="bulletins"),
    path("bulletins/compute/", bulletin_compute, name="bulletin_compute"),
    path("bulletins/<int:number>/", bulletin, name="bulletin"),
    path("bulletins/<int:number>/print/", bulletin_print, name="bulletin_print"),
    path("bulletins/<int:number>/docx/", bulletin_document, name="bulletin_document"),
    path("bulletins/<int:number>/pdf/", bulletin_pdf, name="bulletin_pdf"),
    path("bulletins/<int:number>/<str:deed>/", bulletin_deed, name="bulletin_deed"),
]
