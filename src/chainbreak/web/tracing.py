"""Find contacts (同时空排查): ask, see how far it is, look at who was found, take them in after a preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from chainbreak.command.services import correction
from chainbreak.governance import words
from chainbreak.governance.refusal import Refused
from chainbreak.governance.selectors import worker
from chainbreak.investigation.selectors import candidate
from chainbreak.investigation.services import finding, lake, proposal, search
from chainbreak.investigation.services.casefile import open_record
from chainbreak.measures.services import derive

from . import asof
from .correction import shown
from .door import Asked, page
from .words import words_for

SHOWN = 100
REASONS = {
    "household": gettext_lazy("lives with the case"),
    "long": gettext_lazy("long together"),
    "recent": gettext_lazy("in the last days"),
    "vulnerable": gettext_lazy("old, very young or in need of care"),
}
STANDINGS = {
    "new": pgettext_lazy("found contact", "new"),
    "second": gettext_lazy("known as a contact of a contact, closer by the lake"),
    "pending": gettext_lazy("waits for a determination"),
    "determined": gettext_lazy("determined already"),
    "case": gettext_lazy("is a case"),
    "unregistered": gettext_lazy("not in the register of persons"),
}
STEPS = {
    "waiting": gettext_lazy("waits for the worker"),
    "opening": gettext_lazy("looks at what the lake holds"),
    "contacts": gettext_lazy("looks for who was with the case"),
    "nearly": gettext_lazy("looks for who nearly was"),
    "companions": gettext_lazy("looks for companions"),
    "done": gettext_lazy("done"),
}
words.register(
    {"trial_takes_nothing": gettext_noop("This search is a trial under another rule; nobody is taken in from it.")}
)
INTERRUPTED = gettext_lazy("The search was interrupted, for the server or its worker was stopped. Run it again.")


@page("case.open")
def find(request: Asked, outbreak: str, number: int) -> HttpResponse:
    """Ask for the contacts of a case; and the searches that are kept."""
    now = timezone.now()
    opened = open_record(outbreak, number, actor=request.user, act="case.open", at=now)
    context: dict[str, Any] = {"seen": asof.read(request, outbreak=outbreak), "case": opened.case, "asked": {}}
    if request.method == "POST":
        made = search.ask(opened.case, question(request.POST), actor=request.user, at=now)
        _hand_over(made)
        return redirect("found_contacts", outbreak, number, made.token)
    try:
        context["window"] = finding.window_of(opened.case, now)
    except Refused as refused:
        context["refusal"] = words_for(refused)
    context["kept"] = [one for one in search.of_case(opened.case) if one.state != "cancelled"][:10]
    return render(request, "web/tracing_find.html", context)


@page("case.open")
def found(request: Asked, outbreak: str, number: int, token: str) -> HttpResponse:
    """One search: how far it is, or who was found; taking them in, after a preview."""
    now = timezone.now()
    act = "contact.determine" if request.POST.get("deed") in ("take", "take_back") else "case.open"
    opened = open_record(outbreak, number, actor=request.user, act=act, at=now)
    of = search.find(token, case=opened.case)
    if request.method == "POST" and request.POST.get("deed") in ("cancel", "again"):
        return _steer(request, of)
    if of.state == "waiting" and now - of.asked_at > search.LATE:
        search.work(of.token, clock=timezone.now, alone=True)
        of = search.find(token, case=opened.case)
    context: dict[str, Any] = {"seen": asof.read(request, outbreak=outbreak), "case": opened.case, "of": of}
    if of.state not in ("done", "taken"):
        said = Refused(of.trouble.get("code", ""), **of.trouble.get("facts", {}))
        context |= {
            "step": STEPS[of.step],
            "trouble": INTERRUPTED if said.code in ("interrupted", "unexpected") else words_for(said),
        }
        return render(request, "web/tracing_waits.html", context)
    answer = search.answer_of(of)
    listed = _described(opened.case, answer, now)
    if request.method == "POST":
        return _deed(request, opened.case, of, answer, listed, context)
    return _list(request, opened.case, of, answer, listed, context)


@dataclass(frozen=True)
class Listed:
    """The persons of an answer as they stand now, and whose question has lost its reason."""

    contacts: list[candidate.Candidate]
    nearly: list[candidate.Candidate]
    companions: list[candidate.Candidate] | None
    lost: list[Any]


def _described(case: Any, answer: finding.Answer, now: Any) -> Listed:
    derivation = derive.snapshot(case.outbreak, at=now)

    def of(table: Any) -> list[candidate.Candidate]:
        return candidate.describe(case, derivation, table, least=answer.minutes, at=now) if table.num_rows else []

    contacts = of(answer.contacts)
    return Listed(
        contacts,
        of(answer.nearly),
        None if answer.companions is None else of(answer.companions),
        candidate.lost(case, [one.number for one in contacts]) if answer.case_has_stays else [],
    )


def _list(
    request: Asked, case: Any, of: search.Search, answer: finding.Answer, listed: Listed, context: dict[str, Any]
) -> HttpResponse:
    asked = {name: request.GET.get(name, "") for name in ("standing", "reason", "degree", "q")}
    rows = _filtered(listed.contacts, asked)
    first = _page(request, len(rows))
    areas = (case.person.area_code, case.outbreak.area_code)
    may = any(request.standing.may("contact.determine", area) for area in areas)
    outdated = search.is_outdated(of, answer, case, at=timezone.now())
    part = rows[first : first + SHOWN]
    context |= {
        "answer": answer,
        "writing": lake.is_being_written(),
        "asked": asked,
        "rows": _rows(case, answer, part),
        "n_rows": len(rows),
        "first": first + 1,
        "last": first + len(part),
        "before": first - SHOWN if first else None,
        "after": first + SHOWN if first + SHOWN < len(rows) else None,
        "n_all": len(listed.contacts),
        "counts": _counts(listed.contacts),
        "reasons": [(code, said) for code, said in REASONS.items() if any(code in c.reasons for c in listed.contacts)],
        "standings": STANDINGS,
        "nearly": _rows(case, answer, listed.nearly[:SHOWN]),
        "n_nearly": len(listed.nearly),
        "companions": None if listed.companions is None else listed.companions[:SHOWN],
        "n_companions": len(listed.companions or ()),
        "lost": listed.lost[:SHOWN],
        "n_lost": len(listed.lost),
        "n_new": sum(one.is_takeable for one in listed.contacts),
        "outdated": outdated,
        "may_take": may and not of.asked.is_trial and not outdated,
        "token": of.token,
    }
    return render(request, "web/tracing_found.html", context)


def _deed(
    request: Asked, case: Any, of: search.Search, answer: finding.Answer, listed: Listed, context: dict[str, Any]
) -> HttpResponse:
    """Take those chosen in, or take questions back: first the preview, then the deed."""
    now = timezone.now()
    if of.asked.is_trial:
        raise Refused("trial_takes_nothing")
    search.require_current(of, answer, case, at=now)
    deed, wants_all = request.POST.get("deed"), request.POST.get("who") == "all"
    chosen = None if wants_all else request.POST.getlist("person")
    if deed == "take":
        picked = [one for one in listed.contacts if one.is_takeable and (wants_all or one.number in set(chosen or ()))]

        def change() -> int:
            return proposal.take_in(
                case, picked, None, actor=request.user, at=now, basis=_basis(), edition=answer.edition
            )
    else:
        lost = [one for one in listed.lost if wants_all or one.person.number in set(chosen or ())]
        reason = request.POST.get("reason", "").strip()

        def change(trial: bool = False) -> int:
            return proposal.take_back(lost, actor=request.user, at=now, reason=reason or _gone(), trial=trial)

    numbers = [one.number for one in picked] if deed == "take" else [one.person.number for one in lost]
    if not numbers:
        raise Refused("nobody_new")
    if request.POST.get("step") != "confirm":
        seen = derive.preview(change, case.outbreak, as_of=asof.read(request).as_of, at=now)
        context |= {
            "deed": deed, "chosen": [] if wants_all else numbers, "wants_all": wants_all, "n_chosen": len(numbers),
            "outlook": shown(correction.Outlook(seen, ())),
            "reasons": _by_reason(picked) if deed == "take" else [], "reason": _gone(),
        }  # fmt: skip
        return render(request, "web/tracing_confirm.html", context)
    done = change()
    derive.snapshot(case.outbreak, at=now)
    if deed == "take":
        search.settle(of, (of.taken or 0) + done)
        messages.success(request, _("%(n)s persons now wait for a determination.") % {"n": done})
    else:
        messages.success(request, _("%(n)s persons are asked about no more.") % {"n": done})
    return redirect(reverse("contacts", args=[case.outbreak.code]) + "?decision=pending")


def _steer(request: Asked, of: search.Search) -> HttpResponse:
    """End a search, or run it once more."""
    if request.POST["deed"] == "cancel":
        search.cancel(of)
        messages.info(request, _("The search is ended; nothing was recorded."))
        return redirect("find_contacts", of.outbreak, of.case)
    if of.state in ("failed", "cancelled"):
        search.again(of, at=timezone.now())
        _hand_over(of)
    return redirect("found_contacts", of.outbreak, of.case, of.token)


def _hand_over(of: search.Search) -> None:
    """Leave it to the worker; where none is, do it here."""
    if of.state != "waiting":
        return
    if worker.is_alive(timezone.now()):
        _defer(of.token)
    else:
        search.work(of.token, clock=timezone.now, alone=True)


def _defer(token: str) -> None:
    from procrastinate.contrib.django import app

    app.configure_task("find_contacts").defer(token=token)


def question(form: Any) -> finding.Question:
    """What a form asks, checked."""
    text, back = form.get("minutes", "").strip(), form.get("look_back", "").strip()
    degrees = form.get("degrees", "") or "1"
    if degrees not in ("1", "2"):
        raise Refused("bad_filter", name="degrees", value=degrees)
    if back and back not in ("1", "2", "3", "4", "7", "14"):
        raise Refused("bad_filter", name="look_back", value=back)
    try:
        minutes = float(text.replace("，", ".").replace(",", ".")) if text else None
    except ValueError:
        raise Refused("bad_filter", name="minutes", value=text) from None
    if minutes is not None and not 0 <= minutes <= 100_000:
        raise Refused("bad_filter", name="minutes", value=text)
    return finding.Question(int(degrees), minutes, int(back) if back else None, bool(form.get("companions")))


def _rows(case: Any, answer: finding.Answer, found: list[candidate.Candidate]) -> list[dict[str, Any]]:
    """The persons of a page with words, and what their stays and the case's rest on."""
    near = [one.number for one in found if one.degree == 1]
    kinds = finding.rests_on(case, near, answer.window) if near else {}
    return [
        {
            "one": one,
            "reasons": [REASONS[code] for code in one.reasons],
            "standing": STANDINGS[one.standing],
            "evidence": [candidate.EVIDENCE.get(code, code) for code in kinds.get(one.number, ())],
        }
        for one in found
    ]


def _filtered(rows: list[candidate.Candidate], asked: dict[str, str]) -> list[candidate.Candidate]:
    for name, known in (("standing", STANDINGS), ("reason", REASONS), ("degree", ("1", "2"))):
        if asked[name] and asked[name] not in known:
            raise Refused("bad_filter", name=name, value=asked[name])
    return [
        one
        for one in rows
        if asked["standing"] in ("", one.standing)
        and (not asked["reason"] or asked["reason"] in one.reasons)
        and asked["degree"] in ("", str(one.degree))
        and one.number.upper().startswith(asked["q"].strip().upper())
    ]


def _counts(rows: list[candidate.Candidate]) -> list[tuple[str, Any, int]]:
    counted = [(code, said, sum(one.standing == code for one in rows)) for code, said in STANDINGS.items()]
    return [line for line in counted if line[2]]


def _by_reason(rows: list[candidate.Candidate]) -> list[tuple[Any, int]]:
    counted = [(said, sum(code in one.reasons for one in rows)) for code, said in REASONS.items()]
    return [line for line in counted if line[1]]


def _page(request: Asked, most: int) -> int:
    text = request.GET.get("from", "0") or "0"
    if not text.isdecimal() or len(text) > 9:
        raise Refused("bad_filter", name="from", value=text)
    return min(int(text), max(0, most - 1)) // SHOWN * SHOWN


def _basis() -> str:
    return _("Trajectory lake: %(minutes)s minutes in %(meetings)s meetings, longest at %(place)s; rules %(edition)s")


def _gone() -> str:
    return _("By the stays as they are now, this person was not long enough with the case.")


urlpatterns = [
    path("tracing/<str:outbreak>/<int:number>/", find, name="find_contacts"),
    path("tracing/<str:outbreak>/<int:number>/found/<str:token>/", found, name="found_contacts"),
]
