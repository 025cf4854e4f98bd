"""Boxes of tubes from hand to hand (样本转运交接): counted and scanned at both ends, every difference named (E3 18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chainbreak.governance.models import User
from chainbreak.governance.refusal import Refused
from chainbreak.governance.services import audit, facts

from ..models import Round, SamplingSite, Shipment, ShipmentTube, Tube, TubeCustody
from . import laboratory


@dataclass(frozen=True)
class Difference:
    """What did not fit at a hand-over: barcodes scanned that are not known, not sealed or in another box; not arrived."""

    unknown: tuple[str, ...] = ()
    not_sealed: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.unknown, self.not_sealed, self.elsewhere, self.missing, self.extra))


def hand_over(
    number: str, barcodes: Sequence[str], *, counted: int, laboratory: str, courier: str, round_: Round | None,
    site: SamplingSite | None, actor: User | None, at: datetime,
) -> tuple[Shipment, Difference]:  # fmt: skip
    """Hand a box to the courier: its tubes are shipped from now on. What cannot go is left out and named.

    Raises:
        Refused("shipment_exists"): a box of that number is on record; the same scan again is answered as before.
        Refused("shipment_empty"): none of the tubes can go.
        Refused("count_differs"): as many were counted as were not scanned; count and scan again.
    """
    wanted = list(dict.fromkeys(code.strip() for code in barcodes if code.strip()))
    if counted != len(wanted):
        raise Refused("count_differs", counted=counted, scanned=len(wanted))
    with transaction.atomic():
        before = Shipment.objects.filter(number=number).first()
        if before is not None:
            held = set(before.contents.values_list("tube__barcode", flat=True))
            if held <= set(wanted):
                return before, Difference()
            raise Refused("shipment_exists", number=number)
        tubes = {tube.barcode: tube for tube in Tube.objects.filter(barcode__in=wanted)}
        custody = {
            one.tube_id: one
            for one in TubeCustody.objects.known_at(None).select_for_update().filter(tube__in=tubes.values())
        }
        going: list[Tube] = []
        unknown, open_, elsewhere = [], [], []
        for code in wanted:
            tube = tubes.get(code)
            station = custody.get(tube.pk) if tube else None
            if tube is None:
                unknown.append(code)
            elif station is None or station.sealed_at is None:
                open_.append(code)
            elif station.shipped_at is not None:
                elsewhere.append(code)
            else:
                going.append(tube)
        if not going:
            raise Refused("shipment_empty", unknown=unknown, not_sealed=open_, elsewhere=elsewhere)
        made = Shipment.objects.create(
            number=number, round=round_, site=site, laboratory=laboratory, courier=courier, handed_over_at=at,
            handed_over_by=actor, counted_out=len(going),
        )  # fmt: skip
        ShipmentTube.objects.bulk_create(ShipmentTube(shipment=made, tube=tube) for tube in going)
        _station([custody[tube.pk] for tube in going], "shipped_at", actor=actor, at=at, reason=f"shipment {number}")
        audit.record(
            "shipment.handed_over", subject=f"shipment:{made.pk}", actor=actor, at=at, detail={"tubes": len(going)}
        )
    return made, Difference(tuple(unknown), tuple(open_), tuple(elsewhere))


def receive(
    shipment: Shipment, barcodes: Sequence[str], *, counted: int, actor: User | None, at: datetime
) -> Difference:
    """Receive a box at the laboratory; may be scanned in several goes. What is missing stays on the way, by name.

    Raises:
        Refused("count_differs"): counted and scanned differ.
    """
    wanted = list(dict.fromkeys(code.strip() for code in barcodes if code.strip()))
    if counted != len(wanted):
        raise Refused("count_differs", counted=counted, scanned=len(wanted))
    with transaction.atomic():
        contents = {one.tube.barcode: one for one in shipment.contents.select_related("tube")}
        extra = tuple(code for code in wanted if code not in contents)
        come = [contents[code] for code in wanted if code in contents and not contents[code].scanned_in]
        ids = [one.tube_id for one in come]
        stations = list(TubeCustody.objects.known_at(None).select_for_update().filter(tube__in=ids, received_at=None))
        _station(stations, "received_at", actor=actor, at=at, reason=f"shipment {shipment.number}")
        ShipmentTube.objects.filter(pk__in=[one.pk for one in come]).update(scanned_in=True)
        arrived = shipment.contents.filter(scanned_in=True).count()
        Shipment.objects.filter(pk=shipment.pk).update(received_at=at, received_by=actor, counted_in=arrived)
        audit.record(
            "shipment.received", subject=f"shipment:{shipment.pk}", actor=actor, at=at,
            detail={"tubes": len(come), "extra": len(extra)},
        )  # fmt: skip
        missing = tuple(shipment.contents.filter(scanned_in=False).values_list("tube__barcode", flat=True))
    return Difference(missing=missing, extra=extra)


def lost(tube: Tube, *, actor: User | None, at: datetime, reason: str) -> None:
    """A tube that left and never came (遗失): it is not on its way any more; its members are called again.

    Raises:
        Refused("tube_not_received"): it is not on its way.
    """
    with transaction.atomic():
        station = TubeCustody.objects.known_at(None).select_for_update().filter(tube=tube).first()
        if station is None or station.shipped_at is None or station.received_at is not None:
            raise Refused("tube_not_received", tube=tube.barcode)
        facts.correct(station, at=at, actor=actor, reason=reason, lost_at=at)
        laboratory.follow([tube], actor=actor, at=at)


def _station(stations: Sequence[TubeCustody], name: str, *, actor: User | None, at: datetime, reason: str) -> None:
    """One more station for each tube: a new version of its custody; times are never before the station before."""
    new = []
    for one in stations:
        values = {f.attname: getattr(one, f.attname) for f in one._meta.concrete_fields if not f.primary_key}
        before = max(value for key, value in values.items() if key in STATIONS and value is not None)
        new.append(
            TubeCustody(
                **{
                    **values,
                    name: max(at, before),
                    "recorded_at": at,
                    "recorded_by_id": actor.pk if actor else None,
                    "import_run_id": None,
                }
            )
        )
    TubeCustody.objects.filter(pk__in=[one.pk for one in stations]).update(superseded_at=at)
    TubeCustody.objects.bulk_create(new)


STATIONS = ("opened_at", "sealed_at", "shipped_at", "received_at")
