"""Transfers (转运): point to point, the same heads out as in (E3 14)."""

from django.db import models
from django.db.models import F, Q

from chainbreak.governance.models import Fact


class Transfer(Fact):
    """One vehicle's run with people from one place to another."""

    batch = models.CharField(max_length=40)
    from_place = models.CharField(max_length=120, blank=True)
    facility = models.ForeignKey("measures.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    vehicle = models.CharField(max_length=40, blank=True)
    departed_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(arrived_at__isnull=True) | Q(departed_at__lt=F("arrived_at")),
                name="arrives_after_departure",
            ),
        ]


class TransferPerson(Fact):
    """A person on a transfer; planned, then handed over."""

    batch = models.CharField(max_length=40, db_index=True)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="transfers")
    handed_over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "person"], condition=Q(superseded_at__isnull=True), name="transfer_person_once"
            ),
        ]
