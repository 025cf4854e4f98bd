"""Bulletins (通报): computed, checked by a second person, published, corrected by number (E3 2)."""

from django.conf import settings
from django.db import models
from django.utils.translation import pgettext_lazy


class BulletinState(models.TextChoices):
    """Course of a bulletin; facts freeze at `checked`."""

    DRAFT = "draft", pgettext_lazy("bulletin", "draft")
    COMPUTED = "computed", pgettext_lazy("bulletin", "computed")
    CHECKED = "checked", pgettext_lazy("bulletin", "checked")
    APPROVED = "approved", pgettext_lazy("bulletin", "approved")
    PUBLISHED = "published", pgettext_lazy("bulletin", "published")
    SUPERSEDED = "superseded", pgettext_lazy("bulletin", "superseded")


class Bulletin(models.Model):
    """One numbered bulletin of an outbreak as of an instant; number 2 of the same instant corrects number 1."""

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="bulletins")
    as_of = models.DateTimeField()
    as_known = models.DateTimeField(null=True)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=BulletinState.choices, default=BulletinState.DRAFT)
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by")
    computed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    computed_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    reconciliation = models.JSONField(null=True)
    reviewed = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outbreak", "as_of", "number"], name="bulletin_number_once"),
            models.CheckConstraint(
                condition=models.Q(checked_by__isnull=True) | ~models.Q(checked_by=models.F("computed_by")),
                name="bulletin_checked_by_another",
            ),
        ]


class BulletinFact(models.Model):
    """One figure of a bulletin with its wording and its query; never changed once the bulletin is checked."""

    bulletin = models.ForeignKey(Bulletin, on_delete=models.CASCADE, related_name="facts")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    unit = models.CharField(max_length=20)
    scope = models.CharField(max_length=20)
    zh = models.TextField()
    en = models.TextField()
    query = models.CharField(max_length=64)
    previous = models.JSONField(null=True)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulletin", "key"], name="bulletin_fact_once")]


class FigureValue(models.Model):
    """A figure computed once for a generation of the facts (cache)."""

    key = models.CharField(max_length=60)
    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    as_known = models.DateTimeField(null=True)
    generation = models.CharField(max_length=80)
    value = models.JSONField(null=True)
    counted = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "outbreak", "as_of", "as_known"], nulls_distinct=False, name="figure_once"
            ),
        ]
