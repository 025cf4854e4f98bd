"""The audit in words (审计用语): what was done to what, and its details, for people who do not know the codes."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chainbreak.governance.acts import ACTS
from chainbreak.measures.selectors import appeal as appeals

from .. import words

register = template.Library()

THINGS: dict[str, str | Promise] = {
    "account": gettext_lazy("account"),
    "appeal": pgettext_lazy("audit", "appeal"),
    "appealstep": gettext_lazy("step of an appeal"),
    "arrival": pgettext_lazy("audit", "arrival"),
    "audit": pgettext_lazy("audit", "audit"),
    "bulletin": pgettext_lazy("audit", "bulletin"),
    "case": pgettext_lazy("audit", "case file"),
    "caseclassification": gettext_lazy("class of a case"),
    "casereport": gettext_lazy("case report"),
    "contact": pgettext_lazy("audit", "contact"),
    "contactevent": gettext_lazy("step of a contact"),
    "contacts": pgettext_lazy("audit", "contacts"),
    "data": pgettext_lazy("audit", "data"),
    "demo": gettext_lazy("examples"),
    "determination": pgettext_lazy("audit", "determination"),
    "device": pgettext_lazy("audit", "device"),
    "doors": pgettext_lazy("audit", "list of doors"),
    "exposure": pgettext_lazy("audit", "meeting told"),
    "extract": pgettext_lazy("audit", "extract"),
    "figure": pgettext_lazy("audit", "records behind a figure"),
    "followup": pgettext_lazy("audit", "follow-up"),
    "fund": pgettext_lazy("audit", "fund"),
    "gap": pgettext_lazy("audit", "gap list"),
    "grant": pgettext_lazy("audit", "role"),
    "import": pgettext_lazy("audit", "import"),
    "interview": pgettext_lazy("audit", "interview"),
    "labels": pgettext_lazy("audit", "labels"),
    "letterevent": gettext_lazy("step of a letter"),
    "link": pgettext_lazy("audit", "transmission link"),
    "list": pgettext_lazy("audit", "list"),
    "login": pgettext_lazy("audit", "login"),
    "mapping": pgettext_lazy("audit", "mapping of columns"),
    "notice": pgettext_lazy("audit", "notice to a contact"),
    "outbreak": pgettext_lazy("audit", "outbreak"),
    "person": pgettext_lazy("audit", "person's record"),
    "purge": pgettext_lazy("audit", "deletion"),
    "result": pgettext_lazy("audit", "test result"),
    "roll": pgettext_lazy("audit", "roll of a round"),
    "round": pgettext_lazy("audit", "round"),
    "roundevent": gettext_lazy("step of a round"),
    "run": pgettext_lazy("audit", "laboratory run"),
    "scenario": pgettext_lazy("audit", "scenario"),
    "shipment": pgettext_lazy("audit", "box of tubes"),
    "site": pgettext_lazy("audit", "sampling site"),
    "stay": pgettext_lazy("audit", "stay in quarantine"),
    "swab": pgettext_lazy("audit", "swab"),
    "swabs": pgettext_lazy("audit", "swabs"),
    "symptomreport": gettext_lazy("report of symptoms"),
    "trajectorysegment": gettext_lazy("stay at a place"),
    "transmissionlink": gettext_lazy("transmission link"),
}
DEEDS: dict[str, str | Promise] = {
    "acknowledged": pgettext_lazy("audit", "received"),
    "added": pgettext_lazy("audit", "added"),
    "allowed": pgettext_lazy("audit", "allowed"),
    "asked": pgettext_lazy("audit", "asked for"),
    "changed": pgettext_lazy("audit", "changed"),
    "closed": pgettext_lazy("audit", "closed"),
    "corrected": pgettext_lazy("audit", "corrected"),
    "decided": pgettext_lazy("audit", "decided"),
    "deleted": pgettext_lazy("audit", "deleted"),
    "done": pgettext_lazy("audit", "done"),
    "emptied": pgettext_lazy("audit", "emptied"),
    "ended": pgettext_lazy("audit", "ended"),
    "escalated": pgettext_lazy("audit", "taken further"),
    "exported": pgettext_lazy("audit", "taken out"),
    "failed": pgettext_lazy("audit", "failed"),
    "fetched": pgettext_lazy("audit", "fetched"),
    "found": pgettext_lazy("audit", "found"),
    "given": pgettext_lazy("audit", "given"),
    "issued": pgettext_lazy("audit", "issued"),
    "listed": pgettext_lazy("audit", "listed"),
    "made": pgettext_lazy("audit", "made"),
    "moved": pgettext_lazy("audit", "moved"),
    "need_information": pgettext_lazy("audit", "the person asked"),
    "opened": pgettext_lazy("audit", "opened"),
    "own_status": pgettext_lazy("audit", "read by the person"),
    "partly_upheld": pgettext_lazy("audit", "granted in part"),
    "planned": pgettext_lazy("audit", "planned"),
    "printed": pgettext_lazy("audit", "printed"),
    "proposed": pgettext_lazy("audit", "answer proposed"),
    "read": pgettext_lazy("audit", "read"),
    "recorded": pgettext_lazy("audit", "recorded"),
    "records": pgettext_lazy("audit", "read"),
    "refused": pgettext_lazy("audit", "refused"),
    "rejected": pgettext_lazy("audit", "not granted"),
    "reported": pgettext_lazy("audit", "reported"),
    "reset": pgettext_lazy("audit", "password reset"),
    "revoked": pgettext_lazy("audit", "revoked"),
    "saved": pgettext_lazy("audit", "saved"),
    "searched": pgettext_lazy("audit", "searched for"),
    "spent": pgettext_lazy("audit", "spent"),
    "submitted": pgettext_lazy("audit", "submitted"),
    "taken": pgettext_lazy("audit", "taken"),
    "under_review": pgettext_lazy("audit", "taken up"),
    "undone": pgettext_lazy("audit", "undone"),
    "upheld": pgettext_lazy("audit", "granted"),
    "verified": pgettext_lazy("audit", "verified"),
    "withdrawn": pgettext_lazy("audit", "withdrawn"),
}
DETAILS: dict[str, str | Promise] = {
    "act": pgettext_lazy("audit", "in order to"),
    "role": pgettext_lazy("audit", "as"),
    "team": pgettext_lazy("audit", "team number"),
    "reason": gettext_lazy("Reason"),
    "refused": pgettext_lazy("audit", "refused because"),
    "by": pgettext_lazy("audit", "searched by"),
    "found": pgettext_lazy("audit", "hits"),
    "proposal": pgettext_lazy("audit", "answer proposed"),
    "address": pgettext_lazy("audit", "address of the page"),
    "rows": pgettext_lazy("audit", "rows"),
}


@register.filter
def audited(code: str) -> str:
    """What was done to what, in words; a code without words stays as it is."""
    thing, _dot, deed = code.partition(".")
    if thing not in THINGS or deed not in DEEDS:
        return code
    return _("%(thing)s: %(deed)s") % {"thing": THINGS[thing], "deed": DEEDS[deed]}


@register.filter
def audit_details(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """The details of an entry as pairs of words; empty ones are left out."""
    return [
        (str(DETAILS.get(name, name)), _said(name, value)) for name, value in detail.items() if value not in ("", None)
    ]


def _said(name: str, value: Any) -> str:
    if name == "act" and value in ACTS:
        return str(ACTS[value].words)
    if name == "role":
        return words.role(str(value))
    if name == "proposal":
        return str(dict(appeals.STATES).get(value, value))
    if isinstance(value, list):
        return _(", ").join(map(str, value))
    return str(value)
