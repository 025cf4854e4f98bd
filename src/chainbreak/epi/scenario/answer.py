"""What the runs say (情景结论): probabilities with their standard error, bands by day, what breaks first, what more helps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainbreak.epi.scenario import engine
from chainbreak.epi.scenario.fields import BY_NAME, FIELDS, SETTINGS, _
from chainbreak.epi.scenario.reading import LIMITS, Scenario
from chainbreak.epi.scenario.simulate import UNKNOWN, Progress, Runs, simulate, with_more
from chainbreak.epi.scenario.value import Delay, Uncertain

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def answer(scenario: Scenario, *, runs: int, seed: int, progress: Progress | None = None) -> dict[str, Any]:
    """Run a scenario, and once more for each limit that is set with more of it; all that there is to say, as JSON."""
    limited = [limit for limit in LIMITS if math.isfinite(scenario.numbers[limit].mean)]
    whole = runs * (1 + len(limited))

    def part(number: int) -> Progress | None:
        return None if progress is None else lambda done, _of: progress(number * runs + done, whole)

    found = simulate(scenario, runs=runs, seed=seed, progress=part(0))
    said = summary(found)
    said["one_more"] = []
    for number, limit in enumerate(limited, 1):
        other = simulate(with_more(scenario, limit), runs=runs, seed=seed, progress=part(number))
        said["one_more"].append(_difference(found, other, limit))
    return said


def summary(found: Runs) -> dict[str, Any]:
    """The answer without what more of each limit would do."""
    scenario, days = found.scenario, found.scenario.settings["days"]
    said: dict[str, Any] = {
        "title": scenario.title,
        "edition": scenario.edition,
        "runs": len(found),
        "seed": found.seed,
        **_share("p_controlled", found.controlled),
        **_share("p_extinct", found.extinct),
        **_share("p_capped", found.capped),
        "controlled": {
            "from_day": scenario.settings["controlled.from_day"],
            "until_day": scenario.settings["controlled.until_day"],
            "below_cases": scenario.settings["cap_cases"],
        },
        "community_zero": _community(found),
        "total_infections": _quantiles(np.where(found.capped, UNKNOWN, found.n_cases)),
        "days": list(range(days)),
    }
    for name in engine.DAILY:
        said[name] = bands(found.of(name))
    said["peak"] = {name: _peak(found.of(name)) for name in ("cases", *engine.DAILY[3:])}
    said["bands_hold_until_day"] = _hold(found)
    said["limits"], said["first_to_break"] = _limits(found)
    said["assumptions"] = assumptions(scenario)
    said["notes"] = notes(found)
    return said


def bands(series: NDArray[np.int64]) -> dict[str, list[int | None]]:
    """Quantiles by day of shape (runs, days): the least number that so large a share of the runs does not exceed.

    None where too many runs had reached the cap by that day.
    """
    ordered = np.sort(series, axis=0)
    places = {name: max(0, math.ceil(share * len(series)) - 1) for name, share in QUANTILES.items()}
    return {name: [_known(value) for value in ordered[place]] for name, place in places.items()}


def assumptions(scenario: Scenario) -> list[dict[str, Any]]:
    """Every parameter with its value, unit, uncertainty, and whether it was given, and its source."""
    lines = []
    for field in FIELDS:
        line: dict[str, Any] = {"name": field.name, "meaning": field.meaning, "unit": field.unit}
        if field.kind == "delay":
            delay = scenario.delays[field.name]
            line |= {"value": _mean(delay), "sd": _sd(delay), "distribution": _kind(delay), "source": delay.source}
            if delay.known is None and not delay.mean.is_certain:
                line |= {"low": delay.mean.low, "high": delay.mean.high}
        else:
            number: Uncertain = scenario.numbers[field.name]
            value: Any = bool(number.mean) if field.kind == "flag" else number.mean
            line |= {"value": None if value in (math.inf,) else value, "source": number.source}
            if not number.is_certain:
                low, high = (min(number.choices), max(number.choices)) if number.choices else (number.low, number.high)
                line |= {"low": low, "high": high}
        line["given"] = field.name in scenario.given
        lines.append(line)
    for name, (meaning, *_rest) in SETTINGS.items():
        lines.append(
            {"name": name, "meaning": meaning, "unit": "", "value": scenario.settings[name], "source": None,
             "given": name in scenario.given}
        )  # fmt: skip
    lines.append(
        {"name": "sensitivity", "meaning": _("share of infected swabs that test positive, by days since infection"),
         "unit": "share", "value": [list(side) for side in scenario.sensitivity], "source": scenario.sensitivity_source,
         "given": "sensitivity" in scenario.given}
    )  # fmt: skip
    return lines


def notes(found: Runs) -> list[str]:
    """Codes of what a reader must know before he uses the answer."""
    numbers, codes = found.scenario.numbers, []
    if numbers["contacts_per_case"].mean == 0 and numbers["traced"].mean > 0 and numbers["quarantine"].mean:
        codes.append("only_infected_contacts")
    if found.capped.any():
        codes.append("capped")
    if len(found) < 1000:
        codes.append("few_runs")
    if numbers["rounds.count"].mean >= 1 and numbers["rounds.people"].mean == 0:
        codes.append("rounds_without_people")
    return codes


def _share(name: str, holds: NDArray[np.bool_]) -> dict[str, float]:
    p = float(holds.mean())
    return {name: p, f"{name}_se": math.sqrt(p * (1 - p) / len(holds))}


def _community(found: Runs) -> dict[str, Any]:
    """From which day on there is no finding in the community any more, while the outbreak is over or watched to the end."""
    goal, days = found.scenario.settings["goal_days"], found.scenario.settings["days"]
    ends = np.where(found.capped, math.inf, np.floor(found.last_community) + 1)
    by_day = [float((ends <= day).mean()) for day in range(days)]

    def first(share: float) -> int | None:
        return next((day for day, p in enumerate(by_day) if p >= share), None)

    return {
        "goal_days": goal,
        "p": float((ends <= goal).mean()),
        "p_by_day": by_day,
        "day_50": first(0.5),
        "day_80": first(0.8),
        "day_95": first(0.95),
    }


def _quantiles(values: Any) -> dict[str, int | None]:
    ordered = np.sort(values)
    return {name: _known(ordered[max(0, math.ceil(share * len(ordered)) - 1)]) for name, share in QUANTILES.items()}


def _known(value: Any) -> int | None:
    return None if value >= UNKNOWN else int(value)


def _peak(series: NDArray[np.int64]) -> dict[str, Any]:
    """The greatest need of a day, over the runs; None where runs that reached the cap have it open."""
    return _quantiles(series.max(axis=1))


def _hold(found: Runs) -> int:
    """The last day before one run in twenty had reached the cap."""
    days = found.scenario.settings["days"]
    ends = np.where(found.capped, np.floor(found.last_infection), days)
    return int(min(days - 1, np.sort(ends)[max(0, math.ceil(0.05 * len(found)) - 1)] - 1))


def _limits(found: Runs) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """How often each limit is reached, when, and which is reached first."""
    lines: list[dict[str, Any]] = []
    first = found.breaks.min(axis=1)
    for place, name in enumerate(engine.LIMITS):
        limit = found.scenario.numbers[f"limits.{name}"]
        if not math.isfinite(limit.mean):
            continue
        broke = found.breaks[:, place]
        hit = np.isfinite(broke)
        lines.append(
            {
                "limit": name,
                "value": limit.mean,
                **_share("p_reached", hit),
                "p_first": float((hit & (broke == first)).mean()),
                "day": _quantiles(np.floor(broke[hit])) if hit.any() else None,
            }
        )
    reached = [line for line in lines if line["p_first"] > 0]
    return lines, max(reached, key=lambda line: line["p_first"]) if reached else None


def _difference(found: Runs, other: Runs, limit: str) -> dict[str, Any]:
    """What more of one limit changes, run by run on the same would-be outbreaks."""
    line: dict[str, Any] = {
        "limit": limit.removeprefix("limits."),
        "more": found.scenario.more[limit],
        "unit": BY_NAME[limit].unit,
    }
    goal = found.scenario.settings["goal_days"]
    parts: dict[str, Callable[[Runs], Any]] = {
        "p_controlled": lambda r: r.controlled.astype(float),
        "p_community_zero": lambda r: ((np.floor(r.last_community) + 1 <= goal) & ~r.capped).astype(float),
        "infections": lambda r: r.n_cases.astype(float),
    }
    for name, part in parts.items():
        change = part(other) - part(found)
        line[name] = float(change.mean())
        line[f"{name}_se"] = float(change.std() / math.sqrt(len(change)))
    return line


def _mean(delay: Delay) -> float:
    return delay.known.mean if delay.known is not None else delay.mean.mean


def _sd(delay: Delay) -> float:
    return delay.known.sd if delay.known is not None else delay.sd.mean


def _kind(delay: Delay) -> str:
    return delay.known.kind if delay.known is not None else delay.kind
