"""Arrivals and returnees (来返人员); the band is computed, never typed (E3 31)."""

from django.db import models

from chainbreak.governance.models import Fact


class Arrival(Fact):
    """One person's arrival from elsewhere."""

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="arrivals")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="arrivals")
    origin_area = models.CharField(max_length=15, blank=True)
    origin_risk = models.CharField(max_length=12, blank=True)
    transport = models.CharField(max_length=40, blank=True)
    checkpoint = models.CharField(max_length=80, blank=True)
    declared_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField()
