"""Assessments (研判) that expire, and press conferences (新闻发布会)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.models import Fact


class Assessment(Fact):
    """A dated judgement with basis and end; an expired one is not quoted (E3 34)."""

    class Topic(models.TextChoices):
        COMMUNITY = "risk.community", _("risk of spread in the community")
        SPILLOVER = "risk.spillover", _("risk of spill-over")

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="assessments")
    topic = models.CharField(max_length=20, choices=Topic.choices)
    level = models.CharField(max_length=20)
    basis = models.TextField()
    confidence = models.CharField(max_length=12, default="medium")
    author = models.CharField(max_length=80)
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_from__lt=F("expires_at")), name="assessment_expires"),
            models.CheckConstraint(condition=~Q(basis=""), name="assessment_has_a_basis"),
        ]


class PressConference(Fact):
    """A numbered press conference."""

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="press_conferences")
    number = models.PositiveIntegerField()
    held_at = models.DateTimeField()
    as_of = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["outbreak", "number"], condition=Q(superseded_at__isnull=True), name="press_conference_once"
            ),
        ]
