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

from . import asof, door
from .asof import AsOf
from .words import role


@dataclass(frozen=True)
class Entry:
    """One page in the menu: the name of its address; what opens it is said at its door."""

    name: str
    words: str | Promise
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
            Entry("board", gettext_lazy("Board")),
            Entry("bulletins", gettext_lazy("Bulletins")),
        ],
    ),
    (
        gettext_lazy("Investigation"),
        [
            Entry("line_list", gettext_lazy("Line list")),
            Entry("positives", gettext_lazy("Positive tests"), by_outbreak=True),
            Entry("contacts", gettext_lazy("Contacts"), by_outbreak=True),
            Entry("chain", gettext_lazy("Chains"), by_outbreak=True),
            Entry("genomes", gettext_lazy("Genomes"), by_outbreak=True),
            Entry("shared_places", gettext_lazy("Shared places"), by_outbreak=True),
            Entry("letters", gettext_lazy("Letters"), by_outbreak=True),
            Entry("follow_up", gettext_lazy("Follow-up")),
        ],
    ),
    (
        gettext_lazy("Screening"),
        [
            Entry("rounds", gettext_lazy("Rounds")),
            Entry("round_plan", gettext_lazy("Plan a round")),
            Entry("sites", gettext_lazy("Sites")),
            Entry("sampling_table", gettext_lazy("Sampling table")),
            Entry("field_doors", gettext_lazy("Doors")),
            Entry("shipments", gettext_lazy("Boxes of tubes")),
            Entry("lab_runs", gettext_lazy("Laboratory runs")),
            Entry("retests", gettext_lazy("Own swabs wanted")),
        ],
    ),
    (
        gettext_lazy("Measures"),
        [
            Entry("facilities", gettext_lazy("Facilities")),
            Entry("stays", gettext_lazy("Stays")),
            Entry("people_due", gettext_lazy("People due"), by_outbreak=True),
            Entry("appeals", gettext_lazy("Appeals")),
        ],
    ),
    (
        gettext_lazy("Analysis"),
        [
            Entry("analysis_curve", gettext_lazy("Epidemic curve"), by_outbreak=True),
            Entry("analysis_r", gettext_lazy("R over time"), by_outbreak=True),
            Entry("analysis_delays", gettext_lazy("Delays"), by_outbreak=True),
            Entry("analysis_ages", gettext_lazy("Age and sex"), by_outbreak=True),
            Entry("analysis_areas", gettext_lazy("By area"), by_outbreak=True),
            Entry("infectors", gettext_lazy("Possible infectors"), by_outbreak=True),
            Entry("scenarios", gettext_lazy("Scenarios")),
            Entry("extracts", gettext_lazy("Extracts for analysts")),
        ],
    ),
    (
        gettext_lazy("Governance"),
        [
            Entry("imports", gettext_lazy("Imports")),
            Entry("lake", gettext_lazy("Trajectory lake")),
            Entry("teams", gettext_lazy("Teams and people")),
            Entry("audit", gettext_lazy("Audit")),
            Entry("rulepacks", gettext_lazy("Rule packs")),
            Entry("retention", gettext_lazy("Retention")),
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
            act = door.act_of(entry.name)
            if not act or act in allowed:
                items.append(Item(str(entry.words), url + keep, request.path == url))
            else:
                who = _(", ").join(role(one) for one in access.who_may(act))
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
