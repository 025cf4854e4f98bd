"""Deriving (推导): the snapshot of the reference outbreak, its figures, and what a change of facts costs who looks next."""

from __future__ import annotations

import statistics
from datetime import timedelta
from typing import Any

from bench.pages import OUTBREAK, _signed_in
from bench.timing import Say, interleaved, result

HELP = "the snapshot of the reference outbreak, figures, the board after a change, a preview"
NEEDS = "database"
ROUNDS = 7
MOST = 2.0

PAIRS = """
CREATE TEMP TABLE bench_pairs ON COMMIT DROP AS
SELECT a.person_id, b.person_id AS source, min(greatest(a.arrived_at, b.arrived_at)) AS first_at,
       max(least(a.left_at, b.left_at)) AS last_at,
       sum(least(a.left_at, b.left_at) - greatest(a.arrived_at, b.arrived_at)) AS met
FROM investigation_trajectorysegment b
JOIN investigation_trajectorysegment a ON a.place_id = b.place_id AND a.person_id <> b.person_id
 AND a.arrived_at < b.left_at AND b.arrived_at < a.left_at
WHERE a.superseded_at IS NULL AND b.superseded_at IS NULL
GROUP BY 1, 2 HAVING sum(least(a.left_at, b.left_at) - greatest(a.arrived_at, b.arrived_at)) >= interval '15 minutes'
"""


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    from django.utils import timezone

    from chainbreak.command.services import figure
    from chainbreak.governance.refusal import Refused
    from chainbreak.investigation.models import Outbreak
    from chainbreak.measures.services import derive

    times = rounds or ROUNDS
    outbreak = Outbreak.objects.filter(code=OUTBREAK).first()
    if outbreak is None:
        raise Refused("bench_needs_demo")
    as_of = outbreak.newest_fact_at if hasattr(outbreak, "newest_fact_at") else timezone.now()
    goal: dict[str, Any] = {"goal": f"<= {MOST:g} s", "met": lambda value, _ratio: value <= MOST}
    peer = "PostgreSQL self-join of all stays, pairs only"
    found = []

    def snapshot() -> None:
        derive.snapshot(outbreak, at=timezone.now(), renew=True)

    snapshot()
    for what, deed in (
        ("snapshot of LY, made again", snapshot),
        ("figures of LY, worked out again", lambda: figure.figures(outbreak, as_of=as_of, at=timezone.now(), fresh=True)),
        ("board after a fact has changed", _board()),
        ("preview of a correction", _preview()),
    ):  # fmt: skip
        deed()
        values, peer_values = interleaved(deed, _pairs, times)
        found.append(result(what, values, "s", peer=peer, peer_values=peer_values, **goal))
        say(f"{what}: {statistics.median(values):.3g} s")
    return found


def _pairs() -> None:
    """The part of the work that a plain query would do: pairs of persons who met, from the same table."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PAIRS)


def _board() -> Any:
    """Opens the board after the facts have been counted as changed, so that everything is derived again."""
    from django.db import connection
    from django.utils import timezone

    client = _signed_in("epidemiology_lead")

    def deed() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO governance_change (table_name, at) VALUES ('investigation_trajectorysegment', %s)",
                [timezone.now()],
            )
        answer = client.get("/", {"outbreak": OUTBREAK})
        assert answer.status_code == 200, answer.status_code

    return deed


def _preview() -> Any:
    """Posts the correction of a stay for a preview; nothing is written but the look."""
    from django.utils import timezone

    from chainbreak.investigation.models import ContactPair, TrajectorySegment

    pair = ContactPair.objects.filter(derivation__outbreak__code=OUTBREAK, degree=1, place__isnull=False).order_by(
        "pk"
    )[0]
    stay = TrajectorySegment.objects.filter(person=pair.person_id, place=pair.place_id, superseded_at__isnull=True)[0]
    client = _signed_in("epidemiology_lead")
    local = timezone.localtime

    def deed() -> None:
        form = {
            "arrived_at": f"{local(stay.arrived_at):%Y-%m-%dT%H:%M:%S}",
            "left_at": f"{local(stay.arrived_at) + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}",
            "reason": "measured", "step": "preview",
        }  # fmt: skip
        answer = client.post(f"/correct/stay/{stay.pk}/?outbreak={OUTBREAK}", form)
        text = answer.content.decode()
        assert answer.status_code == 200, answer.status_code
        assert "data-figure" in text or pair.person.number in text, "the preview must show what changes"

    return deed
