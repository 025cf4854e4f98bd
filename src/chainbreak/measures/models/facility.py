"""Quarantine facilities (集中隔离点): rooms, beds, chiefs, and whether they may take people in."""

from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.governance.models import Fact


class Facility(models.Model):
    """One site; its state over time is in its events."""

    number = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    area_code = models.CharField(max_length=15)
    kind = models.CharField(max_length=20, default="hotel")
    import_run = models.ForeignKey("governance.ImportRun", null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name_en if self.name_en and (translation.get_language() or "").startswith("en") else self.name_zh


class FacilityState(models.TextChoices):
    """Course of a facility (E2)."""

    CANDIDATE = "candidate", _("candidate")
    SURVEYED = "surveyed", _("surveyed")
    CONVERTING = "converting", _("converting")
    READY = "ready", pgettext_lazy("facility", "ready")
    OPEN = "open", pgettext_lazy("facility", "open")
    FULL = "full", pgettext_lazy("facility", "full")
    CLOSING = "closing", _("closing")
    DISINFECTED = "disinfected", _("disinfected")
    CLOSED = "closed", pgettext_lazy("facility", "closed")


class FacilityEvent(Fact):
    """A step in a facility's course, with the state of its layout and safety (三区两通道)."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=20, choices=FacilityState.choices)
    layout_ok = models.BooleanField(default=False)
    safety_ok = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "open", "full"]) | Q(layout_ok=True, safety_ok=True),
                name="opens_only_with_layout_and_safety",
            ),
        ]


class Room(models.Model):
    """A room: single, family or barrier-free."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="rooms")
    number = models.CharField(max_length=20)
    floor = models.SmallIntegerField(default=1)
    kind = models.CharField(max_length=20, default="single")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["facility", "number"], name="room_once")]


class Bed(models.Model):
    """A bed: at most one person at a time."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="beds")
    number = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "number"], name="bed_once")]


class SiteDuty(Fact):
    """Who is on duty at a facility (点长、医护…), from when until when."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="duties")
    role = models.CharField(max_length=20)
    worker = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
