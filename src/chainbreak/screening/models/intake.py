"""What devices send from the sampling tables (采样登记接收): devices, their events, batches, and conflicts for people."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Device(models.Model):
    """A device or a team's program that may register swabs, in one area, until an end (P-12).

    Only the hash of its token is kept. A device of a signed-in account has no token.
    """

    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    area_code = models.CharField(max_length=15)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_from__lt=F("valid_until")), name="device_has_an_end"),
        ]

    def __str__(self) -> str:
        return self.name


class SwabEvent(models.Model):
    """One event of a device that was acknowledged: it is answered the same for ever, and done once.

    Written by the million: no foreign keys, one index. The swab of an accepted event carries the event's id as its key.
    """

    class Kind(models.TextChoices):
        OPEN = "open", _("tube opened")
        SWAB = "swab", _("swab taken")
        SEAL = "seal", _("tube sealed")

    event_id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    conflict = models.BooleanField(default=False)
    device = models.ForeignKey(
        Device, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    tube = models.ForeignKey(
        "screening.Tube", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    person = models.ForeignKey(
        "registry.Person", null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    members = models.PositiveSmallIntegerField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tube"], condition=~Q(kind="swab"), name="tube_opened_and_sealed")]


class IntakeBatch(models.Model):
    """What one batch of a device brought to one area and site: counts for the live picture, no persons."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="batches", db_index=False)
    round = models.ForeignKey("screening.Round", on_delete=models.CASCADE, related_name="batches", db_index=False)
    site = models.ForeignKey(
        "screening.SamplingSite", null=True, on_delete=models.PROTECT, related_name="batches", db_index=False
    )
    area_code = models.CharField(max_length=15, blank=True)
    table_number = models.CharField(max_length=20, blank=True)
    swabs = models.IntegerField(default=0)
    tubes_sealed = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    conflicts = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    last_sampled_at = models.DateTimeField(null=True)
    clock_off_seconds = models.IntegerField(default=0)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["round", "received_at"], name="batch_of_round")]


class IntakeConflict(models.Model):
    """Two tables contradict each other, known too late to ask on the spot: a human decides; both tubes are marked."""

    class Kind(models.TextChoices):
        SAME_PERSON = "same_person", _("one person at two tables")
        SEALED_TWICE = "sealed_twice", _("one tube sealed by two tables")
        AFTER_SEALING = "after_sealing", _("swab after the tube was sealed")
        TUBE_FULL = "tube_full", _("more swabs than the tube may hold")
        UNKNOWN_PERSON = "unknown_person", _("nobody has this number")

    class Decision(models.TextChoices):
        KEEP_FIRST = "keep_first", _("the first registration holds")
        KEEP_SECOND = "keep_second", _("the second registration holds")
        RECOLLECT = "recollect", _("neither holds: swab again")
        EXPLAINED = "explained", _("explained, nothing changes")

    event_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    round = models.ForeignKey("screening.Round", on_delete=models.CASCADE, related_name="conflicts")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    tube = models.ForeignKey("screening.Tube", on_delete=models.CASCADE, related_name="conflicts")
    other_tube = models.ForeignKey("screening.Tube", null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("registry.Person", null=True, on_delete=models.CASCADE, related_name="+")
    said = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    decision = models.CharField(max_length=20, choices=Decision.choices, blank=True)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
