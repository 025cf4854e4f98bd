"""Phone numbers of a work list (电话): hidden until somebody asks with a reason; every number shown is on record.

The form is posted to the list itself and the answer is kept nowhere: whoever leaves the page, turns it or comes back
finds the numbers hidden again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, gettext_noop

from chainbreak.governance import words as refusals
from chainbreak.governance.refusal import Refused
from chainbreak.registry.services import people

from .door import Asked
from .words import Words, words_for

refusals.register(
    {"phone_reason_missing": gettext_noop("Say why the phone numbers are wanted: choose a reason above the list.")}
)
ACT = "person.visit"
REASONS: dict[str, str | Promise] = {
    "call": gettext_lazy("to call them today"),
    "transfer": gettext_lazy("to arrange the transfer"),
    "test": gettext_lazy("to arrange a test"),
    "appeal": gettext_lazy("to answer an appeal"),
    "other": gettext_lazy("something else"),
}


@dataclass
class Phones:
    """What the list shows: whether this account may ask, what it asked, and the numbers by person."""

    may_ask: bool
    numbers: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, Words] = field(default_factory=dict)
    shown: bool = False
    problem: str = ""

    @property
    def reasons(self) -> list[tuple[str, str | Promise]]:
        """The reasons that can be given."""
        return list(REASONS.items())


def told(request: Asked, persons: Sequence[str], *, matter_area: str = "") -> Phones:
    """The phone numbers of the persons of this page that were asked for: one of them, or all.

    Each is opened through the door of its own record, with the reason, so that areas and the audit hold as ever.
    """
    found = Phones(may_ask=request.standing.may(ACT))
    if not found.may_ask or request.method != "POST" or "phones" not in request.POST:
        return found
    reason, asked = request.POST.get("why", ""), request.POST["phones"]
    if reason not in REASONS:
        raise Refused("phone_reason_missing")
    wanted = list(dict.fromkeys(persons)) if asked == "all" else [one for one in persons if one == asked]
    now = timezone.now()
    for number in wanted:
        try:
            record = people.open_record(
                number, actor=request.user, act=ACT, at=now, matter_area=matter_area, reason=f"phone: {reason}"
            )
            found.numbers[number] = record.phone if record.named else ""
        except Refused as refused:
            found.refusals[number] = words_for(refused)
    found.shown = True
    return found


def private(response: HttpResponse, phones: Phones) -> HttpResponse:
    """A page with numbers on it is kept by nothing."""
    if phones.shown:
        response["Cache-Control"] = "no-store, private"
    return response
