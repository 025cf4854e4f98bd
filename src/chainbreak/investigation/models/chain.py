"""Transmission links (传播关系): who infected whom."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.models import Fact


class TransmissionLink(Fact):
    """Infector to infectee; at most one accepted infector each, and no cycles (E3 8)."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="links")
    infector = models.ForeignKey("investigation.Case", on_delete=models.PROTECT, related_name="links_out")
    infectee = models.ForeignKey("investigation.Case", on_delete=models.PROTECT, related_name="links_in")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    basis = models.CharField(max_length=20, default="history")
    confidence = models.CharField(max_length=12, default="preliminary")
    probability = models.FloatField(null=True, blank=True)
    setting = models.CharField(max_length=40, blank=True)
    relation = models.CharField(max_length=80, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(infector=F("infectee")), name="nobody_infects_oneself"),
            models.UniqueConstraint(
                fields=["infectee"],
                condition=Q(superseded_at__isnull=True, state="accepted"),
                name="one_accepted_infector",
            ),
            models.UniqueConstraint(
                fields=["infector", "infectee"], condition=Q(superseded_at__isnull=True), name="link_once"
            ),
        ]
