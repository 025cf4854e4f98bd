"""Letters of co-operation (协查函) to other jurisdictions, and the persons they cover."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.governance.models import Fact


class Letter(models.Model):
    """One letter by its number; its course is in its events."""

    number = models.CharField(max_length=40, unique=True)
    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="letters")
    from_area = models.CharField(max_length=15)
    to_area = models.CharField(max_length=15)
    reason = models.CharField(max_length=60)


class LetterEvent(Fact):
    """A step in a letter's course."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("letter", "draft")
        APPROVED = "approved", pgettext_lazy("letter", "approved")
        SENT = "sent", pgettext_lazy("letter", "sent")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("letter", "acknowledged")
        FEEDBACK_COMPLETE = "feedback_complete", _("feedback complete")
        CLOSED = "closed", pgettext_lazy("letter", "closed")
        RETURNED = "returned", pgettext_lazy("letter", "returned")

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=20, choices=State.choices)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)


class LetterPerson(Fact):
    """A person whom a letter covers."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="persons")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="letter_entries")
    feedback = models.CharField(max_length=120, blank=True)
    feedback_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "person"],
                condition=models.Q(superseded_at__isnull=True),
                name="letter_person_once",
            ),
        ]
