"""Django's handle on the room of screening."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ScreeningConfig(AppConfig):
    """Rounds, sites, tubes, results (核酸筛查)."""

    name = "chainbreak.screening"
    label = "screening"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import refusals, retention  # noqa: F401  (refusals registers its words)
        from .triggers import install

        post_migrate.connect(install, sender=self, dispatch_uid="chainbreak.screening")
        retention.register_all()
