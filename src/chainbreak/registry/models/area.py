"""Areas (辖区): province to grid and functional zones, by GB/T 2260-style codes."""

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class AreaLevel(models.TextChoices):
    """Levels of administration."""

    PROVINCE = "province", _("province")
    CITY = "city", _("city")
    COUNTY = "county", _("county or district")
    FUNCTIONAL_ZONE = "functional_zone", _("functional zone")
    TOWNSHIP = "township", _("township")
    COMMUNITY = "community", _("community")
    GRID = "grid", _("grid")


class Area(models.Model):
    """One jurisdiction. Its code begins with the code of the area it lies in (trailing zeros left off)."""

    code = models.CharField(max_length=15, primary_key=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    level = models.CharField(max_length=20, choices=AreaLevel.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    population = models.PositiveIntegerField(null=True, blank=True)
    geometry = models.JSONField(null=True, blank=True)
    import_run = models.ForeignKey("governance.ImportRun", null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name_en if self.name_en and (translation.get_language() or "").startswith("en") else self.name_zh

    @property
    def prefix(self) -> str:
        """What every code inside this area begins with: 411100 → 4111."""
        stem = self.code.rstrip("0")
        return stem + "0" * (len(stem) % 2)
