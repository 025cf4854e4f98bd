"""Reconstructions of who infected whom (传染关系推断) that a page asked for: the same start of chance, the same answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q

STATES = ("waiting", "running", "done", "failed", "cancelled")


class InfectorRun(models.Model):
    """One reconstruction: who asked, as of when, how far the worker is, and what came out. Case numbers, no persons.

    given: agent, use (which kinds of facts), iterations, chains, least minutes; share: 0 to 1 of the work done.
    answer: rows, tree and facts of the diagnostics, as `services.infectors` writes them.
    """

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="infector_runs")
    given = models.JSONField()
    seed = models.BigIntegerField()
    as_of = models.DateTimeField()
    as_known = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="waiting")
    share = models.FloatField(default=0.0)
    written_at = models.DateTimeField()
    trouble = models.CharField(max_length=200, blank=True)
    answer = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="infector_run_state"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(answer__isnull=False), name="infector_run_done_has_an_answer"
            ),
        ]
        indexes = [models.Index(fields=["outbreak", "-asked_at"], name="infector_run_newest")]
