"""The script that keeps the pages of the field in a phone (离线脚本); its version is the digest of what it keeps."""

from __future__ import annotations

import hashlib
import json

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path
from django.views.decorators.cache import never_cache

SHELLS = ["/field/interview/", "/field/sampling/", "/field/doors/"]
NEEDED = (
    "web/chainbreak.svg", "web/vendor/bootstrap.min.css", "web/tokens.css", "web/states.css", "web/chainbreak.css",
    "web/components.css", "web/field/field.css", "web/field/queue.js", "web/field/interview.js",
    "web/field/sampling.js", "web/field/doors.js",
)  # fmt: skip


@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    needed = [static(name) for name in NEEDED]
    context = {"version": _version(needed), "shells": json.dumps(SHELLS), "needed": json.dumps(needed)}
    return render(request, "web/field/worker.js", context, content_type="text/javascript")


def _version(addresses: list[str]) -> str:
    """Changes with the addresses, and where those carry no digest, with the files."""
    made = hashlib.sha256(json.dumps([SHELLS, addresses]).encode())
    for name, address in zip(NEEDED, addresses, strict=True):
        found = finders.find(name) if address.endswith(name) else None
        if isinstance(found, str):
            with open(found, "rb") as file:
                made.update(file.read())
    return made.hexdigest()[:12]


urlpatterns = [path("field/worker.js", worker, name="field_worker")]
