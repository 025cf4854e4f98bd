"""Where the history and the genome of a case disagree (流调与基因组证据对照): for a person to look at, never decided here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .pango import is_within


@dataclass(frozen=True)
class Evidence:
    """What is known of one case: its links by history, and its genome."""

    linked: bool  # an accepted or proposed link to another case of the outbreak
    lineage: str = ""  # empty: no genome, or no lineage called
    neighbours: Sequence[str] = ()  # lineages of the cases it is linked to, where known
    conclusion: str = ""  # same_chain, other, inconclusive; empty: no genome
    coverage: float | None = None
    assessed: str = ""  # linked, not_linked, unknown; empty: nobody has


LEAST_COVERAGE = 0.5  # of the reference; as in `verdict`


def disagreements(evidence: Evidence) -> list[str]:
    """Codes of what does not fit.

    lineage_differs: a neighbour in the chain has another lineage. genome_excludes: linked, but the genome says another
    chain. link_missing: the genome says this chain, but no link is known. assessment_differs: a person judged otherwise
    than the genome says. coverage_low: the genome says too little for any of it.
    """
    found = []
    if evidence.coverage is not None and evidence.coverage < LEAST_COVERAGE:
        found.append("coverage_low")
    others = [name for name in evidence.neighbours if name]
    if evidence.lineage and any(not _fit(evidence.lineage, other) for other in others):
        found.append("lineage_differs")
    if evidence.linked and evidence.conclusion == "other":
        found.append("genome_excludes")
    if not evidence.linked and evidence.conclusion == "same_chain":
        found.append("link_missing")
    against = {("linked", "other"), ("not_linked", "same_chain")}
    if (evidence.assessed, evidence.conclusion) in against:
        found.append("assessment_differs")
    return found


def _fit(one: str, other: str) -> bool:
    """One is the other, a part of it, or a word like Omicron that is no name of the nomenclature."""
    if not any(char.isdigit() for char in one) or not any(char.isdigit() for char in other):
        return True
    return is_within(one, other) or is_within(other, one)
