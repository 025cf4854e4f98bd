"""Follow-ups (随访) of people under watch, and the symptoms they told (症状报告)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.models import Fact


class Outcome(models.TextChoices):
    """What came of a call or a visit; the codes are those of `epi.follow_up`."""

    WELL = "well", _("well")
    SYMPTOMS = "symptoms", _("symptoms")
    NOT_REACHED = "not_reached", _("not reached")
    REFUSED = "refused", _("refused to answer")


class FollowUp(Fact):
    """One call, visit or own report of one person under watch (随访)."""

    class Means(models.TextChoices):
        CALL = "call", _("call")
        VISIT = "visit", _("visit")
        OWN_REPORT = "own_report", _("own report")

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="follow_ups")
    outbreak_code = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()
    means = models.CharField(max_length=12, choices=Means.choices, default=Means.CALL)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "at"])]


class SymptomReport(Fact):
    """Symptoms that somebody under watch told of; the rule pack makes a test due on that day (症状报告)."""

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="symptom_reports")
    outbreak_code = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()
    symptoms = models.JSONField(default=list)
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "at"])]
