"""Places (场所): where people are together."""

from django.db import models


class Place(models.Model):
    """One place; its kind is looked up in the rule pack (setting, minutes)."""

    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120, blank=True)
    area_code = models.CharField(max_length=15, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    indoor = models.BooleanField(null=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    import_run = models.ForeignKey("governance.ImportRun", null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name or self.number
