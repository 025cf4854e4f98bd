"""The numbers the city is made of, read from `parameters.toml`: each with unit and source."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def table() -> dict[str, Any]:
    """The whole file."""
    text = resources.files(__package__).joinpath("parameters.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def value(name: str) -> Any:
    """One value by its name, `household.size_shares` say.

    Raises:
        KeyError: there is none of that name.
    """
    found: Any = table()
    for part in name.split("."):
        found = found[part]
    return found["value"]


def listed() -> list[tuple[str, Any, str, str]]:
    """Every parameter: name, value, unit, source."""
    rows: list[tuple[str, Any, str, str]] = []

    def walk(prefix: str, node: dict[str, Any]) -> None:
        for key, child in node.items():
            if isinstance(child, dict) and "value" in child:
                rows.append((prefix + key, child["value"], child["unit"], child["source"]))
            elif isinstance(child, dict):
                walk(f"{prefix}{key}.", child)

    walk("", table())
    return rows
