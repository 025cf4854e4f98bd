"""Areas (辖区) by code, with their names in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from ..models import Area


def names(codes: Iterable[str]) -> dict[str, str]:
    """The names of some areas; a code that is not in the register stands for itself."""
    wanted = {code for code in codes if code}
    known = Area.objects.in_bulk(wanted)
    return {code: str(known.get(code, code)) for code in wanted}


def stem_of(code: str) -> str:
    """What the codes of everything inside an area begin with: 4111 for 411100, 411122 for 411122 and 411122000."""
    code = code.strip()
    stem = code.rstrip("0")
    for level in (2, 4, 6, 9, 12):  # province, city, county, township, village
        if len(stem) <= level:
            return code[:level]
    return code
