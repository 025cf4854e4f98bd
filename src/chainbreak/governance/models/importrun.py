"""Imports (导入): one run, its rows and what was wrong with them (P-16: no silent loss)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    """What became of an import."""

    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    UNDONE = "undone", _("undone")


class ImportRun(models.Model):
    """One file taken in: rows = created + updated + duplicate + rejected, always."""

    kind = models.CharField(max_length=30)
    outbreak_code = models.CharField(max_length=20, blank=True)
    file_name = models.CharField(max_length=200)
    file_hash = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.RUNNING)
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done") | Q(rows=F("created") + F("updated") + F("duplicate") + F("rejected")),
                name="import_rows_add_up",
            ),
        ]


class ImportProblem(models.Model):
    """What was wrong with one row; a rejected row is kept here word for word."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=10)
    facts = models.JSONField(default=dict)
    raw = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["run", "row"])]


class SavedMapping(models.Model):
    """Which column of a sender's file is which field (列对应)."""

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=30)
    data = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
