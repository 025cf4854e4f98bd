"""Lists kept by name (保存的筛选): the filters and columns of an address, for one account."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from chainbreak.governance.services import savedview

from . import asof, back
from .door import Asked, page

LEFT_OUT = {*asof.KEPT, "after", "format"} - {"outbreak"}


@require_POST
@page("board.read")
def save(request: Asked) -> HttpResponse:
    """Keep the list as it is seen under a name."""
    here = back.required(request)
    where, _sep, query = here.partition("?")
    kept = urlencode([(key, value) for key, value in parse_qsl(query) if key not in LEFT_OUT])
    name = request.POST.get("name", "")
    savedview.save(
        request.user, page=request.POST.get("page", "")[:60], path=where, name=name, query=kept, at=timezone.now()
    )
    return HttpResponseRedirect(here)


@require_POST
@page("board.read")
def forget(request: Asked, number: int) -> HttpResponse:
    """Take a saved view away."""
    savedview.forget(request.user, number)
    return HttpResponseRedirect(back.required(request))


urlpatterns = [
    path("views/save/", save, name="view_save"),
    path("views/<int:number>/forget/", forget, name="view_forget"),
]
