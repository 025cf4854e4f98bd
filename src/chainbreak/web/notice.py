"""The notice that a contact is given (告知书): number, code word, why, until when, next tests, how to appeal; PDF in both languages.

The rule and its edition stand on it (P-01). It holds no name; the look is on record.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from chainbreak.epi.appeal import Deadline
from chainbreak.exchange.document import pdf
from chainbreak.exchange.document.content import Block, Bullets, Document, Facts, Heading, Paragraph, Table
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit
from chainbreak.investigation.selectors import contact as contacts_of
from chainbreak.measures.selectors import due
from chainbreak.measures.services import derive
from chainbreak.measures.services.appeal import deadline_of
from chainbreak.registry.services import codeword, people

from . import asof
from .door import Asked, page
from .public import reason_words
from .rules import why
from .words import account, instant, word


@page("contact.open")
def notice(request: Asked, outbreak: str, number: str) -> HttpResponse:
    """The notice as a PDF, `?language=zh|en`; for roles that may see the name of the person (P-06)."""
    now = timezone.now()
    seen = asof.read(request, outbreak=outbreak)
    record = people.open_record(
        number, actor=request.user, act="contact.open", at=now, matter_area=seen.outbreak.area_code
    )
    if not record.named:
        raise access.not_permitted("person.visit")
    derivation = derive.snapshot(seen.outbreak, as_known=seen.as_known, at=now)
    found = contacts_of.contact_of(derivation, record.person.pk, seen.as_of)
    if found is None:
        raise Refused("not_a_contact", number=number, outbreak=outbreak)
    language = request.GET.get("language", "zh")
    if language not in ("zh", "en"):
        raise Refused("bad_filter", name="language", value=language)
    audit.record("notice.printed", actor=request.user, at=now, subject=f"person:{number}")
    with override("zh-hans" if language == "zh" else "en"):
        today = timezone.localdate(seen.as_of - timedelta(microseconds=1))
        tests = [
            one.due.on_date
            for one in due.tests_of(derivation, record.person.pk, today=today, as_known=seen.as_known)
            if one.due.on_date > today
        ]
        document = Document(
            language=language,
            title=_("Notice of a measure"),
            subtitle=_("%(outbreak)s · as of %(at)s")
            % {"outbreak": seen.outbreak, "at": instant(seen.as_of, end=True)},
            blocks=[
                Facts([(_("Number"), number), (_("Code word"), codeword.of(number))]),
                Paragraph(reason_words(f"contact{found.degree}"), strong=True),
                *_measures(due.measures_of(derivation, record.person.pk), seen.outbreak.rule_pack),
                *_tests(tests),
                *_rights(request, deadline_of(seen.outbreak)),
            ],
            footer=_("Given out by %(mark)s") % {"mark": f"{account(request.user)} · {instant(now)}"},
        )
    response = HttpResponse(pdf.write(document), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="notice-{number}-{language}.pdf"'
    response["Cache-Control"] = "no-store, private"
    return response


def _measures(measures: list, pack: str) -> list[Block]:
    if not measures:
        return [Paragraph(_("No measure is due."))]
    rows, rules = [], []
    for one in measures:
        rule = why(pack, one.rule)
        rows.append([instant(one.starts_at), instant(one.ends_at, end=True), word("measure", one.measure)])
        if rule:
            rules.append(f"{rule.text} ({rule.rule}, {rule.edition}; {rule.source})")
    return [
        Heading(_("What you are asked, and until when")),
        Table([_("From"), _("Until"), _("Measure")], rows),
        Heading(_("By which rule")),
        Bullets(rules),
    ]


def _tests(days: list) -> list[Block]:
    return [Heading(_("Tests on")), Paragraph(_(", ").join(f"{day:%Y-%m-%d}" for day in days))] if days else []


def _rights(request: Asked, deadline: Deadline) -> list[Block]:
    return [
        Heading(_("Your rights")),
        Bullets(
            [
                _("You may read your own status at any time with number and code word: %(address)s")
                % {"address": request.build_absolute_uri(reverse("public_status"))},
                _(
                    "You may appeal at any time at %(address)s, by phone, in person or through a relative. "
                    "The answer must come within %(hours)s hours, with reasons (rule %(rule)s)."
                )
                % {
                    "address": request.build_absolute_uri(reverse("public_appeal")),
                    "hours": f"{deadline.hours:g}",
                    "rule": deadline.rule,
                },
                _(
                    "Whoever needs a doctor at once goes to a hospital or calls 120: no test and no code may delay care."
                ),
                _("Keep the code word to yourself: with the number it shows what this page shows."),
            ]
        ),
    ]


urlpatterns = [path("contacts/<str:outbreak>/<str:number>/notice.pdf", notice, name="contact_notice")]
