"""A held person's own swab (单管复采): called, taken into a tube of its own, tested like any other."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit, facts

from ..models import Purpose, RetestOrder, SamplingSite, Swab, Tube, TubeCustody

ACT, CALL = "swab.record", "retest.call"
REASONS = ("ask_to_come", "ask_to_stay", "send_sampler", "tell_result")
CLOCKS_APART = timedelta(minutes=5)  # what two honest clocks may differ


def asked_why(order: RetestOrder, reason: str, *, actor: User, at: datetime) -> None:
    """Write down why somebody's phone number is wanted, before it is shown.

    Raises:
        Refused("not_permitted"): the actor does not call people there.
        Refused("bad_filter"): no such reason; they are a closed list (P-02).
    """
    access.require(actor, CALL, at=at)
    if reason not in REASONS:
        raise Refused("bad_filter", name="reason", value=reason[:20])
    with transaction.atomic(durable=True):
        audit.record(
            "retest.called", subject=f"person:{order.person.number}", actor=actor, at=at,
            detail={"reason": reason, "tube": order.tube.barcode},
        )  # fmt: skip


def take_own(
    order: RetestOrder,
    barcode: str,
    *,
    sampled_at: datetime,
    site: SamplingSite | None = None,
    actor: User,
    at: datetime,
) -> Swab:
    """Record the own swab of a held person, alone in a new tube, sealed at once.

    Raises:
        Refused("not_permitted"): the actor takes no swabs there.
        Refused("order_ended"): the order has its outcome; nobody needs to be swabbed for it.
        Refused("swab_before_order"): the swab is older than the order, or lies in the future.
        Refused("tube_taken"): a tube of that barcode is on record; the same swab again is answered as before.
        Refused("bad_filter"): no barcode.
    """
    access.require(actor, ACT, area_code=order.person.area_code, at=at)
    code = barcode.strip()
    if not code or len(code) > 40 or not code.isprintable():
        raise Refused("bad_filter", name="barcode", value=barcode[:60])
    if not order.held_at <= sampled_at <= at + CLOCKS_APART:
        raise Refused("swab_before_order", held=order.held_at.isoformat())
    sampled_at = min(sampled_at, at)
    with transaction.atomic():
        before = Tube.objects.filter(barcode=code).first()
        if before is not None:
            same = Swab.objects.known_at(None).filter(tube=before, person=order.person, purpose=Purpose.RETEST).first()
            if same is None:
                raise Refused("tube_taken", tube=code)
            return same
        if not RetestOrder.objects.filter(pk=order.pk, ended_at=None, superseded_at=None).exists():
            raise Refused("order_ended", number=order.person.number)
        tube = Tube.objects.create(
            barcode=code, pool_limit=1, area_code=(order.person.area_code or order.tube.area_code)[:6], site=site
        )
        facts.record(
            TubeCustody, known_at=at, actor=actor, key=code, tube=tube, opened_at=sampled_at, sealed_at=sampled_at
        )
        swab = facts.record(
            Swab, known_at=at, actor=actor, key=code, tube=tube, person=order.person, position=1, purpose=Purpose.RETEST,
            sampled_at=sampled_at,
        )  # fmt: skip
        waiting = RetestOrder.objects.known_at(None).filter(person=order.person, ended_at=None, own_tube=None)
        for one in waiting.filter(held_at__lte=sampled_at):
            facts.correct(one, at=at, actor=actor, reason="own swab taken", own_tube=tube)
    return swab
