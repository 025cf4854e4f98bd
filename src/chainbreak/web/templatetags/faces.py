"""Tags of the design system (设计组件): states, actions that say why they are closed, the trail, the theme."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chainbreak.governance.selectors import access
from chainbreak.governance.services import savedview

from .. import asof, design, looks, menu, words

register = template.Library()


@register.simple_tag
def state(kind: str, code: object, text: object = "") -> SafeString | str:
    """A state as a chip with its colour, shape and word: {% state "class" case.classification case_words %}."""
    if code is None or code == "":
        return "–"
    return format_html('<span class="chip {}-{}">{}</span>', kind, code, text or words.word(kind, code))


@register.simple_tag
def mark(kind: str, code: object, text: object) -> SafeString:
    """A state without a frame, for dense tables: shape and word."""
    return format_html('<span class="mark {}-{}">{}</span>', kind, code, text)


@register.simple_tag
def shape(kind: str, code: object, size: int = 16) -> SafeString | str:
    """The shape of a state as a drawing, for SVG and for keys of drawings."""
    one = looks.look(kind, code)
    if one is None:
        return ""
    text = '<path class="tone-{}" fill-rule="evenodd" transform="scale({})" d="{}"/>'
    return format_html(text, one.tone, f"{size / 16:.3f}".rstrip("0").rstrip("."), looks.SHAPES[one.shape])


@register.inclusion_tag("web/components/action.html", takes_context=True)
def action(
    context: template.Context,
    act: str,
    url: str,
    text: str,
    *,
    area: str = "",
    main: bool = False,
    method: str = "get",
    past: bool = False,
) -> dict[str, Any]:
    """A deed as a button; greyed, with why and who may, where the account may not or the page shows the past.

    Args:
        act: the act of the table of acts that the deed needs.
        area: the area of the record, where the act counts it.
        main: the one deed of the page.
        past: the deed is about now and closed while the page shows the past.
    """
    request = context["request"]
    standing = getattr(request, "standing", None) or access.standing_of(request.user, at=timezone.now())
    reason = ""
    if not standing.may(act):
        reason = _("For: %(who)s") % {"who": _(", ").join(words.role(one) for one in access.who_may(act))}
    elif area and not standing.may(act, area):
        reason = _("For the teams of this record's own area")
    elif past and asof.read(request).is_past:
        reason = _("Not while looking at the past; go back to the newest first")
    return {
        "url": url,
        "text": text,
        "reason": reason,
        "main": main,
        "method": method,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("web/components/trail.html", takes_context=True)
def trail(context: template.Context) -> dict[str, Any]:
    """Where the page stands in the menu: place, list; nothing on a page outside the menu (导航路径)."""
    request = context["request"]
    if not request.user.is_authenticated:
        return {}
    best: tuple[str, menu.Item] | None = None
    for group in context.get("menu_groups") or menu.of_request(request):
        for item in group.items:
            address = item.url.split("?")[0]
            longer = best is None or len(address) > len(best[1].url.split("?")[0])
            if len(address) > 1 and request.path.startswith(address) and longer:
                best = (group.words, item)
    if best is None:
        return {}
    return {"place": best[0], "item": best[1], "here": best[1].url.split("?")[0] == request.path}


@register.inclusion_tag("web/components/views.html", takes_context=True)
def saved_views(context: template.Context) -> dict[str, Any]:
    """The saved filters of this list, and a form to save the present one."""
    request = context["request"]
    name = request.resolver_match.view_name
    here = request.get_full_path()
    views = savedview.of(request.user, name)
    for one in views:
        one.here = here == one.path + ("?" + one.query if one.query else "")
    return {"views": views, "page": name, "path": here, "csrf_token": context.get("csrf_token")}


@register.filter
def age(value: timedelta | None) -> str:
    """How long something has waited: minutes, hours, from two days on days and hours."""
    if value is None:
        return "–"
    minutes = max(0, int(value.total_seconds() // 60))
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    if minutes < 2 * 24 * 60:
        return _("%(n)s h") % {"n": minutes // 60}
    return _("%(days)s d %(hours)s h") % {"days": minutes // 1440, "hours": minutes % 1440 // 60}


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The theme that was chosen in this browser: light, dark, contrast; empty: as the system has it."""
    request = context.get("request")
    return design.theme_of(request) if request else ""


@register.inclusion_tag("web/components/themes.html", takes_context=True)
def theme_switch(context: template.Context) -> dict[str, Any]:
    """The choice of a theme, for the same page."""
    request = context.get("request")
    return {
        "themes": design.THEMES.items(),
        "now": design.theme_of(request) if request else "",
        "path": request.get_full_path() if request else "/",
        "csrf_token": context.get("csrf_token"),
    }
