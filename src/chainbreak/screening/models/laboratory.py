"""From the site into the well (送检与上机): shipments with hand-overs, plates, and orders to test again."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.models import Fact


class Shipment(models.Model):
    """A box of tubes on its way to a laboratory; counted and scanned by whoever hands over and by whoever receives."""

    number = models.CharField(max_length=40, unique=True)
    round = models.ForeignKey("screening.Round", null=True, on_delete=models.PROTECT, related_name="shipments")
    site = models.ForeignKey("screening.SamplingSite", null=True, on_delete=models.PROTECT, related_name="+")
    laboratory = models.CharField(max_length=80)
    courier = models.CharField(max_length=40, blank=True)
    handed_over_at = models.DateTimeField()
    handed_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    counted_out = models.PositiveIntegerField()
    received_at = models.DateTimeField(null=True)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    counted_in = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(received_at__isnull=True) | Q(received_at__gte=F("handed_over_at")),
                name="shipment_received_after_hand_over",
            ),
        ]


class ShipmentTube(models.Model):
    """One tube of a shipment: scanned when handed over, and when received."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="contents")
    tube = models.ForeignKey("screening.Tube", on_delete=models.CASCADE, related_name="+")
    scanned_in = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "tube"], name="tube_once_in_shipment")]


class Well(models.Model):
    """One well of a run's plate (孔位): a tube, or a control."""

    class Kind(models.TextChoices):
        SAMPLE = "sample", _("sample")
        NEGATIVE_CONTROL = "negative_control", _("negative control")
        POSITIVE_CONTROL = "positive_control", _("positive control")
        BLIND = "blind", _("blind sample")

    run = models.ForeignKey("screening.LabRun", on_delete=models.CASCADE, related_name="plate")
    position = models.CharField(max_length=4)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    tube = models.ForeignKey("screening.Tube", null=True, on_delete=models.CASCADE, related_name="+")
    sample = models.CharField(max_length=60, blank=True)
    ct = models.JSONField(default=dict)
    outcome = models.CharField(max_length=12, blank=True)  # as the laboratory said it itself

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="well_once")]


class RetestOrder(Fact):
    """An order to take one held person's own swab again (复采单), due by a time; done by the own result."""

    tube = models.ForeignKey("screening.Tube", on_delete=models.PROTECT, related_name="retests")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=20)
    held_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    own_tube = models.ForeignKey("screening.Tube", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tube", "person"], condition=Q(superseded_at__isnull=True), name="retest_order_current"
            ),
        ]
