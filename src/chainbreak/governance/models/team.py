"""Teams (专班) = task force x area x purpose, and the grants that put people into them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Roles (岗位) of a city's outbreak response."""

    COMMANDER = "commander", _("commander")
    EPIDEMIOLOGY_LEAD = "epidemiology_lead", _("epidemiology lead")
    INVESTIGATOR = "investigator", _("investigator")
    SAMPLER = "sampler", _("sampler")
    LABORATORY = "laboratory", _("laboratory")
    FACILITY_CHIEF = "facility_chief", _("facility chief")
    TRANSFER = "transfer", _("transfer")
    COMMUNITY_WORKER = "community_worker", _("community worker")
    CODE_OFFICER = "code_officer", _("code officer")
    SPOKESPERSON = "spokesperson", _("spokesperson")
    AUDITOR = "auditor", _("auditor")
    ADMINISTRATOR = "administrator", _("administrator")


class TaskForce(models.TextChoices):
    """Task forces (工作专班)."""

    HEADQUARTERS = "headquarters", _("headquarters")
    INVESTIGATION = "investigation", _("investigation task force")
    SCREENING = "screening", _("testing task force")
    QUARANTINE = "quarantine", _("quarantine task force")
    COMMUNITY = "community", _("community task force")
    HEALTHCODE = "healthcode", _("health code task force")
    PUBLICITY = "publicity", _("publicity task force")
    OVERSIGHT = "oversight", _("oversight")
    PLATFORM = "platform", _("platform team")


class Team(models.Model):
    """A task force at work in one area for one purpose."""

    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    task_force = models.CharField(max_length=20, choices=TaskForce.choices)
    area_code = models.CharField(max_length=12)
    purpose = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task_force", "area_code", "purpose"], name="team_once"),
        ]

    def __str__(self) -> str:
        return self.name_zh


class Grant(models.Model):
    """A person's role in a team, from when until when (P-12: every grant has an end)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_from__lt=F("valid_until")), name="grant_has_an_end"),
        ]
