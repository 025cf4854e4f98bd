"""Interviews (流调访谈): what an investigator writes down on a phone, entry by entry, before it becomes facts."""

from django.conf import settings
from django.db import models


class Interview(models.Model):
    """One interview of one case; open until its entries have become facts (流调访谈)."""

    key = models.UUIDField(unique=True)
    case = models.ForeignKey("investigation.Case", on_delete=models.PROTECT, related_name="interviews")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "opened_by"], condition=models.Q(closed_at__isnull=True), name="interview_open_once"
            )
        ]


class InterviewEntry(models.Model):
    """One version of one entry as a phone sent it; never edited, the newest of an entry counts (访谈条目).

    `event` is the phone's own number of the message: sent twice, it is here once. The words are sealed, since they
    name people; `order` is the phone's own counter, because its clock may be wrong.
    """

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="entries")
    event = models.UUIDField(unique=True)
    entry = models.UUIDField()
    order = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12)
    sealed = models.BinaryField()
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()
    received_from = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["interview", "entry", "order"])]
