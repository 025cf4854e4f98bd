"""Trajectories (活动轨迹) and exposures (暴露): where people were, and who said they met."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.models import Fact


class Evidence(models.TextChoices):
    """What a stay rests on (证据种类)."""

    INTERVIEW = "interview", _("interview")
    TICKET = "ticket", _("ticket")
    PAYMENT = "payment", _("payment")
    VENUE_SCAN = "venue_scan", _("venue scan")
    CAMERA = "camera", _("camera")
    PHONE = "phone", _("phone")
    REGISTER = "register", _("register")


class TrajectorySegment(Fact):
    """One stay of one person at one place, half-open (一段停留)."""

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="segments")
    place = models.ForeignKey("registry.Place", on_delete=models.PROTECT, related_name="segments")
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField()
    evidence = models.CharField(max_length=12, choices=Evidence.choices, default=Evidence.INTERVIEW)
    certainty = models.CharField(max_length=12, default="certain")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(arrived_at__lt=F("left_at")), name="stay_has_a_length"),
            models.UniqueConstraint(
                fields=["person", "place", "arrived_at"],
                condition=Q(superseded_at__isnull=True),
                name="segment_once",
            ),
        ]


class Exposure(Fact):
    """Somebody met a case, as told in an interview or a list (访谈接触)."""

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="exposures")
    source = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="exposures_given")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="exposures")
    place = models.ForeignKey("registry.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    setting = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    protected = models.BooleanField(default=False)
    evidence = models.CharField(max_length=12, choices=Evidence.choices, default=Evidence.INTERVIEW)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(started_at__lt=F("ended_at")), name="exposure_has_a_length"),
            models.CheckConstraint(condition=~Q(source=F("person")), name="exposure_to_another"),
        ]
