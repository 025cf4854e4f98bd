"""Reading a scenario from YAML (读取情景文件): every name known, every value in its bounds, the preset below it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from chainbreak.epi import parameters
from chainbreak.epi.scenario.fields import ALIASES, BY_NAME, FIELDS, GROUPS, OTHER, REQUIRED, SETTINGS, WORSE
from chainbreak.epi.scenario.value import Delay, ScenarioError, Uncertain, delay, nearest, uncertain

LIMITS = tuple(name for name in BY_NAME if name.startswith("limits."))


@dataclass(frozen=True)
class Scenario:
    """A scenario, checked: all fields filled in, `given` those that its file or preset names."""

    title: str
    numbers: Mapping[str, Uncertain]
    delays: Mapping[str, Delay]
    settings: Mapping[str, int]
    sensitivity: tuple[tuple[float, ...], tuple[float, ...]]  # days since infection, shares
    sensitivity_source: str
    quarantine_tests: tuple[float, ...]  # days of the stay, from 1
    more: Mapping[str, float]  # how much more of each limit is tried
    given: Mapping[str, Any]  # as written, flat

    @property
    def edition(self) -> str:
        """A short mark of what it says, the same for the same scenario."""
        said = json.dumps(self.given, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(said.encode()).hexdigest()[:12]


def presets() -> tuple[str, ...]:
    """The names of the presets that come with Chainbreak."""
    folder = files("chainbreak.epi.scenario") / "presets"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


class _OnceLoader(yaml.SafeLoader):
    """Refuses a name that is given twice, where YAML would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            name = str(getattr(key, "value", ""))
            if isinstance(key, yaml.ScalarNode) and name in seen:
                raise ScenarioError("twice", name=name)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


def read(text: str) -> Scenario:
    """A scenario from the text of its file.

    Raises:
        ScenarioError: not_yaml, not_named, unknown_name (with `nearest`), missing, wrong_value … each with the name.
    """
    try:
        raw = yaml.load(text.removeprefix("\ufeff"), _OnceLoader)  # a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ScenarioError("not_yaml", row=mark.line + 1 if mark else 1, said=getattr(error, "problem", "")) from None
    if not isinstance(raw, Mapping):
        raise ScenarioError("not_named")
    return build(raw)


def preset(name: str, **changes: Any) -> Scenario:
    """A preset with some fields changed.

    >>> preset("hellewell", r0=1.5, delay="long").numbers["r0"].mean
    1.5
    """
    return build({"preset": name, **changes})


def build(raw: Mapping[Any, Any]) -> Scenario:
    """A scenario from its parsed content."""
    given = _flat(raw)
    if "preset" in given:
        given = {**_preset(given["preset"]), **given}
        if "isolation_delay" in _flat(raw):
            given.pop("delay", None)
    if "delay" in given:
        given["isolation_delay"] = _short_or_long(given["delay"])
    numbers, delays = {}, {}
    for field in FIELDS:
        value = given.get(field.name, field.default)
        if value is REQUIRED:
            raise ScenarioError("missing", name=field.name, meaning=field.meaning)
        if field.kind == "delay":
            delays[field.name] = delay(field.name, value)
        elif field.kind == "flag":
            if not isinstance(value, bool):
                raise ScenarioError(
                    "wrong_value", name=field.name, value=value, wanted=field.wanted, least=field.least, most=field.most
                )
            numbers[field.name] = Uncertain(float(value))
        elif field.kind == "limit" and value is None:
            numbers[field.name] = Uncertain(math.inf)
        else:
            numbers[field.name] = uncertain(field.name, value, least=field.least, most=field.most, wanted=field.wanted)
            if (
                (field.kind == "count" or field.name == "limits.rooms")
                and numbers[field.name].is_certain
                and numbers[field.name].mean % 1
            ):
                raise ScenarioError(
                    "wrong_value", name=field.name, value=value, wanted=field.wanted, least=field.least, most=field.most
                )
    settings = {name: _setting(name, given) for name in SETTINGS}
    if not settings["controlled.from_day"] < settings["controlled.until_day"] <= settings["days"]:
        raise ScenarioError("wrong_control", **{name.replace(".", "_"): value for name, value in settings.items()})
    worst = given.get("worst_reasonable", False)
    if not isinstance(worst, bool):
        raise ScenarioError("wrong_value", name="worst_reasonable", value=worst, wanted="true or false")
    if worst:
        numbers = {name: it.at_worst(WORSE[name]) if name in WORSE else it for name, it in numbers.items()}
        delays = {name: it.at_worst(WORSE[name]) if name in WORSE else it for name, it in delays.items()}
    days, shares, source = _sensitivity(given.get("sensitivity", "covid19.test_sensitivity"), worst)
    return Scenario(
        title=str(given.get("title") or ""),
        numbers=numbers,
        delays=delays,
        settings=settings,
        sensitivity=(days, shares),
        sensitivity_source=source,
        quarantine_tests=_test_days(given.get("quarantine_tests", [1, 4, 7, 14])),
        more={name: _more(name, given, numbers) for name in LIMITS},
        given=given,
    )


def _flat(raw: Mapping[Any, Any]) -> dict[str, Any]:
    """Groups spelt `rounds: {count: 3}` become `rounds.count`; every name is checked."""
    known = (*BY_NAME, *SETTINGS, *OTHER, *(f"more.{name.removeprefix('limits.')}" for name in LIMITS))
    found: dict[str, Any] = {}
    for key, value in raw.items():
        name = str(key).strip().lower()
        if name in GROUPS:
            if not isinstance(value, Mapping):
                raise ScenarioError("wrong_value", name=name, value=value, wanted="names below")
            inside = {f"{name}.{str(each).strip().lower()}": it for each, it in value.items()}
        else:
            inside = {ALIASES.get(name, name): value}
        for each, it in inside.items():
            if each not in known or each == "more":
                raise ScenarioError("unknown_name", name=each, nearest=nearest(each, known))
            if each in found:
                raise ScenarioError("twice", name=each)
            found[each] = it
    return found


@cache
def preset_text(name: str) -> str:
    """The file of a preset, as it is written."""
    return (files("chainbreak.epi.scenario") / "presets" / f"{name}.yaml").read_text("utf-8")


def _preset(name: Any) -> dict[str, Any]:
    if name not in presets():
        raise ScenarioError("unknown_preset", name=str(name), known=", ".join(presets()))
    return _flat(yaml.safe_load(preset_text(name)))


def _short_or_long(value: Any) -> str:
    if value not in ("short", "long"):
        raise ScenarioError("wrong_value", name="delay", value=value, wanted="short or long")
    return f"covid19.isolation_delay_{value}"


def _setting(name: str, given: Mapping[str, Any]) -> int:
    _meaning, default, least, most = SETTINGS[name]
    value = given.get(name, min(default, given.get("days", default)) if name == "controlled.until_day" else default)
    if name == "controlled.from_day" and name not in given and isinstance(given.get("days"), int):
        value = min(default, max(given["days"] - 35, 0))
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ScenarioError("wrong_value", name=name, value=value, wanted="a whole number", least=least, most=most)
    return value


def _sensitivity(raw: Any, worst: bool) -> tuple[tuple[float, ...], tuple[float, ...], str]:
    wanted = "a curve"
    if isinstance(raw, str):
        try:
            found = parameters.curve(raw)
        except ValueError as error:
            raise ScenarioError("unknown_parameter", name="sensitivity", said=str(error)) from None
        shares = found.lows if worst and found.lows is not None else found.values
        return found.days, shares, f"{found.source} ({found.population})"
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 <= raw <= 1:
        return (0.0, 3650.0), (float(raw), float(raw)), ""
    try:
        days, values = tuple(float(day) for day in raw["days"]), tuple(float(value) for value in raw["values"])
    except (TypeError, KeyError, ValueError):
        raise ScenarioError("wrong_value", name="sensitivity", value=raw, wanted=wanted) from None
    if len(days) != len(values) or len(days) < 2 or list(days) != sorted(set(days)):
        raise ScenarioError("wrong_value", name="sensitivity", value=raw, wanted=wanted)
    if not all(0 <= value <= 1 for value in values):
        raise ScenarioError("wrong_value", name="sensitivity", value=raw, wanted=wanted)
    return days, values, str(raw.get("source", ""))


def _test_days(raw: Any) -> tuple[float, ...]:
    right = isinstance(raw, list) and all(isinstance(day, int | float) and day >= 1 for day in raw)
    if not right or list(raw) != sorted(set(raw)):
        raise ScenarioError("wrong_value", name="quarantine_tests", value=raw, wanted="test days")
    return tuple(float(day) for day in raw)


def _more(name: str, given: Mapping[str, Any], numbers: Mapping[str, Uncertain]) -> float:
    raw = given.get(f"more.{name.removeprefix('limits.')}")
    if raw is None:  # a tenth more than there is
        return math.ceil(numbers[name].mean / 10) if math.isfinite(numbers[name].mean) else 0.0
    if isinstance(raw, bool) or not isinstance(raw, int | float) or raw <= 0:
        wanted = "above 0"
        raise ScenarioError("wrong_value", name=f"more.{name.removeprefix('limits.')}", value=raw, wanted=wanted)
    return float(raw)
