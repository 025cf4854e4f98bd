"""Where a form leads back to (返回地址): an address of this site out of a form or an address, never one elsewhere."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from chainbreak.governance.refusal import Refused


def is_ours(address: str) -> bool:
    """Whether an address is a path of this site, with nothing in it that a browser reads as another host."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


def address(request: HttpRequest, name: str = "back", *, otherwise: str = "/") -> str:
    """The address in a posted field, or else in the address of the page; `otherwise` for none and for one elsewhere."""
    asked = request.POST.get(name) or request.GET.get(name) or otherwise
    return asked if is_ours(asked) else otherwise


def required(request: HttpRequest, name: str = "next") -> str:
    """The address in a posted field.

    Raises:
        Refused("bad_filter"): it leads elsewhere.
    """
    asked = request.POST.get(name, "/")
    if not is_ours(asked):
        raise Refused("bad_filter", name=name, value=asked[:60])
    return asked
