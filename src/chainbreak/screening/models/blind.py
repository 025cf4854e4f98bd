"""Blind samples (盲样): tubes whose truth is known to whoever put them in, and not to the laboratory (P-18)."""

from django.conf import settings
from django.db import models

from .tube import Result


class BlindSample(models.Model):
    """A tube without members that travels and is tested like any other; its result is held against what is in it."""

    tube = models.OneToOneField("screening.Tube", on_delete=models.CASCADE, related_name="blind")
    round = models.ForeignKey("screening.Round", on_delete=models.CASCADE, related_name="blind_samples")
    expected = models.CharField(max_length=12, choices=Result.Outcome.choices[:2])
    laboratory = models.CharField(max_length=80, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
