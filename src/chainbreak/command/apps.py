"""The room command as Django sees it."""

from django.apps import AppConfig


class CommandConfig(AppConfig):
    name = "chainbreak.command"
    label = "command"
    default_auto_field = "django.db.models.BigAutoField"
