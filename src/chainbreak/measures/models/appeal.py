"""Appeals (申诉) against a code, a contact, a stay, a zone or a missed test, and what became of each, step by step.

What people write is sealed like an identity: it names them. The receipt number is all that goes into addresses.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.governance.models import Fact


class Appeal(Fact):
    """One appeal of one person; the measure as it stood when it was appealed against stays with it."""

    class About(models.TextChoices):
        CONTACT = "contact", _("being called a contact")
        STAY = "stay", _("quarantine, or how long it lasts")
        CODE = "code", _("the health code")
        ZONE = "zone", _("the zone I live in")
        MISSED_TEST = "missed_test", _("a test that I am said to have missed")

    class Grounds(models.TextChoices):
        NOT_THERE = "not_there", _("I was not at that place at that time")
        OTHER_PERSON = "other_person", _("It is about somebody else")
        WRONG_DATE = "wrong_date", _("A date or a time is wrong")
        ALREADY_DONE = "already_done", _("What is asked has been done already")
        HARDSHIP = "hardship", _("Illness, care of others or hardship")
        OTHER = "other", _("Something else")

    class Channel(models.TextChoices):
        WEB = "web", _("public page")
        PHONE = "phone", pgettext_lazy("appeal", "by phone")
        IN_PERSON = "in_person", _("in person")
        LETTER = "letter", _("by letter")

    class Relation(models.TextChoices):
        SELF = "self", _("the person")
        RELATIVE = "relative", _("a relative")
        GRID_WORKER = "grid_worker", _("a community worker")
        OTHER = "other", pgettext_lazy("who appeals", "somebody else")

    number = models.CharField(max_length=12, unique=True)
    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="appeals")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="appeals")
    about = models.CharField(max_length=12, choices=About.choices)
    grounds = models.CharField(max_length=14, choices=Grounds.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    relation = models.CharField(max_length=12, choices=Relation.choices, default=Relation.SELF)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    statement_cipher = models.BinaryField()
    contact_cipher = models.BinaryField(null=True, blank=True)
    measure = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=12, blank=True)
    measure_ends_at = models.DateTimeField(null=True, blank=True)
    rule = models.CharField(max_length=60, blank=True)
    edition = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(due_at__gt=F("at")), name="appeal_has_time_to_be_answered"),
        ]
        indexes = [models.Index(fields=["person", "at"]), models.Index(fields=["outbreak", "at"])]

    def __str__(self) -> str:
        return self.number


class AppealStep(Fact):
    """One step of an appeal: a new state, or within a review what one person proposes to a second (复核)."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", pgettext_lazy("appeal", "submitted")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("appeal", "received")
        UNDER_REVIEW = "under_review", pgettext_lazy("appeal", "under review")
        NEED_INFORMATION = "need_information", pgettext_lazy("appeal", "waits for an answer of the person")
        UPHELD = "upheld", pgettext_lazy("appeal", "granted")
        PARTLY_UPHELD = "partly_upheld", pgettext_lazy("appeal", "granted in part")
        REJECTED = "rejected", pgettext_lazy("appeal", "not granted")
        ESCALATED = "escalated", pgettext_lazy("appeal", "taken further")
        CLOSED = "closed", pgettext_lazy("appeal", "closed")

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=16, choices=State.choices)
    proposal = models.CharField(max_length=16, blank=True)
    by_person = models.BooleanField(default=False)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    words_cipher = models.BinaryField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["upheld", "partly_upheld", "rejected"]) | Q(words_cipher__isnull=False),
                name="a_decision_on_an_appeal_has_reasons",
            ),
            models.CheckConstraint(
                condition=Q(proposal="") | Q(state="under_review"), name="a_proposal_is_made_in_review"
            ),
        ]
        indexes = [models.Index(fields=["appeal", "at"])]
