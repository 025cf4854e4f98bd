"""Cases (病例): reports, classification history, relations, sequences, link assessments."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chainbreak.governance.models import Fact


class Classification(models.TextChoices):
    """Case classes (病例分类)."""

    SUSPECTED = "suspected", _("suspected")
    CONFIRMED = "confirmed", _("confirmed")
    ASYMPTOMATIC = "asymptomatic", _("asymptomatic")
    EXCLUDED = "excluded", _("excluded")


class DiscoveryRoute(models.TextChoices):
    """How a case was found (发现方式)."""

    FACILITY = "facility", _("quarantine facility")
    HOME_QUARANTINE = "home_quarantine", _("home quarantine")
    ZONE_SCREENING = "zone_screening", _("screening of a zone")
    MASS_ROUND = "mass_round", _("mass testing round")
    KEY_CLASS = "key_class", _("key class of people")
    FEVER_CLINIC = "fever_clinic", _("fever clinic")
    ARRIVAL = "arrival", _("arrival test")
    SELF_REPORT = "self_report", _("came forward")
    UNKNOWN = "unknown", pgettext_lazy("discovery route", "not known")


class Origin(models.TextChoices):
    """Where the infection came from (感染来源地)."""

    LOCAL = "local", _("local")
    IMPORTED_DOMESTIC = "imported_domestic", _("imported, other province")
    IMPORTED_OVERSEAS = "imported_overseas", _("imported, abroad")
    UNKNOWN = "unknown", pgettext_lazy("origin", "not known")


class Case(models.Model):
    """An infected person's file in one outbreak. The number is dense and never used again (E3 3)."""

    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="cases")
    number = models.PositiveIntegerField()
    external_id = models.CharField(max_length=80)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="cases")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outbreak", "number"], name="case_number_once"),
            models.UniqueConstraint(fields=["outbreak", "external_id"], name="case_external_id_once"),
            models.UniqueConstraint(fields=["outbreak", "person"], name="case_person_once"),
        ]

    def __str__(self) -> str:
        return f"{self.outbreak.code}-{self.number}"


class CaseReport(Fact):
    """What is known of a case apart from its class; corrected as a whole."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    reported_in = models.CharField(max_length=15, blank=True)
    reported_at = models.DateTimeField()
    onset_date = models.DateField(null=True, blank=True)
    first_positive_at = models.DateTimeField(null=True, blank=True)
    discovery_route = models.CharField(max_length=20, choices=DiscoveryRoute.choices, default=DiscoveryRoute.UNKNOWN)
    under_control_when_sampled = models.BooleanField(null=True)
    origin = models.CharField(max_length=20, choices=Origin.choices, default=Origin.UNKNOWN)
    source_status = models.CharField(max_length=20, default="unknown")
    trajectory_status = models.CharField(max_length=20, default="unknown")
    isolated_at = models.DateTimeField(null=True, blank=True)
    exposure_from = models.DateField(null=True, blank=True)
    exposure_until = models.DateField(null=True, blank=True)
    died_date = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    hospital = models.CharField(max_length=120, blank=True)
    source_text = models.TextField(blank=True)
    note = models.TextField(blank=True)
    extra = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(superseded_at__isnull=True), name="case_report_current"
            ),
        ]


class CaseClassification(Fact):
    """A class and the instant from which it holds; a change is a new row (E3 1, 2)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="classifications")
    classification = models.CharField(max_length=20, choices=Classification.choices)
    valid_from = models.DateTimeField()
    basis = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "valid_from"],
                condition=Q(superseded_at__isnull=True),
                name="classification_once_an_instant",
            ),
        ]


class CaseRelation(Fact):
    """How two cases are related (亲属、同事…), and the wording that may be published after review (P-14)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="relations")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=40)
    wording_zh = models.CharField(max_length=120, blank=True)
    wording_en = models.CharField(max_length=120, blank=True)
    wording_approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(case=F("other")), name="case_relation_to_another"),
        ]


class Sequence(Fact):
    """A genome's result (测序结果) and what it says of the chain."""

    class Conclusion(models.TextChoices):
        SAME_CHAIN = "same_chain", _("same chain")
        OTHER = "other", _("another chain")
        INCONCLUSIVE = "inconclusive", _("inconclusive")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sequences")
    laboratory = models.CharField(max_length=120, blank=True)
    requested_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    lineage = models.CharField(max_length=40, blank=True)
    coverage = models.FloatField(null=True, blank=True)
    distance = models.PositiveIntegerField(null=True, blank=True)
    conclusion = models.CharField(max_length=20, choices=Conclusion.choices, default=Conclusion.INCONCLUSIVE)


class LinkAssessment(Fact):
    """Whether a case belongs to a chain (关联研判): linked, not linked or unknown; basis; preliminary or final."""

    class Result(models.TextChoices):
        LINKED = "linked", _("linked")
        NOT_LINKED = "not_linked", _("not linked")
        UNKNOWN = "unknown", pgettext_lazy("link", "not known")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="link_assessments")
    outbreak = models.ForeignKey("investigation.Outbreak", on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=12, choices=Result.choices)
    basis = models.CharField(max_length=20)
    confidence = models.CharField(max_length=12, default="preliminary")
    valid_from = models.DateTimeField()
