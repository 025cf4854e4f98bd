"""Counts of a round that take seconds over the whole roll (轮次分类计数): kept with the instant at which they were made."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RoundCount(models.Model):
    """People due and sampled in one part of a round: a size of household, a site, a stretch of ten minutes."""

    class What(models.TextChoices):
        HOUSEHOLD = "household", _("kind of household")
        SITE = "site", _("site")
        TIME = "time", _("ten minutes")

    round = models.ForeignKey("screening.Round", on_delete=models.CASCADE, related_name="+", db_index=False)
    what = models.CharField(max_length=10, choices=What.choices)
    key = models.CharField(max_length=40)
    due = models.PositiveIntegerField(default=0)
    sampled = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "what", "key"], name="round_count_once")]
