"""Chains (传播链): the cases and links of an outbreak, as pictures and tables need them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import get_language

from chainbreak.registry.models import Area

from ..models import Case, Outbreak, Sequence, TransmissionLink
from .case import with_standing


def cases_and_links(
    outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None
) -> tuple[list[Case], list[TransmissionLink]]:
    """Cases that had a class before `as_of` and were not excluded, and the links among them that were not rejected."""
    found = with_standing(Case.objects.filter(outbreak=outbreak), as_of, as_known)
    found = found.filter(classification_then__isnull=False, report_id__isnull=False)
    cases = list(found.exclude(classification_then="excluded").order_by("number"))
    there = {case.pk for case in cases}
    rows = TransmissionLink.objects.known_at(as_known).filter(outbreak=outbreak).exclude(state="rejected")
    rows = rows.select_related("infector", "infectee").order_by("pk")
    links = [row for row in rows if row.infector_id in there and row.infectee_id in there]
    return cases, links


def lineages(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None) -> dict[int, str]:
    """Case number -> lineage of its newest genome reported before `as_of`."""
    rows = Sequence.objects.known_at(as_known).filter(case__outbreak=outbreak, reported_at__lt=as_of)
    return dict(rows.exclude(lineage="").order_by("reported_at", "pk").values_list("case__number", "lineage"))


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """Code of an area -> its name in the reader's language."""
    chinese = get_language() != "en"
    rows = Area.objects.filter(code__in=set(codes)).values_list("code", "name_zh", "name_en")
    return {code: (zh if chinese else en) or zh or code for code, zh, en in rows}
