"""Areas (辖区) by code, with their names in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from ..models import Area


def names(codes: Iterable[str]) -> dict[str, str]:
    """The names of some areas; a code that is not in the register stands for itself."""
    wanted = {code for code in codes if code}
    known = Area.objects.in_bulk(wanted)
    return {code: str(known.get(code, code)) for code in wanted}
