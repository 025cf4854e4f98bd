"""Facts: rows that are added and never edited, with two clocks (双时间轴)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q


class FactQuerySet(models.QuerySet):
    """Reads facts as they were known at an instant."""

    def known_at(self, as_known: datetime | None) -> FactQuerySet:
        """The versions known at `as_known`; None means now, with every correction in."""
        if as_known is None:
            return self.filter(superseded_at__isnull=True)
        return self.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=as_known), recorded_at__lte=as_known)


class Fact(models.Model):
    """One version of one fact: true in the world at its own times, known to us from `recorded_at` on.

    A correction is a new row with the same `key` and `first_recorded_at`; the old row only gets its
    `superseded_at`. A database trigger refuses every other UPDATE and every DELETE.
    """

    key = models.CharField(max_length=120, null=True, blank=True)
    recorded_at = models.DateTimeField()
    first_recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    import_run = models.ForeignKey(
        "governance.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if self.first_recorded_at is None:
            self.first_recorded_at = self.recorded_at
        super().save(*args, **kwargs)


class Change(models.Model):
    """One statement that changed a table of facts; written by a trigger. Their number is the generation."""

    table_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["table_name"])]


class Correction(models.Model):
    """Who replaced or withdrew which version of a fact, when and why."""

    table_name = models.CharField(max_length=80)
    old_id = models.BigIntegerField()
    new_id = models.BigIntegerField(null=True, blank=True)
    reason = models.TextField()
    changes = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["table_name", "old_id"])]
