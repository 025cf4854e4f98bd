"""Imports (导入): the runs and what was wrong with their rows."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from ..models import ImportProblem, ImportRun, SavedMapping
from ..refusal import Refused


def runs() -> QuerySet[ImportRun]:
    """Every import, newest first."""
    return ImportRun.objects.select_related("by").order_by("-pk")


def run(number: int) -> ImportRun:
    """One import.

    Raises:
        Refused("unknown_run"): there is none of that number.
    """
    found = runs().filter(pk=number).first()
    if found is None:
        raise Refused("unknown_run", number=number)
    return found


def problems(of: ImportRun, *, severity: str = "", code: str = "") -> QuerySet[ImportProblem]:
    """What was wrong with the rows of an import, in the order of the file."""
    found = of.problems.order_by("pk")
    if severity:
        found = found.filter(severity=severity)
    return found.filter(code=code) if code else found


def problem_counts(of: ImportRun) -> list[tuple[str, str, int]]:
    """(severity, code, number), most frequent first."""
    rows = of.problems.values_list("severity", "code").annotate(n=Count("pk")).order_by("-n", "code")
    return list(rows)


def mappings(kind: str = "") -> QuerySet[SavedMapping]:
    """The saved mappings, of one kind of table or of all."""
    found = SavedMapping.objects.order_by("kind", "name")
    return found.filter(kind=kind) if kind else found
