"""Extracts for analysts (分析用数据提取): who asked for what and why, who allowed it, until when (P-04, P-07, P-11)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Extract(models.Model):
    """One pseudonymous extract of one outbreak; the files are made when it is fetched, nothing of it is stored."""

    outbreak_code = models.CharField(max_length=20)
    tables = models.JSONField(default=list)
    purpose = models.CharField(max_length=300)
    as_of = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    allowed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    allowed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(requested_at__lt=F("expires_at")), name="extract_has_an_end"),
            models.CheckConstraint(
                condition=Q(allowed_by__isnull=True) | ~Q(allowed_by=F("requested_by")), name="extract_two_people"
            ),
        ]
