"""The design system's living page (设计样例) and the choice of a theme (主题)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from . import back, looks, statewords

COOKIE = "chainbreak_theme"
THEMES = {"": _("as the system"), "light": _("light"), "dark": _("dark"), "contrast": _("high contrast")}
TOKENS = Path(__file__).parent / "static" / "web" / "tokens.css"
SPACES = ("space-0", "space-1", "space-2", "space-3", "space-4", "space-5")
SIZES = ("size-0", "size-1", "size-2", "size-3", "size-4", "size-5", "size-6")
COLOURS = (
    "ink", "ink-soft", "paper", "paper-2", "paper-3", "line", "line-strong", "accent", "accent-strong",
    "danger", "danger-bg", "warn", "warn-bg", "good", "good-bg", "calm", "calm-bg", "violet", "violet-bg",
    "teal", "teal-bg", "soft", "soft-bg",
)  # fmt: skip


def theme_of(request: HttpRequest) -> str:
    """The theme kept in this browser, or asked for in the address of the living page; empty: as the system has it."""
    asked = request.GET.get("theme", "") if request.path == "/design/" else ""
    chosen = asked or request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else ""


@cache
def colours(theme: str) -> dict[str, str]:
    """The values of the colours of a theme as the file of tokens has them.

    Raises:
        KeyError: there is no such theme.
    """
    blocks = {
        name: dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", body))
        for name, body in re.findall(r"^(?::root, )?\[data-theme=(\w+)\] \{(.*?)^\}", TOKENS.read_text(), re.M | re.S)
    }
    return blocks[theme or "light"]


@login_required
def living_page(request: HttpRequest) -> HttpResponse:
    """Every component in every state, in both languages (`?theme=dark` shows one theme)."""
    return render(
        request,
        "web/design.html",
        {
            "languages": [code for code, _name in settings.LANGUAGES],
            "colours": [(name, colours(theme_of(request))[name]) for name in COLOURS],
            "spaces": SPACES,
            "sizes": SIZES,
            "lists": {code: _states(code) for code, _name in settings.LANGUAGES},
            "themes": THEMES.items(),
            "bars": [("quarantine", 4), ("screening", 2), ("arrival", 1), ("community", 3), ("unknown", 1)],
        },
    )


def _states(language: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    with override(language):
        return [
            (kind, str(statewords.LISTS[kind]), [(code, statewords.of(kind, code)) for code in codes])
            for kind, codes in looks.LOOKS.items()
        ]


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in this browser and go back to the page."""
    response = HttpResponseRedirect(back.address(request, "next"))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES and chosen:
        secure = settings.LANGUAGE_COOKIE_SECURE
        response.set_cookie(COOKIE, chosen, max_age=365 * 86_400, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(COOKIE)
    return response


urlpatterns = [
    path("design/", living_page, name="design"),
    path("design/theme/", choose_theme, name="choose_theme"),
]
