"""Whether a round's runs add up (实验室核对, P-18): wells, tubes, controls, raw files, run by run; and the round's sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from chainbreak.epi import round_assay
from chainbreak.epi.round import TubeCounts, reasons_against_all_negative

from ..models import IntakeConflict, RetestOrder, Round, Well
from . import blind
from .blind import Blind
from .reconciliation import Tally, tally, unexplained

WHY = {
    "no_tubes": _("no tubes"),
    "tubes_without_verified_negative": _("tubes without a verified negative result"),
    "members_held": _("people are held"),
    "tubes_not_sealed": _("tubes that were never sealed"),
    "sealed": _("sealed = shipped + waiting"),
    "shipped": _("shipped = received + on the way + lost"),
    "received": _("received = rejected + testing + with a result"),
    "resulted_but_never_received": _("tubes with a result that were never received"),
    "wells": _("wells = tubes tested + controls"),
    "negative_control_amplified": _("the negative control amplified"),
    "positive_control_failed": _("the positive control failed"),
    "negative_control_missing": _("no negative control"),
    "positive_control_missing": _("no positive control"),
}


COUNTED = {
    "tubes": _("tubes of the round"),
    "sealed": _("sealed"),
    "shipped": _("handed over"),
    "received": _("received in a laboratory"),
    "rejected": _("rejected"),
    "lost": _("lost"),
    "resulted": _("with a result"),
    "wells": _("wells of their runs"),
    "tested_in_runs": _("tubes with a result in those runs"),
    "controls": _("controls in those runs"),
}
STATIONS = {
    "waiting": _("sealed and not yet handed over"),
    "on_the_way": _("on the way to a laboratory"),
    "testing": _("received, without a result"),
    "lost": _("lost, and not every member swabbed again"),
    "conflicts_open": _("conflicts between tables that nobody has decided"),
    "blind_wrong": _("blind samples with a wrong result"),
}


def in_words(differences: str) -> list[tuple[Any, str]]:
    """The differences of a refusal, "lost: +1, wells: -2", as words with their numbers."""
    pairs = [part.partition(": ") for part in differences.split(", ") if part]
    return [(STATIONS.get(name) or WHY.get(name) or name, n) for name, _sign, n in pairs]


@dataclass(frozen=True)
class RunHonesty:
    """One run: what it says of itself, what is on record, and what is wrong with it."""

    number: str
    laboratory: str
    wells: int
    controls: int
    tubes: int
    verified: int
    raw_file_hash: str
    wrong: tuple[str, ...]

    @property
    def difference(self) -> int:
        return self.wells - self.controls - self.tubes


@dataclass(frozen=True)
class Honesty:
    """The round's laboratories."""

    runs: tuple[RunHonesty, ...]
    tally: Tally
    sums: tuple[tuple[str, int], ...]
    not_all_negative: tuple[str, ...]
    conflicts: int
    blind: tuple[Blind, ...]
    unexplained: tuple[tuple[Any, str], ...]


_RUNS = """
SELECT l.id, l.number, l.laboratory, l.wells, l.controls, count(r.id),
    count(*) FILTER (WHERE r.stage <> 'preliminary'), l.raw_file_hash
FROM screening_labrun l JOIN screening_result r ON r.run_id = l.id AND r.superseded_at IS NULL
WHERE l.id IN (SELECT x.run_id FROM screening_result x JOIN screening_tube t ON t.id = x.tube_id
    WHERE t.round_id = %s AND x.superseded_at IS NULL AND x.run_id IS NOT NULL)
GROUP BY l.id ORDER BY abs(l.wells - l.controls - count(r.id)) DESC, l.number
"""
_NEGATIVE = """
SELECT count(*), count(*) FILTER (WHERE r.outcome = 'negative' AND r.stage <> 'preliminary' OR t.pool_limit > 1 AND (
        SELECT count(*) > 0 AND bool_and(coalesce(o.outcome = 'negative', false))
        FROM screening_swab s LEFT JOIN screening_retestorder o ON o.tube_id = s.tube_id AND o.person_id = s.person_id
            AND o.superseded_at IS NULL
        WHERE s.tube_id = t.id AND s.superseded_at IS NULL)) FROM screening_tube t
LEFT JOIN screening_result r ON r.tube_id = t.id AND r.superseded_at IS NULL WHERE t.round_id = %s
"""


def honesty(of: Round, *, at: datetime) -> Honesty:
    """Every run of a round, those that do not add up first, with the round's sums and what stands against "all negative"."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, [of.pk])
        rows = cursor.fetchall()
        cursor.execute(_NEGATIVE, [of.pk])
        tubes, negative = cursor.fetchone()
    plates: dict[int, list] = {}
    for run, kind, ct in (
        Well.objects.filter(run__in=[row[0] for row in rows]).exclude(kind="sample").values_list("run", "kind", "ct")
    ):
        plates.setdefault(run, []).append((kind, ct))
    runs = tuple(RunHonesty(*row[1:], wrong=_wrong(row, plates)) for row in rows)
    held = RetestOrder.objects.known_at(None).filter(tube__round=of, ended_at=None).count()
    counted = tally(of, as_of=at, as_known=at)
    left = unexplained(of, at=at, counted=counted)
    return Honesty(
        runs=tuple(sorted(runs, key=lambda run: (not (run.wrong or run.difference), run.number))),
        tally=counted,
        sums=tuple(counted.differences().items()),
        not_all_negative=reasons_against_all_negative(TubeCounts(tubes, negative, held)),
        conflicts=IntakeConflict.objects.filter(round=of, decision="").count(),
        blind=tuple(blind.of(of)),
        unexplained=tuple((STATIONS.get(name) or WHY.get(name) or name, f"{n:+d}") for name, n in left.items()),
    )


def _wrong(row: tuple, plates: dict[int, list]) -> tuple[str, ...]:
    """Why a run's plate does not count; of a run without a plate on record only the numbers are known."""
    return round_assay.controls_fail(plates[row[0]]) if row[0] in plates else ()
