"""The sampling table on a phone (采样台): the shell that works without a network, and what makes it installable."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie

from .door import Asked, page
from .sampling_words import words


@page("swab.record")
@ensure_csrf_cookie
def table(request: Asked) -> HttpResponse:
    """The shell: no person in it, so that a phone may keep it."""
    return render(request, "web/field/sampling.html", {"words": words(), "csrf": settings.CSRF_COOKIE_NAME})


def manifest(request: Asked) -> JsonResponse:
    """What a phone needs to put the table among its programs."""
    icon = {"src": static("web/chainbreak.svg"), "sizes": "any", "type": "image/svg+xml"}
    told = {
        "name": _("Chainbreak sampling table"), "short_name": _("Sampling"), "start_url": reverse("sampling_table"),
        "scope": "/field/", "display": "standalone", "icons": [icon], "background_color": "#ffffff",
        "theme_color": "#17578f",
    }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json")


urlpatterns = [
    path("field/sampling/", table, name="sampling_table"),
    path("field/sampling.webmanifest", manifest, name="sampling_manifest"),
]
