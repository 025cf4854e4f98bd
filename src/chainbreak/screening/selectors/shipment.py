"""Boxes of tubes (样本转运箱): what left, what came, what is missing; and one tube's way from station to station."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from chainbreak.governance.refusal import Refused

from ..models import BlindSample, Result, RetestOrder, Round, Shipment, ShipmentTube, Swab, Tube, TubeCustody

STATES = ("all", "under_way", "differs")


def boxes(*, state: str = "all", of: Round | None = None) -> QuerySet[Shipment]:
    """Boxes with `n_out` and `n_in` tubes, newest last: all, those not received yet, those with a difference.

    Raises:
        Refused("bad_filter"): no such state.
    """
    if state not in STATES:
        raise Refused("bad_filter", name="state", value=state)
    rows = Shipment.objects.select_related("round", "site", "handed_over_by", "received_by").annotate(
        n_out=Count("contents"),
        n_in=Count("contents", filter=Q(contents__scanned_in=True)),
        n_missing=Count("contents", filter=Q(contents__scanned_in=False)),
    )
    if of is not None:
        rows = rows.filter(round=of)
    if state == "under_way":
        rows = rows.filter(received_at=None)
    elif state == "differs":
        rows = rows.filter(received_at__isnull=False).exclude(n_out=F("n_in"))
    return rows.order_by("pk")


def box(number: str) -> Shipment:
    """One box by its number.

    Raises:
        Refused("unknown_shipment"): there is none.
    """
    found = boxes().filter(number=number[:40]).first() if "\0" not in number else None
    if found is None:
        raise Refused("unknown_shipment", number=number[:40])
    return found


@dataclass(frozen=True)
class Inside:
    """One tube of a box: whether it was scanned at the other end, and what became of it."""

    tube: Tube
    arrived: bool
    custody: TubeCustody | None

    @property
    def state(self) -> str:
        """arrived, rejected, lost or missing."""
        if self.custody is not None and self.custody.rejected_at:
            return "rejected"
        if self.arrived:
            return "arrived"
        return "lost" if self.custody is not None and self.custody.lost_at else "missing"


def contents(of: Shipment) -> list[Inside]:
    """The tubes of a box, those that are missing first."""
    rows = list(ShipmentTube.objects.filter(shipment=of).select_related("tube").order_by("scanned_in", "tube__barcode"))
    ids = [row.tube_id for row in rows]
    custody = {one.tube_id: one for one in TubeCustody.objects.known_at(None).filter(tube__in=ids)}
    return [Inside(row.tube, row.scanned_in, custody.get(row.tube_id)) for row in rows]


def tube(barcode: str) -> Tube:
    """One tube by its barcode.

    Raises:
        Refused("unknown_tube"): there is none.
    """
    found = (
        Tube.objects.select_related("round", "site").filter(barcode=barcode.strip()[:40]).first()
        if "\0" not in barcode
        else None
    )
    if found is None:
        raise Refused("unknown_tube", tube=barcode[:40])
    return found


@dataclass(frozen=True)
class Way:
    """Everything on record of one tube: stations, boxes, results in the order in which they became known, members."""

    tube: Tube
    round: Round | None  # on the face of it: a blind sample is of its round like any other tube
    custody: TubeCustody | None
    boxes: list[Shipment]
    results: list[Result]
    members: int
    held: int


def way(of: Tube) -> Way:
    """A tube's way; who is in it is not said here, only how many."""
    blind = BlindSample.objects.filter(tube=of).select_related("round").first()
    return Way(
        of, blind.round if blind else of.round, TubeCustody.objects.known_at(None).filter(tube=of).first(),
        list(Shipment.objects.filter(contents__tube=of).order_by("pk")),
        list(Result.objects.filter(tube=of).select_related("run", "recorded_by").order_by("recorded_at", "pk")),
        Swab.objects.known_at(None).filter(tube=of).count(),
        RetestOrder.objects.known_at(None).filter(tube=of, ended_at=None).count(),
    )  # fmt: skip
