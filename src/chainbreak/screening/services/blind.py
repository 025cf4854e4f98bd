"""A blind sample put in (投放盲样): a tube like any other on the outside, that only those who keep the list know."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, audit, facts

from ..models import BlindSample, Round, Tube, TubeCustody

ACT = "blind.keep"


def put_in(of: Round, barcode: str, expected: str, *, laboratory: str, actor: User, at: datetime) -> BlindSample:
    """Put a blind sample among the tubes of a round: sealed, without members, of no round on its face.

    Raises:
        Refused("not_permitted"): the actor does not keep blind samples.
        Refused("bad_filter"): no barcode, or an expectation that is neither negative nor positive.
        Refused("tube_taken"): a tube of that barcode is on record.
    """
    access.require(actor, ACT, at=at)
    code = barcode.strip()
    if not code or len(code) > 40 or not code.isprintable():
        raise Refused("bad_filter", name="barcode", value=barcode[:60])
    if expected not in dict(BlindSample._meta.get_field("expected").choices or ()):
        raise Refused("bad_filter", name="expected", value=expected[:20])
    with transaction.atomic():
        tube, made = Tube.objects.get_or_create(
            barcode=code, defaults={"area_code": of.area_code[:6], "pool_limit": 10}
        )
        if not made:
            raise Refused("tube_taken", tube=code)
        facts.record(TubeCustody, known_at=at, actor=actor, key=code, tube=tube, opened_at=at, sealed_at=at)
        sample = BlindSample.objects.create(
            tube=tube, round=of, expected=expected, laboratory=laboratory.strip()[:80], added_at=at, added_by=actor
        )
        audit.record("blind.put_in", subject=f"round:{of}", actor=actor, at=at, detail={"blind": sample.pk})
    return sample
