"""Deletion (删除): the certificate that a class of data is gone (P-13)."""

from django.conf import settings
from django.db import models


class DeletionRun(models.Model):
    """What was deleted under which retention rule; counts stay, rows do not."""

    rule = models.CharField(max_length=60)
    before = models.DateTimeField()
    rows = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    witness = models.CharField(max_length=120, blank=True)
    certificate = models.CharField(max_length=64)
