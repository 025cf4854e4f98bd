"""The menu (菜单): the places of the house, and which of them this account may enter."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chainbreak.governance.selectors import access

from . import asof
from .asof import AsOf
from .words import role


@dataclass(frozen=True)
class Entry:
    """One page in the menu: its address and the act that opens it."""

    name: str
    words: str | Promise
    act: str
    by_outbreak: bool = False


@dataclass(frozen=True)
class Item:
    """An entry as this account sees it; without an address it is grey, and `reason` says why."""

    words: str
    url: str
    here: bool
    reason: str = ""


@dataclass(frozen=True)
class Group:
    """One place of the house."""

    words: str
    items: list[Item] = field(default_factory=list)


PLACES: list[tuple[str | Promise, list[Entry]]] = [
    (
        gettext_lazy("Command"),
        [
            Entry("board", gettext_lazy("Board"), "board.read"),
            Entry("bulletins", gettext_lazy("Bulletins"), "bulletin.read"),
        ],
    ),
    (
        gettext_lazy("Investigation"),
        [
            Entry("line_list", gettext_lazy("Line list"), "line_list.read"),
            Entry("positives", gettext_lazy("Positive tests"), "line_list.read", by_outbreak=True),
            Entry("contacts", gettext_lazy("Contacts"), "contact.read", by_outbreak=True),
            Entry("chain", gettext_lazy("Chains"), "chain.read", by_outbreak=True),
            Entry("genomes", gettext_lazy("Genomes"), "chain.read", by_outbreak=True),
            Entry("shared_places", gettext_lazy("Shared places"), "contact.read", by_outbreak=True),
            Entry("letters", gettext_lazy("Letters"), "letter.read", by_outbreak=True),
            Entry("follow_up", gettext_lazy("Follow-up"), "follow_up.read"),
        ],
    ),
    (
        gettext_lazy("Screening"),
        [
            Entry("rounds", gettext_lazy("Rounds"), "round.read"),
            Entry("round_plan", gettext_lazy("Plan a round"), "round.plan"),
            Entry("sites", gettext_lazy("Sites"), "round.read"),
            Entry("sampling_table", gettext_lazy("Sampling table"), "swab.record"),
            Entry("field_doors", gettext_lazy("Doors"), "door.visit"),
            Entry("shipments", gettext_lazy("Boxes of tubes"), "shipment.read"),
            Entry("lab_runs", gettext_lazy("Laboratory runs"), "round.read"),
            Entry("retests", gettext_lazy("Own swabs wanted"), "retest.read"),
        ],
    ),
    (
        gettext_lazy("Measures"),
        [
            Entry("facilities", gettext_lazy("Facilities"), "facility.read"),
            Entry("stays", gettext_lazy("Stays"), "stay.read"),
            Entry("people_due", gettext_lazy("People due"), "people_due.read", by_outbreak=True),
            Entry("appeals", gettext_lazy("Appeals"), "appeal.read"),
        ],
    ),
    (
        gettext_lazy("Analysis"),
        [
            Entry("analysis_curve", gettext_lazy("Epidemic curve"), "analysis.read", by_outbreak=True),
            Entry("analysis_r", gettext_lazy("R over time"), "analysis.read", by_outbreak=True),
            Entry("analysis_delays", gettext_lazy("Delays"), "analysis.read", by_outbreak=True),
            Entry("analysis_ages", gettext_lazy("Age and sex"), "analysis.read", by_outbreak=True),
            Entry("analysis_areas", gettext_lazy("By area"), "analysis.read", by_outbreak=True),
            Entry("infectors", gettext_lazy("Possible infectors"), "analysis.read", by_outbreak=True),
            Entry("scenarios", gettext_lazy("Scenarios"), "scenario.read"),
            Entry("extracts", gettext_lazy("Extracts for analysts"), "extract.read"),
        ],
    ),
    (
        gettext_lazy("Governance"),
        [
            Entry("imports", gettext_lazy("Imports"), "import.read"),
            Entry("lake", gettext_lazy("Trajectory lake"), "import.read"),
            Entry("teams", gettext_lazy("Teams and people"), "team.read"),
            Entry("audit", gettext_lazy("Audit"), "audit.read"),
            Entry("rulepacks", gettext_lazy("Rule packs"), "rulepack.read"),
            Entry("retention", gettext_lazy("Retention"), "retention.read"),
        ],
    ),
]


def of_request(request: HttpRequest) -> list[Group]:
    """The menu for whoever asks, worked out once a request; none before the login."""
    kept = getattr(request, "_menu", None)
    if kept is None:
        kept = (
            for_request(request, asof.or_newest(request), asof.kept(request)) if request.user.is_authenticated else []
        )
        request._menu = kept  # type: ignore[attr-defined]
    return kept


def for_request(request: HttpRequest, seen: AsOf, keep: str) -> list[Group]:
    """The menu for whoever asks; entries they may not open are grey, with the roles that may."""
    standing = getattr(request, "standing", None) or access.standing_of(request.user, at=timezone.now())
    allowed = standing.acts()
    groups = []
    for words, entries in PLACES:
        items = []
        for entry in entries:
            url = _url(entry, seen)
            if url is None:
                continue
            if entry.act in allowed:
                items.append(Item(str(entry.words), url + keep, request.path == url))
            else:
                who = _(", ").join(role(one) for one in access.who_may(entry.act))
                items.append(Item(str(entry.words), "", False, _("For: %(who)s") % {"who": who}))
        if items:
            groups.append(Group(str(words), items))
    return groups


def _url(entry: Entry, seen: AsOf) -> str | None:
    if entry.by_outbreak and seen.outbreak is None:
        return None
    try:
        return reverse(entry.name, args=[seen.outbreak.code] if entry.by_outbreak and seen.outbreak else [])
    except NoReverseMatch:
        return None
