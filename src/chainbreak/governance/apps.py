"""The room governance as Django sees it."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "chainbreak.governance"
    label = "governance"
    default_auto_field = "django.db.models.BigAutoField"
