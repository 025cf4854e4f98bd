"""Scenarios that were asked for (情景推演), with their answer: the same start of chance gives the same answer again."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ScenarioRun(models.Model):
    """One scenario, who asked for it, how far the worker is, and what came out. No persons.

    given: the scenario as `chainbreak.epi.scenario.build` takes it; answer: as `answer` gives it.
    state: waiting, running, done, failed; done_runs: how far, of whole_runs with those for more of each limit.
    """

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="scenario_runs")
    title = models.CharField(max_length=80)
    given = models.JSONField()
    runs = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    as_of = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="waiting")
    done_runs = models.PositiveIntegerField(default=0)
    whole_runs = models.PositiveIntegerField(default=0)
    written_at = models.DateTimeField()
    trouble = models.CharField(max_length=200, blank=True)
    answer = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="scenario_run_has_a_title"),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "running", "done", "failed")), name="scenario_run_state"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(answer__isnull=False), name="scenario_run_done_has_an_answer"
            ),
        ]
        indexes = [models.Index(fields=["outbreak", "-asked_at"], name="scenario_run_newest")]
