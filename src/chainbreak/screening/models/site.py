"""Sampling sites (采样点)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SamplingSite(models.Model):
    """Where swabs are taken, for whom, from when."""

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("everybody")
        YELLOW_CODE = "yellow_code", _("people with a yellow code")
        KEY_CLASS = "key_class", _("key classes of people")

    number = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    area_code = models.CharField(max_length=15)
    audience = models.CharField(max_length=20, choices=Audience.choices, default=Audience.EVERYBODY)
    kind = models.CharField(max_length=30, blank=True)
    tables = models.PositiveSmallIntegerField(default=1)
    added = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    hours = models.CharField(max_length=60, blank=True)
    import_run = models.ForeignKey("governance.ImportRun", null=True, on_delete=models.PROTECT, related_name="+")


class SiteLoad(models.Model):
    """What is known of a queue (排队情况): how many wait, as staff saw it; how many came, by the counter at the gate; how
    many the route sent. A check-in carries its own number, so that told twice it counts once.
    """

    class Source(models.TextChoices):
        STAFF = "staff", _("staff")
        CHECK_IN = "check_in", _("check-in")
        SENT = "sent", _("sent here by the route")

    site = models.ForeignKey(SamplingSite, on_delete=models.CASCADE, related_name="loads", db_index=False)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source.choices)
    people = models.PositiveIntegerField()
    tables = models.PositiveSmallIntegerField(null=True, blank=True)
    event_id = models.UUIDField(null=True, blank=True, unique=True)
    recorded_by = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["site", "at"], name="load_of_site")]
