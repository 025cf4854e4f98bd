"""The form of a scenario (情景表单): which parameters it asks for, what it proposes, and what was written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chainbreak.command.selectors.scenario import Measured
from chainbreak.epi import scenario
from chainbreak.epi.scenario.fields import BY_NAME
from chainbreak.epi.scenario.value import Delay, Uncertain

PRESET = "omicron"
GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")  # 2,367,490
PARTS = {"number": ("",), "interval": ("", "low", "high"), "delay": ("mean", "sd")}

HOW = {
    "counted": gettext_noop("share of the cases after the first that were under control when sampled"),
    "fitted": gettext_noop(
        "onset to report and report to isolation, fitted; delays that have not ended are reckoned with"
    ),
    "plain": gettext_noop("the plain delays of those who are isolated"),
    "early_r": gettext_noop("R of the first seven days with enough cases, imported ones apart"),
    "offspring": gettext_noop("negative binomial over the links on file"),
    "snapshot": gettext_noop("confirmed contacts of the newest snapshot"),
    "recent": gettext_noop("found in the community in the last three days"),
    "rooms": gettext_noop("beds of the facilities that are open"),
}

# group -> (name, how it is asked for, the end of its slider)
GROUPS: tuple[tuple[str, tuple[tuple[str, str, float], ...]], ...] = (
    (
        gettext_noop("The outbreak"),
        (
            ("initial_cases", "interval", 100),
            ("initial_spread", "number", 14),
            ("r0", "interval", 20),
            ("k", "number", 2),
            ("presymptomatic", "interval", 1),
            ("asymptomatic", "interval", 1),
        ),
    ),
    (
        gettext_noop("Finding and tracing"),
        (
            ("isolation_delay", "delay", 14),
            ("traced", "interval", 1),
            ("traced2", "interval", 1),
            ("interview_days", "number", 5),
            ("tracing_delay", "delay", 5),
            ("contacts_per_case", "number", 200),
            ("contacts2_per_contact", "number", 50),
            ("waiting_transmission", "number", 1),
        ),
    ),
    (
        gettext_noop("Rounds of mass testing"),
        (
            ("rounds.count", "number", 20),
            ("rounds.first_day", "number", 30),
            ("rounds.every_days", "number", 7),
            ("rounds.people", "number", 10_000_000),
            ("rounds.coverage", "number", 1),
            ("rounds.pool_size", "number", 20),
        ),
    ),
    (
        gettext_noop("Limits (empty: none)"),
        (
            ("limits.rooms", "number", 20_000),
            ("limits.transfers_per_day", "number", 5_000),
            ("limits.tubes_per_day", "number", 500_000),
            ("limits.interviews_per_day", "number", 500),
        ),
    ),
)


@dataclass
class Slot:
    """One parameter of the form: its inputs (part, words, value), its slider, and where the proposal comes from."""

    name: str
    words: str
    unit: str
    inputs: list[tuple[str, str, str]]
    most: float
    step: str
    source: str
    measured: int = 0  # in so many records of this outbreak
    how: str = ""  # it was measured
    few: int | None = None  # records of this outbreak, too few to measure it
    trouble: str = ""


@dataclass
class Form:
    """All slots by group, and the settings of the run."""

    groups: list[tuple[str, list[Slot]]]
    title: str = ""
    days: str = "60"
    runs: str = "1000"
    seed: str = "1"
    worst: bool = False
    trouble: str = ""
    given: dict[str, Any] = field(default_factory=dict)


def proposed(own: Mapping[str, Measured], start: Mapping[str, Any] | None = None) -> Form:
    """The form before anything is written: the outbreak's own estimates over the literature, or a kept scenario."""
    base = {name: value for name, value in (start or {}).items() if name in BY_NAME or name in ("days",)}
    given = {
        "preset": PRESET,
        **({} if start else {name: one.value for name, one in own.items() if one.value is not None}),
        **base,
    }
    try:
        built = scenario.build(given)
    except scenario.ScenarioError:
        built = scenario.preset(PRESET)
    form = Form([(_(words), [_slot(built, own, start, *line) for line in lines]) for words, lines in GROUPS])
    form.days = str(built.settings["days"])
    form.worst = bool((start or {}).get("worst_reasonable"))
    form.title = str((start or {}).get("title", ""))
    return form


def written(post: Mapping[str, str], own: Mapping[str, Measured]) -> Form:
    """The form as somebody has written it; `given` is the scenario as `build` takes it, from texts that are numbers."""
    form = proposed(own)
    form.title, form.days = post.get("title", "").strip(), post.get("days", "").strip()
    form.runs, form.seed, form.worst = (
        post.get("runs", "").strip(),
        post.get("seed", "").strip(),
        bool(post.get("worst")),
    )
    given: dict[str, Any] = {"preset": PRESET, "title": form.title}
    for _words, slots in form.groups:
        for slot in slots:
            texts = {part: post.get(_input(slot.name, part), "").strip() for part, _label, _value in slot.inputs}
            proposal = {part: value for part, _label, value in slot.inputs}
            slot.inputs = [(part, label, texts[part]) for part, label, _value in slot.inputs]
            if value := _value(texts):
                given[slot.name] = _with_source(value[0], slot) if texts == proposal else value[0]
            elif slot.name.startswith("limits."):
                given[slot.name] = None
    given["days"] = _read(form.days)
    if form.worst:
        given["worst_reasonable"] = True
    if isinstance(given["days"], int):
        given["controlled.from_day"] = max(0, given["days"] - 30)
        given["controlled.until_day"] = given["days"]
    form.given = {name: value for name, value in given.items() if value is not None or name.startswith("limits.")}
    return form


def whole(text: str, name: str) -> int:
    """A whole number of the form; ScenarioError where it is none."""
    if not text.isdecimal():
        raise scenario.ScenarioError("wrong_value", name=name, value=text, wanted="a whole number", least=0, most=2**63)
    return int(text)


def nested(given: Mapping[str, Any]) -> dict[str, Any]:
    """The scenario as its file would say it, with groups."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        group, _dot, rest = name.partition(".")
        if rest:
            found.setdefault(group, {})[rest] = value
        else:
            found[name] = value
    return found


def _slot(
    built: scenario.Scenario, own: Mapping[str, Measured], start: object, name: str, how: str, most: float
) -> Slot:
    about = BY_NAME[name]
    values, source = _shown(built.delays[name] if how == "delay" else built.numbers[name], how)
    labels = {"": _("value"), "low": _("low"), "high": _("high"), "mean": _("mean"), "sd": _("sd")}
    mine = own.get(name) if not start else None
    is_own = mine is not None and mine.value is not None
    step = "1" if about.kind == "count" or most > 50 else "any"
    return Slot(
        name, _(about.meaning), about.unit, [(part, labels[part], values.get(part, "")) for part in PARTS[how]],
        most, step, source, mine.n if mine and is_own else 0, _(HOW[mine.how]) if mine and is_own else "",
        mine.n if mine and not is_own else None,
    )  # fmt: skip


def _shown(value: Uncertain | Delay, how: str) -> tuple[dict[str, str], str]:
    if isinstance(value, Delay):
        mean, sd = (value.known.mean, value.known.sd) if value.known else (value.mean.mean, value.sd.mean)
        return {"mean": _text(mean), "sd": _text(sd)}, value.source or ""
    if how == "interval" and not value.is_certain:
        return {"": _text(value.mean), "low": _text(value.low), "high": _text(value.high)}, value.source or ""
    return {"": _text(value.mean)}, value.source or ""


def _text(value: float | None) -> str:
    return "" if value is None or value == float("inf") else f"{value:.10g}"


def _input(name: str, part: str) -> str:
    return f"{name}-{part}" if part else name


def _value(texts: Mapping[str, str]) -> list[Any]:
    """The value that the texts of one slot say; empty where nothing is written."""
    if "mean" in texts:
        return [{part: _read(text) for part, text in texts.items() if text}] if texts["mean"] else []
    if not texts[""]:
        return []
    if texts.get("low") or texts.get("high"):
        return [{"mean": _read(texts[""])} | {part: _read(texts[part]) for part in ("low", "high") if texts[part]}]
    return [_read(texts[""])]


def _with_source(value: Any, slot: Slot) -> Any:
    """A value that was left as proposed keeps where it comes from."""
    source = _("measured in this outbreak, %(n)s records") % {"n": slot.measured} if slot.measured else slot.source
    if not source:
        return value
    return {**(value if isinstance(value, dict) else {"mean": value}), "source": source}


def _read(text: str) -> Any:
    """A number where the text is one; else the text, for the scenario to refuse by name. `2,5` is no number here."""
    plain = text.replace("，", ",")
    if GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        return text
    return int(number) if number.is_integer() and "." not in plain else number
