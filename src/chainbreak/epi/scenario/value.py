"""Values of a scenario that may be uncertain (不确定参数): a number, a mean with its interval, a range, or values."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import stats

from chainbreak.epi import parameters
from chainbreak.epi.parameters import Distribution
from chainbreak.epi.parameters.distribution import KINDS, Floats


class ScenarioError(ValueError):
    """A scenario that cannot be understood: `code` for programs, `facts` for the words."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(f"{code}: {', '.join(f'{key}={value!r}' for key, value in facts.items())}")
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Uncertain:
    """What is believed of one number: `mean`, and if `low` < `high`, the interval of `level` round it.

    A share is taken as beta, any other number as gamma, of this mean and the interval's width; with `flat`, as uniform
    from low to high.
    """

    mean: float
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    flat: bool = False
    choices: tuple[float, ...] = ()
    source: str | None = None

    @property
    def is_certain(self) -> bool:
        """Whether it is one number."""
        return not self.choices and (self.low is None or self.high is None or self.low == self.high)

    def at_worst(self, worse: int) -> Uncertain:
        """Its bad end as a certain number: the high one where `worse` is above 0, else the low one."""
        if self.is_certain:
            return self
        ends = (min(self.choices), max(self.choices)) if self.choices else (self.low, self.high)
        end = ends[1] if worse > 0 else ends[0]
        return Uncertain(self.mean if end is None else end, source=self.source)

    def draws(self, chances: Floats, *, share: bool) -> Floats:
        """Its values at these chances (0 to 1), rising with them; the shape of `chances`."""
        if self.choices:
            chosen = np.sort(np.asarray(self.choices, dtype=float))[(chances * len(self.choices)).astype(int)]
            return np.asarray(chosen, dtype=float)
        if self.is_certain or self.low is None or self.high is None:
            return np.full(chances.shape, self.mean)
        if self.flat:
            return np.asarray(self.low + chances * (self.high - self.low), dtype=float)
        sd = (self.high - self.low) / (2 * float(stats.norm.ppf((1 + self.level) / 2)))
        if share and 0 < self.mean < 1:
            sd = min(sd, 0.999 * math.sqrt(self.mean * (1 - self.mean)))
            size = self.mean * (1 - self.mean) / sd**2 - 1
            return np.asarray(stats.beta.ppf(chances, self.mean * size, (1 - self.mean) * size), dtype=float)
        return Distribution.by_mean_sd("gamma", self.mean, sd).quantile(chances)


@dataclass(frozen=True)
class Delay:
    """A delay between people whose mean and sd may themselves be uncertain; or a distribution that is known."""

    known: Distribution | None = None
    kind: str = "gamma"
    mean: Uncertain = field(default_factory=lambda: Uncertain(0.0))
    sd: Uncertain = field(default_factory=lambda: Uncertain(0.0))
    source: str | None = None

    def at_worst(self, worse: int) -> Delay:
        """The delay with its mean at the bad end."""
        return self if self.known is not None else replace(self, mean=self.mean.at_worst(worse))

    def places(self, mean_chances: Floats, sd_chances: Floats) -> tuple[Floats, tuple[float, ...]]:
        """Kind and its two numbers for each run, shape (runs, 3); and the values seen, for kind `values`."""
        runs = len(mean_chances)
        if self.known is not None:
            number = KINDS.index(self.known.kind)
            a, b = (0.0, float(len(self.known.seen))) if self.known.seen else (self.known.a, self.known.b)
            return np.tile([float(number), a, b], (runs, 1)), self.known.seen
        found = np.empty((runs, 3))
        means, sds = self.mean.draws(mean_chances, share=False), self.sd.draws(sd_chances, share=False)
        if self.mean.is_certain and self.sd.is_certain:
            means, sds = means[:1], sds[:1]
        for run, (mean, sd) in enumerate(zip(means, sds, strict=True)):
            one = Distribution.by_mean_sd(self.kind, max(float(mean), 1e-9), float(sd))
            found[run] = KINDS.index(one.kind), one.a, one.b
        found[len(means) :] = found[0]
        return found, ()


def uncertain(name: str, raw: Any, *, least: float, most: float, wanted: str) -> Uncertain:
    """A number of a scenario as written in its file.

    Raises:
        ScenarioError: wrong_value, unknown_parameter or unknown_key, each with the name.
    """
    if isinstance(raw, str) and (not raw.strip() or raw.strip()[0] in "+-.,0123456789"):  # a number written wrong
        raise ScenarioError("wrong_value", name=name, value=raw, wanted=wanted, least=least, most=most)
    if isinstance(raw, str):
        raw = {"parameter": raw}
    if isinstance(raw, Mapping):
        try:
            found = _written_out(name, raw, wanted)
        except ScenarioError as error:
            error.facts |= {"least": least, "most": most}
            raise
    elif isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ScenarioError("wrong_value", name=name, value=raw, wanted=wanted, least=least, most=most)
    else:
        found = Uncertain(float(raw))
    for value in (found.mean, found.low, found.high, *found.choices):
        if value is not None and not least <= value <= most:
            raise ScenarioError("wrong_value", name=name, value=value, wanted=wanted, least=least, most=most)
    return found


def _written_out(name: str, raw: Mapping[Any, Any], wanted: str) -> Uncertain:
    if "parameter" in raw:
        found = _library(name, raw["parameter"])
        return Uncertain(found.value, found.low, found.high, found.level, source=f"{found.source} ({found.population})")
    _keys(name, raw, ("mean", "low", "high", "level", "values", "source"))
    source = str(raw["source"]) if "source" in raw else None
    if "values" in raw:
        chosen = raw["values"]
        if not isinstance(chosen, list) or not chosen:
            raise ScenarioError("wrong_value", name=name, value=chosen, wanted=wanted)
        numbers = tuple(_number(name, value, wanted) for value in chosen)
        return Uncertain(float(np.mean(numbers)), choices=numbers, source=source)
    low = _number(name, raw["low"], wanted) if "low" in raw else None
    high = _number(name, raw["high"], wanted) if "high" in raw else None
    if "mean" not in raw:
        if low is None or high is None or low > high:
            raise ScenarioError("wrong_value", name=name, value=dict(raw), wanted=wanted)
        return Uncertain((low + high) / 2, low, high, flat=True, source=source)
    mean, level = _number(name, raw["mean"], wanted), _number(name, raw.get("level", 0.95), wanted)
    if (low is None) != (high is None) or not 0 < level < 1 or (low is not None and not low <= mean <= (high or 0)):
        raise ScenarioError("wrong_interval", name=name, value=dict(raw))
    return Uncertain(mean, low, high, level, source=source)


def delay(name: str, raw: Any) -> Delay:
    """A delay of a scenario as written in its file: days, a parameter's name, mean and sd, a distribution, or values.

    Raises:
        ScenarioError: as `uncertain`, and wrong_delay.
    """
    wanted = "days"
    if isinstance(raw, str):
        raw = {"parameter": raw}
    if not isinstance(raw, Mapping):
        return Delay(Distribution.fixed(uncertain(name, raw, least=0, most=3650, wanted=wanted).mean))
    source = str(raw["source"]) if "source" in raw else None
    try:
        if "parameter" in raw:
            found = _library(name, raw["parameter"])
            said = f"{found.source} ({found.population})" + (f"; sd: {found.sd_from}" if found.sd_from else "")
            known = found.distribution()
            if found.low is None or found.sd is None:
                return Delay(known, source=said)
            mean = Uncertain(found.value, found.low, found.high, found.level)
            return Delay(None, known.kind, mean, Uncertain(found.sd), source=said)
        _keys(name, raw, ("distribution", "mean", "sd", "shape", "scale", "meanlog", "sdlog", "values", "source"))
        if "values" in raw:
            values = raw["values"] if isinstance(raw["values"], list) else []
            seen = [_number(name, value, wanted) for value in values]
            if not seen or min(seen) < 0:
                raise ScenarioError("wrong_value", name=name, value=raw["values"], wanted=wanted)
            return Delay(Distribution.of_values(seen), source=source)
        kind = str(raw.get("distribution", "gamma"))
        for pair in (("shape", "scale"), ("meanlog", "sdlog")):
            if pair[0] in raw or pair[1] in raw:
                first, second = (_number(name, raw.get(key), "a number") for key in pair)
                return Delay(Distribution(kind, first, second), source=source)
        mean = uncertain(f"{name}.mean", raw.get("mean"), least=0, most=3650, wanted=wanted)
        sd = uncertain(f"{name}.sd", raw.get("sd", 0), least=0, most=3650, wanted=wanted)
        Distribution.by_mean_sd(kind, max(mean.mean, 1e-9), sd.mean)
    except ScenarioError:
        raise
    except ValueError as error:
        raise ScenarioError("wrong_delay", name=name, said=str(error)) from None
    return Delay(None, kind, mean, sd, source=source)


def _library(name: str, wanted: Any) -> parameters.Parameter:
    try:
        return parameters.named(str(wanted))
    except ValueError as error:
        raise ScenarioError("unknown_parameter", name=name, said=str(error)) from None


def _number(name: str, raw: Any, wanted: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or math.isnan(raw):
        raise ScenarioError("wrong_value", name=name, value=raw, wanted=wanted, least=-math.inf, most=math.inf)
    return float(raw)


def _keys(name: str, raw: Mapping[Any, Any], known: tuple[str, ...]) -> None:
    for key in raw:
        if key not in known:
            raise ScenarioError("unknown_key", name=f"{name}.{key}", nearest=nearest(str(key), known))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that this one was most likely meant to be."""
    names = [str(each) for each in known]
    lower = {each.lower(): each for each in names}
    found = difflib.get_close_matches(name.lower(), list(lower), 1, 0.0)
    return lower[found[0]] if found else names[0]
