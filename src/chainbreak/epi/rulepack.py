"""Rule packs (规则包): named, versioned sets of rules kept as data; nothing below is hard-wired in code.

pack = load("covid19-cn-v8")
pack.rule("quarantine.contact1.1").source
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from chainbreak.epi import reading
from chainbreak.epi.decision import DecisionTable
from chainbreak.epi.reading import Fields
from chainbreak.epi.rule import (
    Limit,
    Measure,
    PackError,
    Parameter,
    PlaceKind,
    Rule,
    Setting,
    Window,
)

SECTIONS = (
    "windows",
    "settings",
    "place_kinds",
    "measures",
    "limits",
    "parameters",
    "tables",
)


@dataclass(frozen=True)
class RulePack:
    """One edition of a rule pack, checked; `edition` is its version with a hash of its content."""

    id: str
    disease: str
    version: str
    title_zh: str
    title_en: str
    valid_from: date
    valid_until: date | None  # an end not included; None: still in force
    time_zone: ZoneInfo
    edition: str
    rules: Mapping[str, Rule] = field(repr=False)

    def rule(self, rule_id: str) -> Rule:
        """The rule of that name.

        Raises:
            ValueError: the pack has no such rule.
        """
        if rule_id not in self.rules:
            raise ValueError(f"pack {self.id} has no rule {rule_id!r}")
        return self.rules[rule_id]

    def of(self, kind: type[Any]) -> tuple[Any, ...]:
        """All rules of one kind, in the order of the pack."""
        return tuple(rule for rule in self.rules.values() if type(rule) is kind)

    def has(self, rule_id: str) -> bool:
        """Whether the pack has a rule of that name."""
        return rule_id in self.rules

    def window(self, case_class: str) -> Window | None:
        """The rule for the infectious window of a class of case, or None if the pack lays none."""
        return next((rule for rule in self.of(Window) if case_class in rule.classes), None)

    def measures(self, trigger: str) -> tuple[Measure, ...]:
        """The steps due to one kind of person (contact1, contact2, discharged_case …), first step first."""
        return tuple(
            sorted(
                (m for m in self.of(Measure) if m.trigger == trigger),
                key=lambda m: m.step,
            )
        )

    def table(self, table_id: str) -> DecisionTable:
        """The decision table of that name; ValueError if there is none."""
        rule = self.rule(table_id)
        if not isinstance(rule, DecisionTable):
            raise ValueError(f"rule {table_id!r} of pack {self.id} is not a decision table")
        return rule

    def limit(self, rule_id: str) -> timedelta:
        """A time limit; ValueError if the pack has none of that name."""
        rule = self.rule(rule_id)
        if not isinstance(rule, Limit):
            raise ValueError(f"rule {rule_id!r} of pack {self.id} is not a time limit")
        return rule.limit

    def value(self, rule_id: str) -> Any:
        """The value of a parameter; ValueError if the pack has none of that name."""
        rule = self.rule(rule_id)
        if not isinstance(rule, Parameter):
            raise ValueError(f"rule {rule_id!r} of pack {self.id} is not a parameter")
        return rule.value

    def place_kind(self, kind: str) -> PlaceKind | None:
        """What the pack says of a kind of place, by any of its names; None if it does not know it."""
        wanted = kind.strip().lower().replace(" ", "_")
        return next((rule for rule in self.of(PlaceKind) if wanted in rule.kinds), None)

    def is_in_force(self, day: date) -> bool:
        """Whether the pack is in force on a calendar day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def thresholds(self, kinds: Iterable[str]) -> dict[str, float | None]:
        """The least minutes together at kinds of place that have their own: 0 for any overlap, None if it never counts.

        Kinds that the pack does not know, or leaves at the default, are left out.
        """
        found: dict[str, float | None] = {}
        for kind in kinds:
            rule = self.place_kind(kind)
            if rule is None or rule.minutes == "default":
                continue
            if isinstance(rule.minutes, timedelta):
                found[kind] = rule.minutes / timedelta(minutes=1)
            else:
                found[kind] = 0.0 if rule.minutes == "any" else None
        return found

    def near(self, kinds: Iterable[str]) -> dict[str, int | None]:
        """Kinds of place where carriage and seat count if they are known, with the rows apart at most; None: all of it."""
        rules = {kind: self.place_kind(kind) for kind in kinds}
        return {
            kind: None if rule.near == "carriage" else int(rule.near)
            for kind, rule in rules.items()
            if rule is not None and rule.near is not None
        }

    @property
    def after_minutes(self) -> float:
        """How long the air at a place stays infectious after a source has left; 0 where the pack says nothing."""
        name = "contact.after_presence_minutes"
        return float(self.value(name)) if self.has(name) else 0.0

    def local_day(self, at: datetime) -> date:
        """The calendar day of an instant where the pack is in force.

        Raises:
            ValueError: the instant has no time zone.
        """
        if at.tzinfo is None:
            raise ValueError(f"wants an instant with a time zone; got {at.isoformat()}")
        return at.astimezone(self.time_zone).date()

    def midnight(self, day: date) -> datetime:
        """The first instant of a calendar day where the pack is in force."""
        return datetime(day.year, day.month, day.day, tzinfo=self.time_zone)


def available() -> tuple[str, ...]:
    """The names of the packs that come with Chainbreak."""
    folder = files("chainbreak.epi") / "packs"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


@cache
def load(pack_id: str) -> RulePack:
    """The pack of that name, checked.

    Raises:
        PackError: there is no such pack, or it is wrong; says pack, rule and field.
    """
    if pack_id not in available():
        raise PackError(f"pack {pack_id}: not found; there are {', '.join(available())}")
    return read(
        (files("chainbreak.epi") / "packs" / f"{pack_id}.yaml").read_text("utf-8"),
        name=pack_id,
    )


def read(document: str, *, name: str = "without name") -> RulePack:
    """A pack from its YAML text, checked; for packs people keep elsewhere."""
    try:
        raw = yaml.safe_load(document)
    except yaml.YAMLError as error:
        raise PackError(f"pack {name}: is not YAML: {error}") from None
    return build(raw, name=name)


def override(pack_id: str, changes: Mapping[str, Mapping[str, Any]], *, source: str) -> RulePack:
    """A pack with some fields of some rules changed for one jurisdiction; those rules get the mark D and the source.

    The edition changes with the content, so that derived rows show which one they come from.

    >>> pack = override("covid19-cn-v8", {"window.symptomatic": {"look_back": "4 days"}}, source="notice of a city")
    >>> pack.window("confirmed").look_back.days, pack.rule("window.symptomatic").mark
    (4, 'D')
    """
    load(pack_id)
    raw = yaml.safe_load((files("chainbreak.epi") / "packs" / f"{pack_id}.yaml").read_text("utf-8"))
    left = dict(changes)
    for section in SECTIONS:
        for entry in raw.get(section, []):
            for rule in [entry, *entry.get("rows", [])]:
                if rule["id"] in left:
                    rule |= {**left.pop(rule["id"]), "source": source, "mark": "D"}
    if left:
        raise PackError(f"pack {pack_id}: has no rule {min(left)} to change")
    return build(raw, name=pack_id)


def build(raw: Any, *, name: str) -> RulePack:
    """A pack from its parsed content; every rule is read by the reader of its section."""
    where = f"pack {name}"
    head = Fields(
        where,
        {k: v for k, v in raw.items() if k not in SECTIONS} if isinstance(raw, dict) else raw,
    )
    head.where = where
    pack_id, version = head.take("id", reading.text), head.take("version", reading.text)
    valid = Fields(f"{where}, field valid", head.take("valid", lambda value: value))
    starts, ends = (
        valid.take("from", reading.day),
        valid.maybe("until", reading.day, None),
    )
    valid.end()
    if ends is not None and ends <= starts:
        raise PackError(f"{where}, field valid: ends on {ends}, not after its beginning {starts}")
    rules: dict[str, Rule] = {}
    for section in SECTIONS:
        for rule in _section(where, section, raw.get(section, [])):
            for each in (rule, *rule.rows) if isinstance(rule, DecisionTable) else (rule,):
                if each.id in rules:
                    raise PackError(f"{where}, rule {each.id}, field id: is used twice")
                rules[each.id] = each
    canonical = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    pack = RulePack(
        id=pack_id,
        disease=head.take("disease", reading.text),
        version=version,
        title_zh=head.take("title_zh", reading.text),
        title_en=head.take("title_en", reading.text),
        valid_from=starts,
        valid_until=ends,
        time_zone=head.take("time_zone", _zone),
        edition=f"{pack_id} {version}+{hashlib.sha256(canonical.encode()).hexdigest()[:12]}",
        rules=MappingProxyType(rules),
    )
    head.end()
    return pack


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(reading.text(value))
    except KeyError:
        raise ValueError(f"{value!r} is not a time zone") from None


def _section(where: str, section: str, raw: Any) -> list[Rule]:
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise PackError(f"{where}, field {section}: wants a list of rules")
    if section == "tables":
        return [reading.table(where, entry) for entry in raw]
    read = []
    for entry in raw:
        fields = Fields(where, entry)
        read.append(_READERS[section](fields))
        fields.end()
    return read


def _window(f: Fields) -> Rule:
    anchors = f.take("anchors", reading.words)
    if not set(anchors) <= {"onset", "sample"}:
        raise PackError(f"{f.where}, field anchors: wants onset, sample or both")
    return Window(
        **f.common(),
        classes=f.take("classes", reading.words),
        anchors=anchors,
        look_back=f.take("look_back", reading.days),
        lasts=f.maybe("lasts", reading.days, None),
    )


def _setting(f: Fields) -> Rule:
    return Setting(
        **f.common(),
        setting=f.take("setting", reading.text),
        priority=f.take("priority", reading.whole),
        degrees=f.take("degrees", reading.wholes),
        protected_excluded=f.take("protected_excluded", reading.flag),
    )


def _place_kind(f: Fields) -> Rule:
    return PlaceKind(
        **f.common(),
        kinds=f.take("kinds", reading.words),
        setting=f.take("setting", reading.text),
        minutes=f.take("minutes", reading.minimum),
        ask=f.take("ask", reading.flag),
        near=f.maybe("near", _near, None),
    )


def _near(value: Any) -> int | str:
    if value == "carriage":
        return "carriage"
    words = str(value).split()
    if len(words) != 2 or words[1] not in ("row", "rows") or not words[0].isdecimal():
        raise ValueError(f'wants "carriage" or a number of rows such as "3 rows"; got {value!r}')
    return int(words[0])


def _measure(f: Fields) -> Rule:
    return Measure(
        **f.common(),
        trigger=f.take("trigger", reading.text),
        step=f.take("step", reading.whole),
        measure=f.take("measure", reading.one_of(*MEASURES)),
        days=f.take("days", reading.days),
        anchor=f.take(
            "anchor",
            reading.one_of("last_exposure", "arrival", "discharge", "sample", "previous"),
        ),
        test_days=f.take("test_days", reading.wholes),
        double_test=f.maybe("double_test", reading.flag, False),
        early_release=f.maybe("early_release", reading.text, None),
        otherwise_days=f.maybe("otherwise_days", reading.days, None),
    )


def _limit(f: Fields) -> Rule:
    return Limit(**f.common(), limit=f.take("limit", reading.duration))


def _parameter(f: Fields) -> Rule:
    return Parameter(
        **f.common(),
        value=f.take("value", reading.scalar),
        unit=f.take("unit", reading.text),
    )


MEASURES = (
    "facility_quarantine",
    "home_quarantine",
    "home_monitoring",
    "daily_follow_up",
)  # strictest first
_READERS = {
    "windows": _window,
    "settings": _setting,
    "place_kinds": _place_kind,
    "measures": _measure,
    "limits": _limit,
    "parameters": _parameter,
}
