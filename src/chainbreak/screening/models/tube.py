"""Tubes, swabs and results (采样管、拭子、结果): nobody missed and nobody mixed up (E3 15-19)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chainbreak.governance.models import Fact


class Tube(models.Model):
    """One tube by its barcode; a tube with limit 1 is an individual test (单采单检)."""

    barcode = models.CharField(max_length=40)
    round = models.ForeignKey("screening.Round", null=True, blank=True, on_delete=models.PROTECT, related_name="tubes")
    area_code = models.CharField(max_length=15, blank=True)
    site = models.ForeignKey(
        "screening.SamplingSite", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pool_limit = models.PositiveSmallIntegerField(default=10)
    import_run = models.ForeignKey(
        "governance.ImportRun", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["barcode"], name="tube_barcode_once"),
            models.CheckConstraint(condition=Q(pool_limit__in=[1, 5, 10, 20]), name="pool_limit_allowed"),
        ]


class TubeCustody(Fact):
    """Where a tube has been, by the times of its stations (交接)."""

    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, related_name="custody", db_index=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    reject_reason = models.CharField(max_length=20, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube"], condition=Q(superseded_at__isnull=True), name="custody_current"),
        ]


class Purpose(models.TextChoices):
    """Why a swab is taken (采样目的)."""

    MASS_ROUND = "mass_round", _("mass testing round")
    QUARANTINE = "quarantine", _("quarantine")
    CASE_FINDING = "case_finding", _("case finding")
    RETEST = "retest", _("re-test")
    VOLUNTARY = "voluntary", _("voluntary")


class Swab(Fact):
    """One swab of one person in exactly one tube (E3 15).

    Written by the million: that person, round and tube exist is checked for a statement at once (`triggers.py`), for
    keys that are checked row by row cost a third of the intake.
    """

    person = models.ForeignKey(
        "registry.Person", on_delete=models.PROTECT, related_name="swabs", db_index=False, db_constraint=False
    )
    round = models.ForeignKey(
        "screening.Round", null=True, blank=True, on_delete=models.PROTECT, related_name="swabs", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, related_name="swabs", db_index=False, db_constraint=False)
    position = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    sampled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "round", "purpose"],
                condition=Q(superseded_at__isnull=True, round__isnull=False),
                name="one_swab_a_round",
            ),
            models.UniqueConstraint(
                fields=["tube", "position"], condition=Q(superseded_at__isnull=True), name="tube_position_once"
            ),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=20), name="position_in_tube"),
        ]
        indexes = [
            models.Index(fields=["person", "sampled_at"], condition=Q(round__isnull=True), name="swab_of_person"),
        ]


class LabRun(models.Model):
    """One run of one instrument (上机批次): wells, controls, raw file."""

    number = models.CharField(max_length=40, unique=True)
    laboratory = models.CharField(max_length=80)
    wells = models.PositiveSmallIntegerField()
    controls = models.PositiveSmallIntegerField()
    raw_file_hash = models.CharField(max_length=64, blank=True)
    import_run = models.ForeignKey("governance.ImportRun", null=True, on_delete=models.PROTECT, related_name="+")


class Result(Fact):
    """A tube's result; a correction supersedes it and runs its consequences again."""

    class Outcome(models.TextChoices):
        NEGATIVE = "negative", _("negative")
        POSITIVE = "positive", _("positive")
        INCONCLUSIVE = "inconclusive", _("inconclusive")
        INVALID = "invalid", _("invalid")

    class Stage(models.TextChoices):
        PRELIMINARY = "preliminary", _("preliminary")
        VERIFIED = "verified", _("verified")
        REPORTED = "reported", _("reported")

    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, related_name="results", db_index=False)
    run = models.ForeignKey(
        LabRun, null=True, blank=True, on_delete=models.PROTECT, related_name="results", db_index=False
    )
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    stage = models.CharField(max_length=12, choices=Stage.choices)
    reported_at = models.DateTimeField()
    ct = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube"], condition=Q(superseded_at__isnull=True), name="result_current"),
            models.CheckConstraint(
                condition=Q(stage="preliminary") | Q(run__isnull=False), name="verified_needs_a_run"
            ),
        ]
        indexes = [
            models.Index(fields=["reported_at"], condition=~Q(outcome="negative"), name="result_not_negative"),
        ]
