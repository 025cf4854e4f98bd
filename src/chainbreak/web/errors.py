"""What a page says when something went wrong that is nobody's refusal (出错页面)."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .refusals import database_stopped


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an unforeseen error, or for a database that stopped before the page was reached."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return database_stopped(request)
    return render(None, "500.html", {"path": request.get_full_path()}, status=500)  # type: ignore[arg-type]
