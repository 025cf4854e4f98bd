"""How many swabs go into one tube (混采人数): by audience of the site and by area, as the round was planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..models import Round, RoundPlan, SamplingSite


def sizes(of: Round) -> Mapping[str, Any]:
    """The pool sizes planned for a round; empty where it was not planned here."""
    kept = RoundPlan.objects.filter(round=of).values_list("pool_sizes", flat=True).first()
    return kept or {}


def size(of: Round, area_code: str, audience: str = "") -> int:
    """Swabs in one tube of this round, at a site for an audience, in an area: the smaller where both are planned."""
    return chosen(sizes(of), area_code, audience, otherwise=of.pool_size)


def at_site(planned: Mapping[str, Any], site: SamplingSite | None, area_code: str, *, otherwise: int) -> int:
    """The size at a site, by its audience and its own area; without a site by the area of the device."""
    if site is None:
        return chosen(planned, area_code, "", otherwise=otherwise)
    return chosen(planned, site.area_code, site.audience, otherwise=otherwise)


def by_site(of: Round, sites: Iterable[SamplingSite]) -> dict[str, int]:
    """Site number → swabs in one tube, where it was planned otherwise than the round's usual number."""
    if not (planned := sizes(of)):
        return {}
    found = {site.number: at_site(planned, site, site.area_code, otherwise=of.pool_size) for site in sites}
    return {number: n for number, n in found.items() if n != of.pool_size}


def chosen(planned: Mapping[str, Any], area_code: str, audience: str, *, otherwise: int) -> int:
    """The size by the narrowest area planned that holds this one, and by audience; the smaller of both.

    >>> chosen({"areas": {"411122": 5}, "audiences": {"key_class": 1}}, "411122101", "everybody", otherwise=10)
    5
    """
    areas = planned.get("areas", {})
    holding = [code for code in areas if area_code.startswith(code)]
    found = areas[max(holding, key=len)] if holding else otherwise
    return min(found, planned.get("audiences", {}).get(audience, found))
