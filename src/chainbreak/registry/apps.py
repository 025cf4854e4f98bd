"""The room registry as Django sees it."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "chainbreak.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import retention

        retention.register_all()
