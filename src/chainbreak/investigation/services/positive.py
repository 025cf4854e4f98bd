"""A case begun on a verified positive individual test (立案): with the swab as its evidence, once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import access, facts

from ..models import Case, CaseClassification, CaseReport, Classification, DiscoveryRoute, Outbreak
from ..selectors import positive

ACT = "case.begin"
CLASSES = (Classification.ASYMPTOMATIC, Classification.CONFIRMED, Classification.SUSPECTED)


def begin(
    outbreak: Outbreak, barcode: str, *, classification: str, route: str, under_control: bool | None, actor: User,
    at: datetime,
) -> tuple[Case, bool]:  # fmt: skip
    """Open a case for whoever is in a single tube with a verified positive result; gives it, and whether it is new.

    The same again gives the case there is.

    Raises:
        Refused("not_a_positive"): see `positive.of_swab`.
        Refused("not_permitted"): the actor does not investigate there.
        Refused("bad_filter"): a class or a route that cannot be.
    """
    found = positive.of_swab(barcode)
    person = found.swab.person
    access.require(actor, ACT, area_code=person.area_code or outbreak.area_code, at=at)
    if classification not in CLASSES:
        raise Refused("bad_filter", name="classification", value=classification[:20])
    if route not in DiscoveryRoute.values:
        raise Refused("bad_filter", name="route", value=route[:20])
    with transaction.atomic():
        Outbreak.objects.select_for_update().get(pk=outbreak.pk)
        before = Case.objects.filter(outbreak=outbreak, person=person).first()
        if before is not None:
            return before, False
        number = (Case.objects.filter(outbreak=outbreak).aggregate(n=Max("number"))["n"] or 0) + 1
        case = Case.objects.create(
            outbreak=outbreak, number=number, external_id=f"{outbreak.code}-{number}-{barcode}"[:80], person=person
        )
        run = found.result.run.number if found.result.run else ""
        facts.record(
            CaseReport, known_at=at, actor=actor, key=f"case:{case.pk}", case=case,
            reported_in=(person.area_code or outbreak.area_code)[:6], reported_at=at, first_positive_at=found.swab.sampled_at,
            discovery_route=route, under_control_when_sampled=under_control,
            extra={"swab": barcode, "run": run, "ct": found.result.ct, "round": found.round},
        )  # fmt: skip
        facts.record(
            CaseClassification, known_at=at, actor=actor, case=case, classification=classification,
            valid_from=found.result.reported_at, basis=f"swab {barcode}, run {run}"[:200],
        )  # fmt: skip
    return case, True
