"""What a line list and a list of links say of cases (病例与传播关系), and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

IMPORTED, LOCAL = "imported", "local"


@dataclass(frozen=True)
class Listed:
    """One case; None or empty where nothing is known. `row` is its place in the file."""

    id: str
    row: int | None = None
    onset_date: date | None = None
    sampled_date: date | None = None
    reported_date: date | None = None
    isolated_date: date | None = None
    exposed_from: date | None = None
    exposed_until: date | None = None
    died_date: date | None = None
    origin: str | None = None  # IMPORTED, LOCAL


@dataclass(frozen=True)
class Link:
    """Who infected whom, as a row says it."""

    infector: str
    infectee: str
    row: int | None = None
    setting: str = ""
    exposed_from: date | None = None
    interval_days: int | None = None  # between the onsets, where the row itself says so


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong or doubtful: a code for programs, the cases and rows, facts for the words."""

    code: str
    ids: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """error: what was said cannot be so, or was not used; warning: look at it; note: for information."""
        return SEVERITY[self.code]


SEVERITY = {
    "case_without_id": "error",
    "case_twice": "error",
    "date_unreadable": "error",
    "link_incomplete": "error",
    "dangling_link": "error",
    "self_link": "error",
    "repeated_link": "note",
    "several_infectors": "warning",
    "cycle": "error",
    "interval_negative": "warning",
    "interval_impossible": "error",
    "interval_differs": "warning",
    "isolated_before_infection": "error",
    "link_after_onset": "error",
    "imported_with_infector": "warning",
    "exposure_reversed": "error",
    "exposure_after_onset": "error",
    "death_before_onset": "error",
    "report_before_onset": "note",
    "sample_before_onset": "note",
    "genome_twice": "warning",
    "genome_empty": "error",
    "genome_not_alignable": "error",
    "genome_poor": "warning",
    "metadata_without_genome": "note",
    "lineage_without_genome": "note",
}
