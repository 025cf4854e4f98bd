"""Contacts (密接、次密接): decisions about them are facts, they themselves are derived."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.governance.models import Fact


class Decision(models.TextChoices):
    """Determination (判定)."""

    PENDING = "pending", _("to be determined")
    CONFIRMED = "confirmed", pgettext_lazy("contact", "confirmed")
    NOT_CONTACT = "not_contact", _("not a contact")


class Determination(Fact):
    """A person's decision about a contact, with its basis; it outranks the rule (判定)."""

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="determinations")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="determinations")
    decision = models.CharField(max_length=12, choices=Decision.choices)
    degree = models.PositiveSmallIntegerField(default=1)
    source = models.ForeignKey("registry.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    last_exposure_at = models.DateTimeField(null=True, blank=True)
    basis = models.CharField(max_length=200)
    valid_from = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(degree__in=[1, 2]), name="degree_is_1_or_2"),
            models.UniqueConstraint(
                fields=["outbreak", "person"], condition=Q(superseded_at__isnull=True), name="determination_current"
            ),
        ]


class ContactEvent(Fact):
    """What was done about a contact before any measure: located, lost, notified (落地、通知)."""

    class Kind(models.TextChoices):
        LOCATED = "located", _("located")
        LOST = "lost", _("not found")
        NOTIFIED = "notified", _("notified")

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="contact_events")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="contact_events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()


class Derivation(models.Model):
    """One snapshot of everything due: a pure function of the facts known at `as_known` and the rule pack."""

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.CASCADE, related_name="derivations")
    as_known = models.DateTimeField(null=True)
    generation = models.CharField(max_length=80)
    pack_edition = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outbreak", "as_known"], nulls_distinct=False, name="derivation_once"),
        ]


class Contact(models.Model):
    """One person's standing as a contact in a snapshot: once, at the highest degree (E3 5).

    Rows of a snapshot are made from facts in one piece and dropped in one piece: their keys need no check each.
    """

    derivation = models.ForeignKey(Derivation, on_delete=models.CASCADE, related_name="contacts", db_constraint=False)
    person = models.ForeignKey("registry.Person", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    degree = models.PositiveSmallIntegerField()
    determination = models.CharField(max_length=12, choices=Decision.choices)
    basis = models.CharField(max_length=40)
    rule = models.CharField(max_length=60)
    setting = models.CharField(max_length=40, blank=True)
    source_case = models.ForeignKey(
        "investigation.Case", null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    source_person = models.ForeignKey(
        "registry.Person", null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    first_exposure_at = models.DateTimeField(null=True)
    last_exposure_at = models.DateTimeField(null=True)
    valid_from = models.DateTimeField()
    first_degree_from = models.DateTimeField(null=True)
    converted = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["derivation", "person"], name="contact_once")]
        indexes = [models.Index(fields=["derivation", "degree", "id"])]


class ContactPair(models.Model):
    """Who was exposed to whom, with the facts behind it: the evidence of a contact."""

    derivation = models.ForeignKey(Derivation, on_delete=models.CASCADE, related_name="pairs", db_constraint=False)
    person = models.ForeignKey("registry.Person", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    source = models.ForeignKey("registry.Person", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    source_case = models.ForeignKey(
        "investigation.Case", null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    degree = models.PositiveSmallIntegerField()
    first_exposure_at = models.DateTimeField()
    last_exposure_at = models.DateTimeField()
    minutes = models.FloatField()
    meetings = models.PositiveIntegerField()
    place = models.ForeignKey(
        "registry.Place", null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    setting = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=60)
    valid_from = models.DateTimeField()
    evidence = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["derivation", "person"]), models.Index(fields=["derivation", "source_case"])]


class DispositionState(models.TextChoices):
    """Where a contact is in its course (转归)."""

    IDENTIFIED = "identified", _("identified")
    LOCATED = "located", _("located")
    LOST = "lost", _("not found")
    REFERRED_OUT = "referred_out", _("referred out by letter")
    NOTIFIED = "notified", _("notified")
    AWAITING_TRANSFER = "awaiting_transfer", _("awaiting transfer")
    IN_FACILITY = "in_facility", _("in a facility")
    AT_HOME = "at_home", _("quarantined at home")
    HOME_MONITORING = "home_monitoring", _("home monitoring")
    RELEASED = "released", _("released")
    CLOSED_ELSEWHERE = "closed_elsewhere", _("closed elsewhere")
    CONVERTED_TO_CASE = "converted_to_case", _("became a case")
    DECEASED = "deceased", _("deceased")


class Disposition(models.Model):
    """A contact's state over time in a snapshot: at every instant exactly one (E3 4)."""

    derivation = models.ForeignKey(
        Derivation, on_delete=models.CASCADE, related_name="dispositions", db_constraint=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="dispositions", db_constraint=False)
    state = models.CharField(max_length=20, choices=DispositionState.choices)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=60, blank=True)
    evidence = models.JSONField(default=list)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="disposition_exactly_one",
                expressions=[
                    ("contact", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_until"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=False),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index(fields=["derivation", "state"])]
