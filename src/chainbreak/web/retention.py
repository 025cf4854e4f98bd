"""Retention (保存期限): how long each class of data is kept, what is due to be deleted, and the certificates."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET

from chainbreak.governance.retention import kept
from chainbreak.governance.selectors import deletion
from chainbreak.governance.services import retention as ends

from .door import Asked, page

SHOWN = 50
MOST_COUNTED = 10_000


@require_GET
@page("retention.read")
def retention(request: Asked) -> HttpResponse:
    """The rules with their settings and bounds, what has reached its end, what was deleted."""
    due = ends.due(at=timezone.now(), most=MOST_COUNTED)
    context = {"due": due, "kept": sorted(kept().items()), "runs": deletion.runs(most=SHOWN)}
    return render(request, "web/retention.html", context)


urlpatterns = [path("retention/", retention, name="retention")]
