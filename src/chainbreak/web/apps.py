"""The room web as Django sees it."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "chainbreak.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The words of refusals are there for every face, the command line too."""
        from . import words  # noqa: F401
