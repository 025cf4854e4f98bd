"""The room screening as Django sees it."""

from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "chainbreak.screening"
    label = "screening"
    default_auto_field = "django.db.models.BigAutoField"
