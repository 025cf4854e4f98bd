"""Knocking on doors of people a round has missed (上门补采): who goes to whom, and what came of it. Never a penalty."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.governance.models import Fact


class DoorOutcome(models.TextChoices):
    """What came of a visit (上门结果)."""

    SWABBED = "swabbed", _("swabbed at home")
    REFUSED = "refused", pgettext_lazy("door", "refused")
    AWAY = "away", _("away for some time")
    NOT_FOUND = "not_found", _("nobody there")
    MOVED = "moved", _("moved away")


class DoorTask(Fact):
    """One missed person of a round, and the worker who goes there (入户任务)."""

    round = models.ForeignKey("screening.Round", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    area_code = models.CharField(max_length=15)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"], condition=Q(superseded_at__isnull=True), name="door_task_current"
            ),
        ]
        indexes = [
            models.Index(
                fields=["worker", "round"], condition=Q(superseded_at__isnull=True), name="door_task_of_worker"
            )
        ]


class DoorVisit(Fact):
    """One visit at a door; its key is the number that the phone gave it, so that telling it twice changes nothing."""

    round = models.ForeignKey("screening.Round", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=12, choices=DoorOutcome.choices)
    barcode = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(superseded_at__isnull=True), name="door_visit_told_once"
            ),
            models.CheckConstraint(condition=~Q(outcome="swabbed") | ~Q(barcode=""), name="door_swab_names_its_tube"),
        ]
        indexes = [models.Index(fields=["round", "person"], name="door_visit_of_person")]
