"""Reconciliation R-1 (核对表): contacts by state and degree against the cumulative figures, and who is in isolation.

Published contacts and published isolation look contradictory without it: not every contact is in isolation, and not
everybody in isolation is a contact of this outbreak.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Case, Count, F, PositiveSmallIntegerField, Q, Value, When

from chainbreak.investigation.models import Decision, Disposition, DispositionState

from .context import Context
from .figure_contact import traced
from .figure_stay import at_home, in_facilities


@dataclass(frozen=True)
class Reconciliation:
    """Table R-1: n by (state, degree), the cumulative figures, and isolation by (place, outbreak, reason)."""

    states: dict[str, tuple[int, int]]
    cumulative: tuple[int, int]
    isolation: tuple[tuple[str, str, str, int], ...]

    @property
    def sums(self) -> tuple[int, int]:
        """The sums of the two columns."""
        return sum(n for n, _ in self.states.values()), sum(n for _, n in self.states.values())

    @property
    def holds(self) -> bool:
        """Whether the states add up to the cumulative figures."""
        return self.sums == self.cumulative

    @property
    def contacts(self) -> int:
        """Close contacts and contacts of contacts together."""
        return sum(self.cumulative)

    @property
    def isolated(self) -> int:
        """People in facilities and in home quarantine, of whatever outbreak and for whatever reason."""
        return sum(n for *_, n in self.isolation)

    @property
    def not_isolated(self) -> int:
        """Contacts of this outbreak who are neither in a facility nor quarantined at home."""
        return self.contacts - sum(sum(self.states.get(state, (0, 0))) for state in ("in_facility", "at_home"))

    def mismatch(self) -> str:
        """What does not add up, degree by degree."""
        return "; ".join(
            f"d{degree}: {total} ≠ {figure}"
            for degree, (total, figure) in enumerate(zip(self.sums, self.cumulative, strict=True), 1)
            if total != figure
        )

    def as_json(self) -> dict:
        return {
            "states": {state: list(pair) for state, pair in self.states.items()},
            "cumulative": list(self.cumulative),
            "isolation": [list(row) for row in self.isolation],
        }

    @classmethod
    def from_json(cls, kept: dict) -> Reconciliation:
        return cls(
            {state: tuple(kept["states"][state]) for state in DispositionState.values if state in kept["states"]},
            (kept["cumulative"][0], kept["cumulative"][1]),
            tuple((row[0], row[1], row[2], row[3]) for row in kept["isolation"]),
        )


def reconcile(context: Context) -> Reconciliation:
    """The table as of an instant. States are counted apart from contacts, so that a difference shows."""
    counted = {(state, degree): n for state, degree, n in _by_state(context)}
    states = {
        state: (counted.get((state, 1), 0), counted.get((state, 2), 0))
        for state in DispositionState.values
        if (state, 1) in counted or (state, 2) in counted
    }
    cumulative = Counter(traced(context).values_list("degree_then", flat=True))
    return Reconciliation(states, (cumulative[1], cumulative[2]), tuple(_isolation(context)))


def _by_state(context: Context) -> list[tuple[str, int, int]]:
    degree = Case(
        When(contact__degree=1, contact__first_degree_from__gte=context.as_of, then=Value(2)),
        default=F("contact__degree"),
        output_field=PositiveSmallIntegerField(),
    )
    rows = Disposition.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=context.as_of),
        derivation=context.derivation,
        valid_from__lt=context.as_of,
        contact__determination=Decision.CONFIRMED,
        contact__valid_from__lt=context.as_of,
    )
    if not context.settings["contact"]["keep_converted"]:
        rows = rows.exclude(state="converted_to_case")
    counted = rows.annotate(degree_then=degree).order_by().values_list("state", "degree_then")
    return [(state, degree, n) for state, degree, n in counted.annotate(n=Count("pk"))]


def _isolation(context: Context) -> list[tuple[str, str, str, int]]:
    found = []
    for place, stays in (("facility", in_facilities(context)), ("home", at_home(context))):
        rows = stays.order_by().values_list("outbreak_code", "reason").annotate(n=Count("person", distinct=True))
        found += [(place, code, reason, n) for code, reason, n in sorted(rows)]
    return found
