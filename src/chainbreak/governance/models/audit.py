"""The audit (审计): append-only, every row carrying the hash of the row before it (P-08)."""

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """One act: who did or looked at what, when and for what purpose. Hashes are set by a database trigger."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True)
    purpose = models.CharField(max_length=120, blank=True)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"]), models.Index(fields=["actor", "-id"])]
