"""Rule packs (规则包): every rule with its words, values, source and how sure the source is (P-01)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from chainbreak.epi import rulepack as packs
from chainbreak.epi.decision import DecisionTable, Row
from chainbreak.epi.rule import Limit, Measure, Parameter, PlaceKind, Rule, Setting, Window
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import outbreak as outbreaks

from .door import Asked, page
from .words import word

KINDS: list[tuple[type[Rule], str | Promise]] = [
    (Window, _("Infectious windows")),
    (Setting, _("Settings that make a contact")),
    (PlaceKind, _("Kinds of places")),
    (Measure, _("Measures")),
    (Limit, _("Time limits")),
    (Parameter, _("Parameters")),
    (DecisionTable, _("Decision tables")),
]
MARKS: dict[str, str | Promise] = {
    "V": _("the rule's own wording was seen"),
    "S": _("seen paraphrased only"),
    "U": _("not found: confirm before real use"),
    "D": _("a choice of this project"),
}
FIELDS: dict[str, str | Promise] = {
    "classes": pgettext_lazy("rule", "cases that are"),
    "anchors": pgettext_lazy("rule", "counted from the earliest known of"),
    "look_back": pgettext_lazy("rule", "days before it"),
    "lasts": pgettext_lazy("rule", "days after it"),
    "setting": pgettext_lazy("rule", "setting"),
    "priority": pgettext_lazy("rule", "goes before others with a larger number"),
    "degrees": pgettext_lazy("rule", "makes contacts of degree"),
    "protected_excluded": pgettext_lazy("rule", "not for who was protected"),
    "kinds": pgettext_lazy("rule", "kinds of places"),
    "minutes": pgettext_lazy("rule", "least time together"),
    "ask": pgettext_lazy("rule", "somebody must ask first"),
    "near": pgettext_lazy("rule", "how near"),
    "trigger": pgettext_lazy("rule", "for"),
    "step": pgettext_lazy("rule", "step"),
    "measure": pgettext_lazy("rule", "measure"),
    "days": pgettext_lazy("rule", "lasts"),
    "anchor": pgettext_lazy("rule", "counted from"),
    "test_days": pgettext_lazy("rule", "tests on the days"),
    "double_test": pgettext_lazy("rule", "two tests at the end"),
    "early_release": pgettext_lazy("rule", "ends earlier if"),
    "otherwise_days": pgettext_lazy("rule", "otherwise lasts"),
    "limit": pgettext_lazy("rule", "at most"),
    "value": pgettext_lazy("rule", "value"),
    "unit": pgettext_lazy("rule", "unit"),
    "when": pgettext_lazy("rule", "when"),
    "then": pgettext_lazy("rule", "then"),
}
CODES: dict[str, str | Promise] = {
    "confirmed": _("confirmed"),
    "suspected": _("suspected"),
    "asymptomatic": _("asymptomatic"),
    "onset": pgettext_lazy("rule", "onset"),
    "sample": pgettext_lazy("rule", "first positive sample"),
    "last_exposure": pgettext_lazy("rule", "last exposure"),
    "arrival": pgettext_lazy("rule", "arrival"),
    "discharge": pgettext_lazy("rule", "discharge"),
    "previous": pgettext_lazy("rule", "the end of the step before"),
    "contact1": _("close contact"),
    "contact2": _("contact of a contact"),
    "any": pgettext_lazy("rule", "any time at all"),
    "never": pgettext_lazy("rule", "does not count"),
    "default": pgettext_lazy("rule", "as usual"),
}
WORDED = {"setting": "setting", "measure": "measure", "kinds": "place_kind"}
COMMON = {one.name for one in fields(Rule)} | {"rows", "inputs"}


@dataclass(frozen=True)
class Shown:
    """A rule as the page shows it."""

    rule: Rule
    text: str
    mark: str | Promise
    values: list[tuple[str, str]]
    rows: list[Shown]


@require_GET
@page("rulepack.read")
def all_packs(request: Asked) -> HttpResponse:
    """The packs that come along, with their validity, and the outbreaks under each."""
    users: dict[str, list[str]] = {}
    for outbreak in outbreaks.all_newest_first():
        users.setdefault(outbreak.rule_pack, []).append(outbreak.code)
    found = [(pack, _title(pack), users.get(pack.id, [])) for pack in map(packs.load, packs.available())]
    return render(request, "web/rulepacks.html", {"packs": found})


@require_GET
@page("rulepack.read")
def one_pack(request: Asked, pack_id: str) -> HttpResponse:
    """One pack: all of its rules by kind; each has its own address, `#rule`."""
    if pack_id not in packs.available():
        raise Refused("unknown_rule_pack", pack=pack_id, known=", ".join(packs.available()))
    pack = packs.load(pack_id)
    rules = list(pack.rules.values())
    groups = [(words, [_shown(rule) for rule in rules if type(rule) is kind]) for kind, words in KINDS]
    doubtful = sum(rule.mark in {"S", "U"} for rule in rules)
    context = {"pack": pack, "title": _title(pack), "groups": groups, "doubtful": doubtful, "marks": MARKS}
    return render(request, "web/rulepack.html", context)


def _title(pack: packs.RulePack) -> str:
    return pack.title_en if (get_language() or "").startswith("en") else pack.title_zh


def _shown(rule: Rule) -> Shown:
    english = (get_language() or "").startswith("en")
    rows = [_shown(row) for row in rule.rows] if isinstance(rule, DecisionTable) else []
    text = rule.text_en if english else rule.text_zh
    return Shown(rule, text, MARKS[rule.mark], _values(rule), rows)


def _values(rule: Rule) -> list[tuple[str, str]]:
    if isinstance(rule, Row):
        return [
            (str(FIELDS["when"]), "; ".join(str(one) for one in rule.when)),
            (str(FIELDS["then"]), _plain(rule.then)),
        ]
    named = [(one.name, getattr(rule, one.name)) for one in fields(rule) if one.name not in COMMON]
    return [
        (str(FIELDS.get(name, name)), _worded(name, value)) for name, value in named if value not in (None, (), False)
    ]


def _worded(name: str, value: Any) -> str:
    """A value of a rule in words: codes of closed lists are said as the pages say them, yes for what holds."""
    if isinstance(value, bool):
        return str(_("yes"))
    if isinstance(value, tuple):
        return gettext(", ").join(_worded(name, one) for one in value)
    if isinstance(value, str) and name in WORDED:
        return word(WORDED[name], value)
    if isinstance(value, str) and name in ("classes", "anchors", "anchor", "trigger", "minutes"):
        return str(CODES.get(value, value))
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, timedelta):
        days, rest = divmod(value, timedelta(days=1))
        if not rest:
            return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
        hours = value / timedelta(hours=1)
        return ngettext("%(n)g hour", "%(n)g hours", int(hours)) % {"n": hours}
    if isinstance(value, dict) or hasattr(value, "items"):
        return "; ".join(f"{name} = {_plain(one)}" for name, one in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(_plain(one) for one in value)
    return str(value)


urlpatterns = [
    path("rules/", all_packs, name="rulepacks"),
    path("rules/<str:pack_id>/", one_pack, name="rulepack"),
]
