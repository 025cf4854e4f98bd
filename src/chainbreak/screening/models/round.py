"""Testing rounds (全员核酸轮次): who is due, and where the round stands."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.governance.models import Fact


class Round(models.Model):
    """One round of a series in an area, with its two deadlines (采样、检测时限)."""

    series = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    outbreak_code = models.CharField(max_length=20, blank=True)
    area_code = models.CharField(max_length=15)
    start_at = models.DateTimeField()
    sample_due_at = models.DateTimeField()
    test_due_at = models.DateTimeField()
    pool_size = models.PositiveSmallIntegerField(default=10)
    purpose = models.CharField(max_length=20, default="mass_round")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="round_once"),
            models.CheckConstraint(
                condition=Q(start_at__lt=F("sample_due_at")) & Q(sample_due_at__lte=F("test_due_at")),
                name="round_deadlines_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.number}"


class RoundState(models.TextChoices):
    """Course of a round (E2)."""

    PLANNED = "planned", pgettext_lazy("round", "planned")
    ANNOUNCED = "announced", pgettext_lazy("round", "announced")
    SAMPLING = "sampling", _("sampling")
    SAMPLING_CLOSED = "sampling_closed", _("sampling closed")
    TESTING = "testing", _("testing")
    COMPLETE = "complete", pgettext_lazy("round", "complete")
    RECONCILED = "reconciled", _("reconciled")
    PUBLISHED = "published", pgettext_lazy("round", "published")


class RoundEvent(Fact):
    """A step in a round's course."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=20, choices=RoundState.choices)
    at = models.DateTimeField()


class RollEntry(models.Model):
    """One person of the roll (应检名单): due, or excluded with a reason. Denominators come from here."""

    class Exclusion(models.TextChoices):
        IN_QUARANTINE = "in_quarantine", _("in quarantine")
        HOSPITAL = "hospital", _("in hospital")
        AWAY = "away", _("away")
        MEDICAL = "medical", _("medical reason")

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="roll", db_index=False)
    person = models.ForeignKey("registry.Person", on_delete=models.CASCADE, related_name="+", db_index=False)
    area_code = models.CharField(max_length=15)
    exclusion = models.CharField(max_length=20, choices=Exclusion.choices, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="roll_person_once")]
