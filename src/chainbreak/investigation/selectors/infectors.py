"""What is on file of an outbreak for the question who infected whom (传染关系推断的事实), and the reconstructions so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Q, QuerySet

from chainbreak.epi.genomes.bases import letters_of
from chainbreak.epi.genomes.verdict import LEAST_COMPARED
from chainbreak.epi.infectors.outbreak import Outbreak as Known
from chainbreak.epi.infectors.outbreak import Stays
from chainbreak.governance.refusal import Refused

from ..models import CaseRelation, Exposure, InfectorRun, Outbreak, TrajectorySegment, TransmissionLink
from .genome_set import aligned, stored
from .line_list import Wanted, line_list

ZONE = ZoneInfo("Asia/Shanghai")
KINDS = ("genomes", "contacts", "stays", "travel")  # of facts that may be left out of a question


@dataclass(frozen=True)
class Gathered:
    """The outbreak as the reconstruction takes it; ids are case numbers as texts. `without_day` cases have no date at all."""

    known: Known
    used: list[str]
    missing: list[str]
    without_day: int
    n: dict[str, int] = field(default_factory=dict)  # of each kind of facts, how many there are


def runs(outbreak: Outbreak) -> QuerySet[InfectorRun]:
    """The reconstructions of an outbreak, the newest first."""
    return InfectorRun.objects.filter(outbreak=outbreak).select_related("asked_by").defer("answer").order_by("-pk")


def run(number: int) -> InfectorRun:
    """One reconstruction.

    Raises:
        Refused("unknown_infector_run"): there is none of that number.
    """
    found = InfectorRun.objects.select_related("outbreak", "asked_by").filter(pk=number).first()
    if found is None:
        raise Refused("unknown_infector_run", number=number)
    return found


def gather(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None, use: Collection[str] = KINDS) -> Gathered:
    """Dates, and of genomes, named contacts, stays and notes of travel what is there and wanted.

    Named contacts are exposures told in interviews, relations between cases, and links by history; links that a
    reconstruction proposed (they have a probability) are not evidence for the next one.
    """
    cases = list(line_list(outbreak, Wanted(), as_of=as_of, as_known=as_known))
    today = as_of.astimezone(ZONE).date()
    onset = [_begin(case.onset_date) if case.onset_date and case.onset_date < today else np.nan for case in cases]
    sample = [_moment(case.first_positive_at or case.reported_at, as_of) for case in cases]
    there = [at for at in range(len(cases)) if not (np.isnan(onset[at]) and np.isnan(sample[at]))]
    without = len(cases) - len(there)
    cases, onset, sample = [cases[at] for at in there], [onset[at] for at in there], [sample[at] for at in there]
    index = {case.pk: at for at, case in enumerate(cases)}
    people = {case.person_id: at for at, case in enumerate(cases)}
    isolated = np.array([_moment(case.isolated_at, as_of) for case in cases])
    origins = np.array([{"local": 0, "unknown": -1}.get(case.origin, 1) for case in cases], np.int64)
    genomes = _genomes(outbreak, index, cases, as_of, as_known) if "genomes" in use else {}
    contacts = _contacts(outbreak, index, people, as_of, as_known) if "contacts" in use else None
    stays = _stays(people, as_of, as_known) if "stays" in use else None
    travelled = origins if "travel" in use and (origins >= 0).any() else None
    found = {
        "onsets": int(np.isfinite(np.array(onset, float)).sum()), "samples": int(np.isfinite(np.array(sample, float)).sum()),
        "genomes": len(genomes) if len(genomes) > 1 else 0, "contacts": 0 if contacts is None else len(contacts),
        "stays": 0 if stays is None else len(stays.case), "travel": 0 if travelled is None else int((travelled >= 0).sum()),
    }  # fmt: skip
    known = Known(
        ids=[str(case.number) for case in cases], onset=np.array(onset, float), sample=np.array(sample, float),
        isolated=isolated if np.isfinite(isolated).any() else None, travelled=travelled,
        genomes=genomes if found["genomes"] else {}, contacts=contacts, stays=stays,
    )  # fmt: skip
    used = [name for name, n in found.items() if n]
    return Gathered(known, used, [name for name in found if name not in used], without, found)


def _genomes(
    outbreak: Outbreak, index: dict[int, int], cases: Sequence[Any], as_of: datetime, as_known: datetime | None
) -> dict[str, str]:
    """The best genome of each case, in the places of the reference."""
    rows = stored(outbreak, as_of=as_of, as_known=as_known)
    codes, _reference = aligned(rows)
    best: dict[str, tuple[float, int]] = {}
    for at, row in enumerate(rows):
        if row.case_id in index and (row.coverage or 0.0) >= LEAST_COMPARED:
            name = str(cases[index[row.case_id]].number)
            best[name] = max(best.get(name, (-1.0, 0)), (row.coverage or 0.0, at))
    return {name: letters_of(codes[at]) for name, (_coverage, at) in best.items()}


def _contacts(
    outbreak: Outbreak, index: dict[int, int], people: dict[int, int], as_of: datetime, as_known: datetime | None
) -> np.ndarray | None:
    pairs = set()
    told = Exposure.objects.known_at(as_known).filter(person__in=people, source__in=people, started_at__lt=as_of)
    pairs |= {(people[a], people[b]) for a, b in told.values_list("source", "person")}
    related = CaseRelation.objects.known_at(as_known).filter(case__in=index, other__in=index)
    pairs |= {(index[a], index[b]) for a, b in related.values_list("case", "other")}
    links = TransmissionLink.objects.known_at(as_known).filter(outbreak=outbreak, probability__isnull=True)
    links = links.filter(~Q(state="rejected"), basis__in=("history", "both"), infector__in=index, infectee__in=index)
    pairs |= {(index[a], index[b]) for a, b in links.values_list("infector", "infectee")}
    listed = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    return np.array(listed, np.int64).reshape(-1, 2) if listed else None


def _stays(people: dict[int, int], as_of: datetime, as_known: datetime | None) -> Stays | None:
    rows = TrajectorySegment.objects.known_at(as_known).filter(person__in=people, arrived_at__lt=as_of)
    found = list(rows.order_by("pk").values_list("person", "place", "place__kind", "arrived_at", "left_at"))
    if not found:
        return None
    places = {place: at for at, place in enumerate(dict.fromkeys(row[1] for row in found))}
    kinds = sorted({row[2] or "" for row in found})
    kind_of = {row[1]: kinds.index(row[2] or "") for row in found}
    return Stays(
        case=np.array([people[row[0]] for row in found], np.int64),
        place=np.array([places[row[1]] for row in found], np.int64),
        arrived=np.array([_ordinal(row[3]) for row in found]),
        left=np.array([_ordinal(min(row[4], as_of)) for row in found]),
        kinds=kinds,
        kind_of_place=np.array([kind_of[place] for place in places], np.int64),
    )


def _begin(day: date) -> float:
    return float(day.toordinal())


def _moment(at: datetime | None, as_of: datetime) -> float:
    return float("nan") if at is None or at >= as_of else _ordinal(at)


def _ordinal(at: datetime) -> float:
    """An instant as days: the ordinal of its date in the city, and the part of the day."""
    local = at.astimezone(ZONE)
    return local.toordinal() + (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
