"""What a figure is asked about: an outbreak, two clocks, the rule pack, the settings of the definitions (口径)."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from chainbreak.epi import rulepack
from chainbreak.epi.rulepack import RulePack
from chainbreak.investigation.models import Derivation, Outbreak
from chainbreak.registry.models import Area

from ..wording import en_stem, zh_stem
from .instant import day_of


@cache
def settings() -> Mapping[str, Any]:
    """The settings of the definitions, from `command/figure_settings.toml`."""
    return MappingProxyType(tomllib.loads(_text()))


@cache
def settings_edition() -> str:
    """Changes with the settings."""
    return hashlib.sha256(_text().encode()).hexdigest()[:8]


def _text() -> str:
    return (files("chainbreak.command") / "figure_settings.toml").read_text("utf-8")


@dataclass(frozen=True)
class Context:
    """As of `as_of` by what was known at `as_known`; `snapshot` gives the derivation of any outbreak."""

    outbreak: Outbreak
    as_of: datetime
    as_known: datetime | None
    snapshot: Callable[[Outbreak], Derivation]
    _kept: dict = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def derivation(self) -> Derivation:
        """The snapshot of this outbreak."""
        return self.snapshot(self.outbreak)

    @cached_property
    def pack(self) -> RulePack:
        """The rule pack of this outbreak."""
        return rulepack.load(self.outbreak.rule_pack)

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings()

    @cached_property
    def day(self) -> datetime:
        """00:00 of the day that ends at `as_of`."""
        return day_of(self.as_of)

    @property
    def since(self) -> datetime:
        """Where "new" begins: 24 hours before `as_of`."""
        return self.as_of - timedelta(days=1)

    @cached_property
    def city(self) -> str:
        """What the codes of the city of this outbreak begin with; empty when its area is not known."""
        stem = self.outbreak.area_code.strip().rstrip("0")
        return (stem + "0" * (len(stem) % 2))[:4]

    @cached_property
    def areas(self) -> dict[str, Area]:
        """The areas of the city by code, with the outbreak's own."""
        found = Area.objects.filter(code__startswith=self.city, level__in=["city", "county", "functional_zone"])
        return {area.code: area for area in found.defer("geometry")}

    def zh_area(self, code: str) -> str:
        """The Chinese name of an area; its code where it has none."""
        return self.areas[code].name_zh if code in self.areas else code

    def en_area(self, code: str) -> str:
        """The English name of an area, without its level."""
        return en_stem(self.areas[code].name_en) if code in self.areas and self.areas[code].name_en else code

    @cached_property
    def place(self) -> tuple[str, str]:
        """What the outbreak is called after: its county or city, zh with level and en without."""
        code = self.outbreak.area_code
        if code in self.areas:
            return self.zh_area(code), self.en_area(code)
        return self.outbreak.name_zh, self.outbreak.name_en

    @property
    def zh_place(self) -> str:
        return self.place[0]

    @property
    def zh_place_stem(self) -> str:
        """临颍 for 临颍县."""
        return zh_stem(self.place[0])

    @property
    def en_place(self) -> str:
        return self.place[1]

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Something that several figures need, worked out once."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]
