"""Whether the tubes of a round add up from station to station (核对, E3 18, P-18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from ..models import IntakeConflict, RetestOrder, Round
from . import blind


@dataclass(frozen=True)
class Tally:
    """Numbers of tubes at each station as of an instant, and of the wells of the runs that tested them."""

    tubes: int
    sealed: int
    shipped: int
    waiting: int
    received: int
    on_the_way: int
    lost: int
    rejected: int
    testing: int
    resulted: int
    wells: int
    tested_in_runs: int
    controls: int
    resulted_unreceived: int
    lost_unexplained: int = 0  # lost tubes with a member whose own swab has no result yet

    def differences(self) -> dict[str, int]:
        """Every sum that does not hold, by name, with the difference; empty when all hold."""
        sums = {
            "tubes_not_sealed": self.tubes - self.sealed,
            "sealed": self.sealed - self.shipped - self.waiting,
            "shipped": self.shipped - self.received - self.on_the_way - self.lost,
            "received": self.received - self.rejected - self.testing - self.resulted,
            "resulted_but_never_received": self.resulted_unreceived,
            "wells": self.wells - self.tested_in_runs - self.controls,
        }
        return {name: difference for name, difference in sums.items() if difference}

    def open(self) -> dict[str, int]:
        """What is still on its way: tubes waiting, travelling, being tested, and those lost and not yet made good."""
        stations = {"waiting": self.waiting, "on_the_way": self.on_the_way, "testing": self.testing,
                    "lost": self.lost_unexplained}  # fmt: skip
        return {name: number for name, number in stations.items() if number}


_KNOWN = "{0}.recorded_at <= %(known)s AND ({0}.superseded_at IS NULL OR {0}.superseded_at > %(known)s)"
_TUBES = f"""
    SELECT count(*),
        count(*) FILTER (WHERE c.sealed_at < %(at)s),
        count(*) FILTER (WHERE c.shipped_at < %(at)s),
        count(*) FILTER (WHERE c.sealed_at < %(at)s AND (c.shipped_at IS NULL OR c.shipped_at >= %(at)s)),
        count(*) FILTER (WHERE c.received_at < %(at)s),
        count(*) FILTER (WHERE c.shipped_at < %(at)s AND (c.received_at IS NULL OR c.received_at >= %(at)s)
                         AND (c.lost_at IS NULL OR c.lost_at >= %(at)s)),
        count(*) FILTER (WHERE c.lost_at < %(at)s AND (c.received_at IS NULL OR c.received_at >= %(at)s)),
        count(*) FILTER (WHERE c.rejected_at < %(at)s),
        count(*) FILTER (WHERE c.received_at < %(at)s AND (c.rejected_at IS NULL OR c.rejected_at >= %(at)s)
                         AND r.id IS NULL),
        count(*) FILTER (WHERE c.received_at < %(at)s AND (c.rejected_at IS NULL OR c.rejected_at >= %(at)s)
                         AND r.id IS NOT NULL),
        count(*) FILTER (WHERE r.id IS NOT NULL AND (c.received_at IS NULL OR c.received_at >= %(at)s
                         OR c.rejected_at < %(at)s)),
        count(*) FILTER (WHERE c.lost_at < %(at)s AND (c.received_at IS NULL OR c.received_at >= %(at)s) AND EXISTS (
            SELECT FROM screening_swab s LEFT JOIN screening_retestorder o ON o.tube_id = s.tube_id
                AND o.person_id = s.person_id AND {_KNOWN.format("o")}
            WHERE s.tube_id = t.id AND {_KNOWN.format("s")} AND (o.ended_at IS NULL OR o.ended_at >= %(at)s)))
    FROM screening_tube t
    LEFT JOIN screening_tubecustody c ON c.tube_id = t.id AND {_KNOWN.format("c")}
    LEFT JOIN screening_result r ON r.tube_id = t.id AND r.reported_at < %(at)s AND {_KNOWN.format("r")}
    WHERE t.round_id = %(round)s
"""
_WELLS = f"""
    WITH runs AS (
        SELECT DISTINCT r.run_id FROM screening_result r JOIN screening_tube t ON t.id = r.tube_id
        WHERE t.round_id = %(round)s AND r.run_id IS NOT NULL AND r.reported_at < %(at)s AND {_KNOWN.format("r")})
    SELECT coalesce((SELECT sum(wells) FROM screening_labrun WHERE id IN (SELECT run_id FROM runs)), 0),
        (SELECT count(*) FROM screening_result r WHERE r.run_id IN (SELECT run_id FROM runs)
             AND r.reported_at < %(at)s AND {_KNOWN.format("r")}),
        coalesce((SELECT sum(controls) FROM screening_labrun WHERE id IN (SELECT run_id FROM runs)), 0)
"""


def tally(of: Round, *, as_of: datetime, as_known: datetime) -> Tally:
    """Count the tubes of a round at every station, before `as_of` and by what was known at `as_known`."""
    values: dict[str, Any] = {"round": of.pk, "at": as_of, "known": as_known}
    with connection.cursor() as cursor:
        cursor.execute(_TUBES, values)
        *stations, unreceived, unexplained_lost = cursor.fetchone()
        cursor.execute(_WELLS, values)
        wells = cursor.fetchone()
    counted = (*stations, *wells, unreceived, unexplained_lost)
    return Tally(*counted)


def unexplained(of: Round, *, at: datetime, counted: Tally | None = None) -> dict[str, int]:
    """Everything that stands against "reconciled" (E3 18, P-18), by name: sums, tubes under way, people held, conflicts
    between tables, blind samples and plates that came out wrong.
    """
    counted = counted or tally(of, as_of=at, as_known=at)
    also = {
        "members_held": RetestOrder.objects.known_at(None).filter(tube__round=of, ended_at=None).count(),
        "conflicts_open": IntakeConflict.objects.filter(round=of, decision="").count(),
        "blind_wrong": sum(one.wrong for one in blind.of(of)),
    }
    return {**counted.differences(), **counted.open(), **{name: number for name, number in also.items() if number}}
