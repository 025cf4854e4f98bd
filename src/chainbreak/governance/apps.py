"""Django's handle on the room of governance."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GovernanceConfig(AppConfig):
    """Accounts, access, audit, corrections, imports, retention (治理)."""

    name = "chainbreak.governance"
    label = "governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import ends, refusals
        from .triggers import install

        refusals.register()
        ends.register_all()
        post_migrate.connect(install, dispatch_uid="chainbreak.triggers")
