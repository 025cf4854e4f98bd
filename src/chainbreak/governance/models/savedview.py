"""Saved views (保存的筛选): the filters of a list under a name, for one account."""

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """One list with its filters and columns, as its address has them; without instants, so that it stays of today."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)
    path = models.CharField(max_length=200)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="view_named_once")]
