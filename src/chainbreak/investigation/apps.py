"""The room investigation as Django sees it."""

from django.apps import AppConfig


class InvestigationConfig(AppConfig):
    name = "chainbreak.investigation"
    label = "investigation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import refusals, retention  # noqa: F401

        retention.register_all()
