"""The words of each state that has a look (状态用语), for the living page and for keys of drawings."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.command.selectors import bulletin
from chainbreak.command.selectors import round as rounds
from chainbreak.investigation.selectors import contact, letter, line_list
from chainbreak.measures.selectors import facility

LISTS: dict[str, str | Promise] = {
    "class": _("Class of a case"),
    "degree": _("Degree of a contact"),
    "state": _("State of a course"),
    "code": _("Colour of a health code"),
    "due": _("Due and done"),
    "outcome": _("Result"),
    "risk": _("Zones and risk"),
    "severity": _("Problems of an import"),
}

OWN: dict[str, dict[str, str | Promise]] = {
    "degree": {"1": _("close contact"), "2": _("contact of a contact")},
    "code": {
        "green": pgettext_lazy("health code", "green"),
        "yellow": pgettext_lazy("health code", "yellow"),
        "red": pgettext_lazy("health code", "red"),
    },
    "due": {
        "due": pgettext_lazy("due and done", "due"),
        "overdue": pgettext_lazy("due and done", "overdue"),
        "done": _("done"),
        "held": pgettext_lazy("due and done", "held"),
        "missed": pgettext_lazy("due and done", "missed"),
        "symptoms": _("symptoms"),
        "tried": pgettext_lazy("due and done", "tried in vain"),
        "ahead": pgettext_lazy("due and done", "not yet"),
    },
    "outcome": {
        "negative": _("negative"),
        "positive": _("positive"),
        "inconclusive": _("inconclusive"),
        "invalid": _("invalid"),
        "pending": _("no result yet"),
    },
    "risk": {
        "high": _("high risk"),
        "middle": _("middle risk"),
        "low": _("low risk"),
        "lockdown": _("lockdown zone"),
        "control": _("control zone"),
        "precaution": _("precaution zone"),
    },
    "severity": {"error": _("row not taken"), "warning": _("taken, please check"), "note": _("note")},
    "state": {
        "pending": pgettext_lazy("course", "waiting for a decision"),
        "running": _("running"),
        "done": _("done"),
        "failed": _("failed"),
        "undone": _("undone"),
        "proposed": pgettext_lazy("course", "proposed"),
        "accepted": pgettext_lazy("course", "accepted"),
        "rejected": pgettext_lazy("course", "rejected"),
    },
}


def of(kind: str, code: str) -> str:
    """The word of a state in the reader's language; the code itself where no list has a word."""
    given: dict[str, object] = {}
    if kind == "class":
        given |= dict(line_list.CHOICES["classification"])
    if kind == "state":
        for choices in (tuple(rounds.STATES.items()), facility.STATES, letter.STATES, bulletin.STATES, contact.STATES):
            given |= dict(choices)
    given |= OWN.get(kind, {})
    return str(given.get(code, code))
