"""The parameters that Chainbreak proposes (默认参数), out of `defaults.toml`: never a number without its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np

from chainbreak.epi.parameters.distribution import Distribution, Floats


@dataclass(frozen=True)
class Parameter:
    """One quantity in one population: the mean of a delay, else the value itself, with the interval round it."""

    name: str
    quantity: str
    value: float
    unit: str
    population: str
    source: str
    edition: str
    low: float | None = None
    high: float | None = None
    level: float = 0.95  # of the interval
    sd: float | None = None  # between people; of delays
    sd_from: str | None = None
    shape: Distribution | None = None

    def distribution(self) -> Distribution:
        """The delay between people.

        Raises:
            ValueError: its source gave no spread.
        """
        if self.shape is None:
            raise ValueError(f"{self.name} has no distribution: its source gave no sd")
        return self.shape


@dataclass(frozen=True)
class Curve:
    """A share that changes by days since infection: straight lines between the days given, 0 outside them."""

    name: str
    quantity: str
    unit: str
    days: tuple[float, ...]
    values: tuple[float, ...]
    population: str
    source: str
    edition: str
    lows: tuple[float, ...] | None = None
    highs: tuple[float, ...] | None = None

    def at(self, days: Any) -> Floats:
        """The share at so many days since infection; the shape of `days`."""
        found = np.interp(np.asarray(days, dtype=float), self.days, self.values, left=0.0, right=0.0)
        return np.asarray(found, dtype=float)


def named(name: str) -> Parameter:
    """The parameter of that name.

    Raises:
        ValueError: there is none; says the nearest name.
    """
    found = _library().get(name)
    if not isinstance(found, Parameter):
        raise ValueError(_unknown("parameter", name, Parameter))
    return found


def curve(name: str) -> Curve:
    """The curve of that name; ValueError with the nearest name if there is none."""
    found = _library().get(name)
    if not isinstance(found, Curve):
        raise ValueError(_unknown("curve", name, Curve))
    return found


def names() -> tuple[str, ...]:
    """The names of all parameters and curves."""
    return tuple(_library())


def _unknown(what: str, name: str, kind: type[Any]) -> str:
    near = get_close_matches(name, [key for key, entry in _library().items() if isinstance(entry, kind)], 1, 0.0)
    return f"there is no {what} {name!r}; the nearest is {near[0]}"


@cache
def _library() -> Mapping[str, Parameter | Curve]:
    document = tomllib.loads((files("chainbreak.epi.parameters") / "defaults.toml").read_text("utf-8"))
    edition = document.pop("edition")
    return MappingProxyType({name: _entry(name, entry, edition) for name, entry in document.items()})


def _entry(name: str, entry: dict[str, Any], edition: str) -> Parameter | Curve:
    if "days" in entry:
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
        return Curve(name=name, edition=edition, **fields)
    kind, a, b = entry.pop("distribution", None), entry.pop("shape", None), entry.pop("scale", None)
    shape = None
    if kind is not None:
        shape = Distribution(kind, a, b) if a else Distribution.by_mean_sd(kind, entry["value"], entry["sd"])
    return Parameter(name=name, edition=edition, shape=shape, **entry)
