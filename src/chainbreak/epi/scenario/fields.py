"""What a scenario is made of (情景参数): each name with its unit, bounds, default and where the default comes from.

A default is either the name of a parameter of the library, or neutral (nothing is done, nothing is limited).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from chainbreak.epi import parameters

REQUIRED = object()


def _(sentence: str) -> str:
    """Marks a meaning for translation where it is written."""
    return sentence


@dataclass(frozen=True)
class Field:
    """One name of the file. `kind`: number, share, count, flag, delay, limit (a number or nothing)."""

    name: str
    kind: str
    meaning: str
    default: Any = REQUIRED
    unit: str = ""
    least: float = 0.0
    most: float = 1e9

    @property
    def wanted(self) -> str:
        """What the file may say here: a key of `words.WANTED`."""
        return {"flag": "true or false", "share": "a share", "count": "a whole number"}.get(self.kind, "a number")


def _share(name: str, meaning: str, default: Any) -> Field:
    return Field(name, "share", meaning, default, "share", 0.0, 1.0)


FIELDS = (
    Field("initial_cases", "count", _("infected people not yet found on day 0"), unit="people", least=1, most=1e6),
    Field("initial_spread", "number", _("they were infected within so many days before day 0"), 0, "day", most=60),
    Field("r0", "number", _("people that one infected person infects when nothing is done"), unit="people", most=100),
    Field("k", "number", _("dispersion: the smaller, the more superspreading"), "sars.dispersion", "1", 1e-4, math.inf),
    Field("asymptomatic_infectiousness", "number", _("infections by one without symptoms, over one with"), 1, "ratio"),
    _share("presymptomatic", _("share of transmission before onset"), "omicron.presymptomatic"),
    Field("infectiousness_sd", "number", _("spread of infecting round the onset"), "covid19.infectiousness_sd", "day", 0.01),
    Field("latent", "number", _("days from infection before one can infect"), 0, "day", most=60),
    Field("incubation", "delay", _("infection to onset"), "omicron.incubation", "day"),
    _share("asymptomatic", _("share of infections that never have symptoms"), "omicron.asymptomatic"),
    Field("isolation_delay", "delay", _("onset to isolation, of those nobody traced"), "covid19.isolation_delay_short", "day"),
    _share("traced", _("share of infected contacts that tracing names"), 0),
    _share("traced2", _("share of contacts' contacts that are named with them"), 0),
    Field("quarantine", "flag", _("named contacts go to quarantine; else they isolate at onset"), True),
    Field("asymptomatic_isolated", "flag", _("named contacts without symptoms are isolated too"), True),
    Field("trace_at_isolation", "flag", _("contacts of a quarantined contact are named at once, not when he is found"), False),
    Field("interview_days", "number", _("from finding a case to the end of the interview"), 0, "day", most=60),
    Field("tracing_delay", "delay", _("from the interview until a contact is told to stay at home"), 0, "day"),
    _share("waiting_transmission", _("share of transmission that goes on while waiting at home for a room"), 1),
    _share("leak", _("share of transmission that goes on in isolation"), 0),
    Field("contacts_per_case", "number", _("named contacts of a case that are not infected"), 0, "people", most=1e3),
    Field("contacts2_per_contact", "number", _("named contacts of a contact, with traced2"), 0, "people", most=200),
    Field("contacts_k", "number", _("dispersion of the number of contacts"), math.inf, "1", 1e-4, math.inf),
    Field("quarantine_days", "number", _("stay in a quarantine room"), "response.quarantine_days", "day", 0.1, 365),
    Field("result_days", "number", _("swab to result"), "response.result_days", "day", most=30),
    Field("rounds.count", "count", _("rounds of mass testing"), 0, "rounds", most=1000),
    Field("rounds.first_day", "number", _("when the first begins"), 0, "day", most=3650),
    Field("rounds.every_days", "number", _("from one round to the next"), 1, "day", 0.1, 365),
    Field("rounds.sampling_days", "number", _("how long a round's sampling takes"), "response.sampling_days", "day", most=30),
    Field("rounds.people", "count", _("people called to each round"), 0, "people", most=1e8),
    _share("rounds.coverage", _("share of them that comes"), 1),
    Field("rounds.pool_size", "count", _("swabs in one tube"), "response.pool_size", "swabs", 1, 100),
    Field("limits.rooms", "limit", _("quarantine rooms"), None, "rooms", most=1e6),
    Field("limits.transfers_per_day", "limit", _("people that vehicles can move"), None, "people per day", 1e-3),
    Field("limits.tubes_per_day", "limit", _("tubes that laboratories can test in rounds"), None, "tubes per day", 1e-3),
    Field("limits.interviews_per_day", "limit", _("cases that interviewers can take"), None, "cases per day", 1e-3),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}
ENGINE = {
    "rounds.count": "rounds",
    "rounds.first_day": "round_first",
    "rounds.every_days": "round_every",
    "rounds.sampling_days": "round_days",
    "rounds.people": "people",
    "rounds.coverage": "coverage",
    "rounds.pool_size": "pool_size",
}  # names of the engine that differ, besides those of limits, which lose their group
SETTINGS = {
    "days": (_("days that are simulated"), 140, 1, 3650),
    "cap_cases": (_("a run ends at so many infections"), 5000, 1, 1_000_000),
    "controlled.from_day": (_("control: no onset from this day on …"), 84, 0, 3650),
    "controlled.until_day": (_("… up to this day, it not included"), 119, 1, 3650),
    "goal_days": (_("one incubation period, the goal"), int(parameters.named("response.goal_days").value), 1, 365),
}  # whole numbers that hold for all runs
OTHER = ("preset", "title", "sensitivity", "quarantine_tests", "more", "delay", "worst_reasonable")
GROUPS = {"rounds", "limits", "controlled", "more"}
ALIASES = {"r": "r0", "initial": "initial_cases", "traced_share": "traced", "cap": "cap_cases"}
# which end of an interval is the bad one, for the worst reasonable case (做好最坏的打算)
WORSE = {"initial_cases": 1, "r0": 1, "k": 1, "asymptomatic": 1, "presymptomatic": 1, "isolation_delay": 1, "traced": -1,
         "traced2": -1, "tracing_delay": 1, "waiting_transmission": 1, "leak": 1, "contacts_per_case": 1,
         "contacts2_per_contact": 1, "result_days": 1, "rounds.coverage": -1}  # fmt: skip


def engine_name(name: str) -> str:
    """The name of a field in the engine."""
    return ENGINE.get(name, name.removeprefix("limits."))
