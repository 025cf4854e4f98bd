"""Tables moved from one sampling site to another (采样力量调配), as somebody with the right to do so decided."""

from django.db import models
from django.db.models import F, Q

from chainbreak.governance.models import Fact


class TableMove(Fact):
    """So many tables with their staff go from one site to another; withdrawn, they go back."""

    from_site = models.ForeignKey("screening.SamplingSite", on_delete=models.PROTECT, related_name="+")
    to_site = models.ForeignKey("screening.SamplingSite", on_delete=models.PROTECT, related_name="+")
    tables = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tables__gte=1), name="table_move_of_tables"),
            models.CheckConstraint(condition=~Q(from_site=F("to_site")), name="table_move_to_another"),
        ]
        indexes = [models.Index(fields=["at"], condition=Q(superseded_at__isnull=True), name="table_move_standing")]
