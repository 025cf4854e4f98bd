"""Genomes of an outbreak (测序结果), the judgements of links, and the history of each case beside them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from chainbreak.epi.genomes.evidence import Evidence, disagreements

from ..models import Case, LinkAssessment, Outbreak, Sequence, TransmissionLink
from .chain import cases_and_links

RESULTS = LinkAssessment.Result.choices
CONCLUSIONS = Sequence.Conclusion.choices


@dataclass(frozen=True)
class Beside:
    """One case with what its genome and its history say."""

    case: Case
    sequence: Sequence | None
    links: list[TransmissionLink]
    assessment: LinkAssessment | None
    own: bool  # a case of this outbreak, not one of another that was judged against it
    disagreements: list[str] = field(default_factory=list)


def beside(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None) -> list[Beside]:
    """The cases of the outbreak and those judged against it, each with genome, links and newest judgement."""
    cases, links = cases_and_links(outbreak, as_of=as_of, as_known=as_known)
    own = {case.pk for case in cases}
    judged = newest_assessments(outbreak, as_of=as_of, as_known=as_known)
    foreign = (
        Case.objects.filter(pk__in=set(judged) - own).exclude(outbreak=outbreak).select_related("outbreak", "person")
    )
    everybody = [*cases, *foreign.order_by("outbreak__code", "number")]
    rows = Sequence.objects.known_at(as_known).filter(case__in=[case.pk for case in everybody], reported_at__lt=as_of)
    newest = {row.case_id: row for row in rows.order_by("reported_at", "pk")}
    of_case: dict[int, list[TransmissionLink]] = defaultdict(list)
    for link in links:
        of_case[link.infector_id].append(link)
        of_case[link.infectee_id].append(link)
    return [
        _beside(case, newest, of_case[case.pk], judged.get(case.pk), own=case.outbreak_id == outbreak.pk)
        for case in everybody
    ]


def newest_assessments(outbreak: Outbreak, *, as_of: datetime, as_known: datetime | None) -> dict[int, LinkAssessment]:
    """Case -> the newest judgement of its link to the outbreak, true before `as_of`."""
    rows = LinkAssessment.objects.known_at(as_known).filter(outbreak=outbreak, valid_from__lt=as_of)
    return {row.case_id: row for row in rows.select_related("recorded_by").order_by("valid_from", "pk")}


def history_of(outbreak: Outbreak, case: Case, *, as_known: datetime | None) -> list[LinkAssessment]:
    """All judgements of a case's link, the newest first."""
    rows = LinkAssessment.objects.known_at(as_known).filter(outbreak=outbreak, case=case)
    return list(rows.select_related("recorded_by").order_by("-valid_from", "-pk"))


def _beside(
    case: Case,
    sequences: dict[int, Sequence],
    links: list[TransmissionLink],
    judged: LinkAssessment | None,
    *,
    own: bool,
) -> Beside:
    sequence = sequences.get(case.pk)
    neighbours = [link.infectee_id if link.infector_id == case.pk else link.infector_id for link in links]
    evidence = Evidence(
        linked=bool(links),
        lineage=sequence.lineage if sequence else "",
        neighbours=[sequences[other].lineage for other in neighbours if other in sequences],
        conclusion=sequence.conclusion if sequence else "",
        coverage=sequence.coverage if sequence else None,
        assessed=judged.result if judged else "",
    )
    return Beside(case, sequence, links, judged, own, disagreements(evidence))
