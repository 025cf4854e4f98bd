"""Stays (隔离在住): in a facility, at home, in hospital; one bed, one person, one place at a time (E3 9, 10)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.models import Fact


class StayKind(models.TextChoices):
    """Where a person is kept or watched."""

    FACILITY_QUARANTINE = "facility_quarantine", _("facility quarantine")
    HOME_QUARANTINE = "home_quarantine", _("home quarantine")
    HOME_MONITORING = "home_monitoring", _("home monitoring")
    HOSPITAL = "hospital", _("hospital")


class StayReason(models.TextChoices):
    """Why (隔离原因)."""

    CONTACT1 = "contact1", _("close contact")
    CONTACT2 = "contact2", _("contact of a contact")
    ARRIVAL = "arrival", _("arrival")
    CASE = "case", _("infected person")
    OTHER = "other", _("other reason")


def _period():
    return Func(
        F("admitted_at"),
        F("ended_at"),
        RangeBoundary(inclusive_lower=True, inclusive_upper=False),
        function="tstzrange",
        output_field=DateTimeRangeField(),
    )


class Stay(Fact):
    """One person's stay. As of T it counts when admitted_at < T <= ended_at."""

    class HomeReason(models.TextChoices):
        AGE_MOBILITY = "age_mobility", _("old age, poor mobility")
        ILLNESS = "illness", _("illness")
        YOUNG_CHILD = "young_child", _("young child or its carer")

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="stays")
    kind = models.CharField(max_length=20, choices=StayKind.choices)
    reason = models.CharField(max_length=12, choices=StayReason.choices)
    outbreak_code = models.CharField(max_length=20, blank=True)
    bed = models.ForeignKey("measures.Bed", null=True, blank=True, on_delete=models.PROTECT, related_name="stays")
    facility = models.ForeignKey(
        "measures.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="stays"
    )
    anchor_at = models.DateTimeField(null=True, blank=True)
    planned_end_at = models.DateTimeField(null=True, blank=True)
    admitted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    home_reason = models.CharField(max_length=20, choices=HomeReason.choices, blank=True)
    carer = models.ForeignKey("registry.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_bed_one_person",
                expressions=[("bed", RangeOperators.EQUAL), (_period(), RangeOperators.OVERLAPS)],
                condition=Q(superseded_at__isnull=True, bed__isnull=False),
            ),
            ExclusionConstraint(
                name="one_person_one_place",
                expressions=[("person", RangeOperators.EQUAL), (_period(), RangeOperators.OVERLAPS)],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(admitted_at__lt=F("ended_at")), name="stay_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(kind="home_quarantine") | ~Q(home_reason=""), name="home_quarantine_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(kind="facility_quarantine") | Q(facility__isnull=False),
                name="facility_stay_has_a_facility",
            ),
        ]
        indexes = [models.Index(fields=["kind", "admitted_at"])]
