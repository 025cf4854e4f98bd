"""Appeals by the people themselves (公众申诉): two taps from their own status, without account or script.

Whoever has shown number and code word holds a token for half an hour, which is posted with the form and never part of
an address. Nothing of what is typed is lost when it has expired: number and word are asked again beside the form.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from chainbreak.epi import appeal as rule
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import outbreak as outbreaks
from chainbreak.measures.selectors import appeal as appeals
from chainbreak.measures.selectors import own_status
from chainbreak.measures.services import appeal as deeds
from chainbreak.registry.services import people

from . import asof
from .ratelimit import RateLimit
from .resident import Denied, Resident, known, private
from .words import words_for

SENT = RateLimit(10, 3600)
SALT, TOKEN_SECONDS = "chainbreak.public.appeal", 30 * 60
ABOUT_OF = {"contact1": "contact", "contact2": "contact"}


class AppealForm(forms.Form):
    """What is wrong, why, who says so, and how the answer reaches them."""

    about = forms.ChoiceField(
        label=gettext_lazy("What is it about?"), choices=appeals.ABOUT, widget=forms.RadioSelect, initial="contact"
    )
    grounds = forms.ChoiceField(
        label=gettext_lazy("Why is it wrong?"), choices=appeals.GROUNDS, widget=forms.RadioSelect, initial="other"
    )
    statement = forms.CharField(
        label=gettext_lazy("In your own words, with what shows it: a ticket, a receipt, who was with you"),
        max_length=deeds.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    relation = forms.ChoiceField(label=pgettext_lazy("appeal", "Who writes this?"), choices=appeals.RELATIONS)
    contact = forms.CharField(
        label=gettext_lazy("Phone for questions (need not be given)"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip


@dataclass(frozen=True)
class Own:
    """One appeal as its author reads it."""

    appeal: Any
    steps: list[appeals.Step]

    @property
    def asked(self) -> bool:
        """Whether the house waits for an answer."""
        return self.appeal.state == "need_information"

    @property
    def may_go_on(self) -> bool:
        """Whether it was not granted and can be taken further."""
        return self.appeal.state == "rejected"

    @property
    def waits(self) -> bool:
        """Whether the house still owes an answer."""
        return self.appeal.state in rule.WAITING and not self.asked


@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest) -> HttpResponse:
    """The form; and what was sent with it."""
    if request.method == "GET":
        return _form(request, AppealForm(initial={"about": "contact"}))
    who = _who(request)
    sent = "statement" in request.POST
    form = AppealForm(request.POST) if sent else AppealForm(initial={"about": request.POST.get("about", "contact")})
    if isinstance(who, Denied):
        return _form(request, form, denied=who)
    if not sent or not form.is_valid():
        return _form(request, form, who=who, status=400 if sent else 200)
    now = timezone.now()
    outbreak, held = _matter(who, request.POST.get("outbreak", ""), now)
    if outbreak is None:
        return _form(request, form, who=who, refusal=Refused("no_outbreak"), status=409)
    wait = SENT.wait(who.number, time.monotonic())
    if wait:
        return _form(request, form, denied=Denied(wait_minutes=max(1, round(wait / 60))))
    SENT.failed(who.number, time.monotonic())
    measure = (held.now or (held.later[0] if held.later else None)) if held else None
    try:
        made = deeds.submit(
            people.person_of(who.person_id), outbreak, channel="web", measure=measure,
            edition=held.edition if held else "", actor=None, at=asof.clock(outbreak, now), known_at=now,
            **form.cleaned_data,
        )  # fmt: skip
    except Refused as refused:
        return _form(request, form, who=who, refusal=refused, status=409)
    answer = {"made": made, "deadline": deeds.deadline_of(outbreak), "token": token_of(who.number)}
    return private(render(request, "web/public/appeal.html", answer))


@require_http_methods(["POST"])
def say(request: HttpRequest) -> HttpResponse:
    """What the person adds: the answer to a question, or that they do not accept the decision."""
    who = _who(request)
    if isinstance(who, Denied):
        return private(render(request, "web/public/status.html", {"expired": True}, status=403))
    number, words = request.POST.get("appeal", ""), request.POST.get("words", "")
    now = timezone.now()
    mine = next((one for one in appeals.of_person(who.person_id) if one.number == number), None)
    answer: dict[str, Any] = {"number": number, "token": token_of(who.number)}
    try:
        if mine is None:
            raise Refused("unknown_appeal", number=number[:20])
        deed = deeds.escalate if request.POST.get("deed") == "escalate" else deeds.tell
        deed(number, words, actor=None, at=asof.clock(mine.outbreak, now), known_at=now)
    except Refused as refused:
        answer |= {"refusal": words_for(refused), "typed": words, "deed": request.POST.get("deed", "")}
    return private(render(request, "web/public/said.html", answer, status=409 if "refusal" in answer else 200))


def own(person_id: int) -> list[Own]:
    """The appeals of a person, the newest first, with what they may read of them."""
    return [Own(one, appeals.steps_of(one, public=True)) for one in appeals.of_person(person_id)]


def token_of(number: str) -> str:
    """Stands for number and code word for half an hour; posted, never in an address."""
    return signing.dumps(number, salt=SALT)


def about_of(reason: str) -> str:
    """What an appeal against a measure of that reason is about."""
    return ABOUT_OF.get(reason, "stay")


def _who(request: HttpRequest) -> Resident | Denied:
    try:
        number = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=TOKEN_SECONDS)
        person_id = people.id_of(number)
        if person_id is not None:
            return Resident(number, person_id)
    except signing.BadSignature:
        pass
    return known(request) if "word" in request.POST else Denied(expired=True)


def _matter(who: Resident, code: str, now: datetime) -> tuple[Any, own_status.Held | None]:
    """The outbreak that an appeal belongs to, and what holds in it: the one named, else that of a measure, else the newest."""
    there = outbreaks.all_newest_first()
    held = own_status.of_person(who.person_id, asof.instants(there, now))
    chosen = next((one for one in held if one.outbreak.code == code), held[0] if held and not code else None)
    if chosen is not None:
        return chosen.outbreak, chosen
    return next((one for one in there if one.code == code), there[0] if there else None), None


def _form(
    request: HttpRequest,
    form: AppealForm,
    *,
    who: Resident | None = None,
    denied: Denied | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    answer = {
        "form": form,
        "token": token_of(who.number) if who else "",
        "number": request.POST.get("number", "")[:40],
        "outbreak": request.POST.get("outbreak", "")[:20],
        "denied": denied,
        "refusal": words_for(refusal) if refusal else None,
    }
    response = render(request, "web/public/appeal.html", answer, status=denied.status if denied else status)
    return private(response, denied)


urlpatterns = [
    path("public/appeal/", appeal, name="public_appeal"),
    path("public/appeal/say/", say, name="public_appeal_say"),
]
