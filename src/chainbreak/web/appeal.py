"""Appeals in the house (申诉办理): the work list with age and deadline, what is behind a measure, the answer with reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from chainbreak.command.services import correction
from chainbreak.epi import appeal as rule
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import contact as contacts_of
from chainbreak.measures.selectors import appeal as appeals
from chainbreak.measures.selectors import stay as stays_of
from chainbreak.measures.services import appeal as deeds
from chainbreak.measures.services import derive
from chainbreak.registry.selectors import area as areas
from chainbreak.registry.services import people

from . import asof, columns, listing
from .contacts import exposed_of
from .correction import shown
from .door import Asked, page
from .order import Sort
from .public_appeal import about_of
from .rules import why
from .words import instant, words_for

ABOUT, GROUNDS, STATES = dict(appeals.ABOUT), dict(appeals.GROUNDS), dict(appeals.STATES)
COLUMNS = {
    "person": gettext_lazy("Person"),
    "outbreak": gettext_lazy("Outbreak"),
    "about": pgettext_lazy("appeal", "About"),
    "grounds": pgettext_lazy("appeal", "Grounds"),
    "state": gettext_lazy("State"),
    "made": pgettext_lazy("appeal", "Made"),
    "due": pgettext_lazy("appeal", "Answer due"),
    "area": gettext_lazy("Area"),
    "channel": pgettext_lazy("appeal", "How it came"),
}
USUAL = ("person", "about", "grounds", "state", "made", "due")
SORTS = {
    "number": Sort("number", may_lack=False),
    "about": Sort("about", may_lack=False),
    "grounds": Sort("grounds", may_lack=False),
    "state": Sort("state"),
    "made": Sort("at", "time", may_lack=False),
    "due": Sort("due_then", "time"),
    "area": Sort("person__area_code", may_lack=False),
}
SHOWN = (
    ("open", pgettext_lazy("appeals", "waiting for an answer")),
    ("answered", pgettext_lazy("appeals", "answered")),
    ("all", gettext_lazy("all")),
)


class TakenForm(forms.Form):
    """An appeal written down for somebody who calls or comes."""

    number = forms.CharField(label=gettext_lazy("Person number"), max_length=40)
    about = forms.ChoiceField(label=gettext_lazy("What is it about?"), choices=appeals.ABOUT)
    grounds = forms.ChoiceField(label=gettext_lazy("Why is it wrong?"), choices=appeals.GROUNDS)
    statement = forms.CharField(
        label=gettext_lazy("What they say, and what shows it"), max_length=deeds.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    channel = forms.ChoiceField(label=pgettext_lazy("appeal", "How it came"), choices=appeals.CHANNELS)
    relation = forms.ChoiceField(label=pgettext_lazy("appeal", "Who says it?"), choices=appeals.RELATIONS)
    contact = forms.CharField(
        label=gettext_lazy("Phone for questions (need not be given)"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "data-private": ""}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field.widget, forms.Select) else "form-control"


@page("appeal.read")
def appeal_list(request: Asked) -> HttpResponseBase:
    """The work list: what waits, since when, until when."""
    seen = asof.read(request)
    if seen.outbreak is None:
        raise Refused("no_outbreak")
    asked = {name: request.GET.get(name, "").strip() for name in ("show", "about", "q")}
    late = request.GET.get("late") == "1"
    as_of = _instant(seen)
    order = columns.chosen(request, COLUMNS, usual=USUAL, first=("number", _("Receipt number")), sorts=SORTS)
    every = appeals.appeals(seen.outbreak, as_of=as_of, as_known=seen.as_known)
    found = request.standing.within(
        appeals.narrowed(every, as_of=as_of, late=late, **asked), "appeal.read", "person__area_code"
    ).order_by("pk")
    if request.GET.get("format") == "csv":
        return _export(request, seen.outbreak.code, order.order.rows(found), order)
    listed = listing.page(request, found, order=order.order)
    for row in listed.rows:
        row.age, row.late = as_of - row.at, row.state in rule.OURS and row.due_then < as_of
    context = {
        "seen": seen, "asked": asked, "late": late, "columns": order, "page": listed, "about": ABOUT,
        "grounds": GROUNDS, "states": STATES, "shows": SHOWN,
        "area_names": areas.names(row.person.area_code for row in listed.rows),
        "tally": appeals.tally(seen.outbreak, as_of=as_of, as_known=seen.as_known),
        "deadline": deeds.deadline_of(seen.outbreak), "may_export": request.standing.may("export.run"),
    }  # fmt: skip
    return render(request, "web/appeals.html", context)


def _instant(seen: asof.AsOf) -> datetime:
    """A work list is about now, not about the last midnight; while looking at the past it is about then."""
    now = timezone.now()
    return seen.as_of if seen.is_past else asof.clock(seen.outbreak, now) + timedelta(minutes=1)


def _export(request: Asked, code: str, found: Any, order: columns.Columns) -> HttpResponseBase:
    """What is seen as a file; what people wrote stays sealed."""

    def cells(row: Any) -> list[object]:
        values = {
            "person": row.person.number, "outbreak": row.outbreak.code, "about": ABOUT[row.about],
            "grounds": GROUNDS[row.grounds], "state": STATES[row.state], "made": instant(row.at),
            "due": instant(row.due_then), "area": row.person.area_code, "channel": row.get_channel_display(),
        }  # fmt: skip
        return [row.number, *order.cells(values)]

    rows = found.iterator(chunk_size=2000)
    return listing.export(request, name=f"appeals-{code}", header=order.header(), rows=rows, cells=cells)


@page("appeal.take")
def take(request: Asked) -> HttpResponse:
    """An appeal by phone, at the door, by letter: written down for the person, who gets the receipt number."""
    seen = asof.read(request)
    if seen.outbreak is None:
        raise Refused("no_outbreak")
    form = TakenForm(request.POST or None, initial={"number": request.GET.get("number", ""), "channel": "phone"})
    answer: dict[str, Any] = {"seen": seen, "form": form}
    if request.method == "POST" and form.is_valid():
        said, now = dict(form.cleaned_data), timezone.now()
        number = said.pop("number").strip().upper()
        try:
            record = people.open_record(
                number, actor=request.user, act="appeal.take", at=now, matter_area=seen.outbreak.area_code
            )
            at = asof.clock(seen.outbreak, now)
            derivation = derive.snapshot(seen.outbreak, at=now)
            made = deeds.submit(
                record.person, seen.outbreak, measure=appeals.running(derivation, record.person.pk, at),
                edition=derivation.pack_edition, actor=request.user, at=at, known_at=now, **said,
            )  # fmt: skip
            answer |= {"made": made, "deadline": deeds.deadline_of(seen.outbreak)}
        except Refused as refused:
            answer["refusal"] = words_for(refused)
    answer["may_open"] = request.standing.may("appeal.open")
    return render(request, "web/appeal_new.html", answer)


@page("appeal.open")
def appeal(request: Asked, number: str) -> HttpResponse:
    """One appeal: who, what, by which rule and facts, what was said, and the answer; the look goes on record."""
    found, record = _opened(request, number)
    return _show(request, found, record)


def _opened(request: Asked, number: str, act: str = "appeal.open") -> tuple[Any, people.Record]:
    found = appeals.of_number(number, as_of=timezone.now())
    asof.read(request, outbreak=found.outbreak.code)
    record = people.open_record(
        found.person.number, actor=request.user, act=act, at=timezone.now(), matter_area=found.outbreak.area_code
    )
    return found, record


def _show(request: Asked, found: Any, record: people.Record, **more: Any) -> HttpResponse:
    now, outbreak = timezone.now(), found.outbreak
    at = asof.clock(outbreak, now)
    derivation = derive.snapshot(outbreak, at=now)
    holds = appeals.running(derivation, found.person_id, at)
    contact = contacts_of.contact_of(derivation, found.person_id, at + timedelta(minutes=1))
    proposal, mine = appeals.proposal_of(found), appeals.decided_by(found)
    standing = request.standing
    local = any(standing.may("appeal.decide", one) for one in (found.person.area_code, outbreak.area_code))
    context = {
        "seen": asof.read(request), "appeal": found, "record": record, "at": at,
        "states": STATES, "late": found.state in rule.OURS and found.due_then < at, "age": at - found.at,
        "statement": appeals.opened(found, found.statement_cipher) if local else "",
        "reach": appeals.opened(found, found.contact_cipher) if record.named else "",
        "steps": [(one.step, one.words if local else "") for one in appeals.steps_of(found)],
        "was_why": why(outbreak.rule_pack, found.rule), "holds": holds,
        "why": why(outbreak.rule_pack, holds.rule) if holds else None, "changed": appeals.is_changed(found, holds),
        "deadline": deeds.deadline_of(outbreak), "contact": contact,
        "exposed": exposed_of(contact, outbreak.rule_pack) if contact else [],
        "stays": stays_of.of_person(found.person_id, None), "area_names": areas.names([found.person.area_code]),
        "may_correct": standing.may("fact.correct"), "may_decide": local, "decisions": appeals.DECISIONS,
        "proposal": proposal, "proposed": STATES[proposal.proposal] if proposal else "",
        "is_second": request.user.pk not in mine,
        "is_mine": proposal is not None and proposal.recorded_by_id == request.user.pk, "open": found.state in rule.WAITING,
        "about_words": ABOUT[found.about], "needs_two": about_of(holds.reason) == "contact" if holds else False,
        **more,
    }  # fmt: skip
    return render(request, "web/appeal.html", context)


@require_POST
@page("appeal.decide")
def act(request: Asked, number: str, deed: str) -> HttpResponse:
    """One deed: take up, ask, tell (for the person), decide, confirm, decline, close."""
    found, record = _opened(request, number, "appeal.decide")
    now, words = timezone.now(), request.POST.get("words", "")
    clocks: dict[str, Any] = {"actor": request.user, "at": asof.clock(found.outbreak, now), "known_at": now}
    as_of = clocks["at"] + timedelta(minutes=1)
    decision = request.POST.get("decision", "")
    if deed not in DEEDS or (deed == "decide" and decision not in rule.DECISIONS):
        raise Refused("bad_filter", name="deed", value=f"{deed} {decision}"[:60])
    deeds_here: dict[str, Callable[[], Any]] = {
        "take_up": lambda: deeds.take_up(number, **clocks),
        "ask": lambda: deeds.ask(number, words, **clocks),
        "tell": lambda: deeds.tell(number, words, **clocks),
        "decide": lambda: deeds.decide(number, decision, words, as_of=clocks["at"], **clocks),
        "confirm": lambda: deeds.confirm(number, as_of=as_of, **clocks),
        "decline": lambda: deeds.decline(number, words, **clocks),
        "take_back": lambda: deeds.take_back(number, **clocks),
        "close": lambda: deeds.close(number, **clocks),
    }
    try:
        if deed == "confirm" and request.POST.get("step") != "confirm":
            outlook = correction.outlook_of(
                lambda: deeds.lift(found, actor=request.user, as_of=as_of, known_at=now, trial=True),
                found.outbreak, as_of=as_of, at=now,
            )  # fmt: skip
            return _show(request, found, record, outlook=shown(outlook))
        made = deeds_here[deed]()
    except Refused as refused:
        return _show(request, found, record, refusal=words_for(refused), typed=words, deed=deed, decision=decision)
    if deed == "confirm":
        derive.snapshot(found.outbreak, at=now)
    messages.success(request, DONE.get("proposed" if made.proposal else deed, DONE["step"]))
    return redirect(reverse("appeal", args=[number]) + asof.kept(request))


DEEDS = ("take_up", "ask", "tell", "decide", "confirm", "decline", "take_back", "close")
DONE = {
    "step": gettext_lazy("Recorded."),
    "decide": gettext_lazy("The answer is recorded; the person reads it with number and code word."),
    "proposed": gettext_lazy("Proposed. Somebody else must agree before it holds, since the facts still give a measure."),
    "confirm": gettext_lazy("The appeal is granted, the person is no contact any more, and all that rests on it is derived again."),
}  # fmt: skip


urlpatterns = [
    path("appeals/", appeal_list, name="appeals"),
    path("appeals/new/", take, name="appeal_new"),
    path("appeals/<str:number>/", appeal, name="appeal"),
    path("appeals/<str:number>/<str:deed>/", act, name="appeal_act"),
]
