"""Outbreaks (疫情): which rule pack holds, from when."""

from django.db import models
from django.utils import translation


class Outbreak(models.Model):
    """One outbreak; everything derived for it names the rule pack and its edition."""

    code = models.CharField(max_length=20, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    disease = models.CharField(max_length=40)
    rule_pack = models.CharField(max_length=60)
    area_code = models.CharField(max_length=15)
    detected_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name_en if (translation.get_language() or "").startswith("en") else self.name_zh
