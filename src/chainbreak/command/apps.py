"""The room command as Django sees it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommandConfig(AppConfig):
    name = "chainbreak.command"
    label = "command"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import (
            retention,
            words,  # noqa: F401  (registers the words of refusals)
        )
        from .triggers import install

        post_migrate.connect(install, dispatch_uid="chainbreak.command.triggers")
        retention.register_all()
