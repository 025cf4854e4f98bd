"""A round's plan (轮次方案): what it was worked out with, what came out, and where its tables stand."""

from django.conf import settings
from django.db import models
from django.utils.translation import pgettext_lazy


class RoundPlan(models.Model):
    """The newest plan of a round; what was given and what was answered are kept as they were shown."""

    class State(models.TextChoices):
        """How far the placement of tables is."""

        NONE = "", pgettext_lazy("placement", "not asked for")
        WAITING = "waiting", pgettext_lazy("placement", "waits for the worker")
        RUNNING = "running", pgettext_lazy("placement", "is being computed")
        DONE = "done", pgettext_lazy("placement", "done")
        FAILED = "failed", pgettext_lazy("placement", "failed")

    round = models.OneToOneField("screening.Round", on_delete=models.CASCADE, related_name="plan")
    scope = models.JSONField(default=dict)  # {"areas": [...], "without": [...]}; empty: the whole area of the round
    pool_sizes = models.JSONField(default=dict)  # {"areas": {code: swabs}, "audiences": {audience: swabs}}
    given = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    placement_state = models.CharField(max_length=10, choices=State.choices, blank=True)
    placement_given = models.JSONField(default=dict)
    placement = models.JSONField(null=True)
    placement_done = models.PositiveIntegerField(default=0)
    placement_whole = models.PositiveIntegerField(default=0)
    placement_at = models.DateTimeField(null=True)


class RollState(models.Model):
    """How far the roll of an announced round is (应检名单编制): a job, for a city has millions."""

    round = models.OneToOneField(
        "screening.Round", primary_key=True, on_delete=models.CASCADE, related_name="roll_state"
    )
    asked_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True)
    changed = models.PositiveIntegerField(default=0)


class RollMove(models.Model):
    """One person put on a roll or taken off it by hand, with the reason (名单增减)."""

    class Way(models.TextChoices):
        ON = "on", pgettext_lazy("roll", "put on")
        OFF = "off", pgettext_lazy("roll", "taken off")
        EXCLUDED = "excluded", pgettext_lazy("roll", "excluded")
        DUE = "due", pgettext_lazy("roll", "due again")

    round = models.ForeignKey("screening.Round", on_delete=models.CASCADE, related_name="roll_moves")
    person = models.ForeignKey("registry.Person", on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=10, choices=Way.choices)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
