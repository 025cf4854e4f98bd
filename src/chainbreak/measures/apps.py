"""The room measures as Django sees it."""

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "chainbreak.measures"
    label = "measures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import refusals, retention  # noqa: F401

        retention.register_all()
