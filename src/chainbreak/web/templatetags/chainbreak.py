"""Tags and filters that every page has: the menu, the as-of bar, words for codes, links that keep the clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language

from chainbreak.command.services import correction
from chainbreak.governance.refusal import Refused

from .. import asof, door, menu, words

register = template.Library()


@register.simple_tag(takes_context=True)
def to(context: template.Context, name: str, *args: Any, **query: Any) -> str:
    """The address of a page that keeps outbreak and clocks: {% to "contacts" outbreak.code state="lost" %}."""
    request = context["request"]
    pairs = asof.chosen(request)
    if pairs.get("outbreak") in args:
        del pairs["outbreak"]
    pairs |= {key: value for key, value in query.items() if value not in (None, "")}
    return reverse(name, args=args) + ("?" + urlencode(pairs) if pairs else "")


@register.simple_block_tag(takes_context=True)
def way(context: template.Context, content: str, address: str, look: str = "") -> str:
    """A link for those whose role opens the page, plain words for others: {% way url "board-number" %}…{% endway %}."""
    return _way(content, address if door.leads_in(context["request"].user, address) else "", look)


@register.simple_block_tag(takes_context=True)
def way_to(context: template.Context, content: str, name: str, *args: Any, look: str = "", **query: Any) -> str:
    """The same to a page by its name, which keeps outbreak and clocks: {% way_to "tube" barcode %}…{% endway_to %}."""
    return _way(content, to(context, name, *args, **query) if door.opens(context["request"].user, name) else "", look)


def _way(content: str, address: str, look: str) -> str:
    kind = format_html(' class="{}"', look) if look else ""
    if address:
        return format_html('<a{} href="{}">{}</a>', kind, address, content)
    return format_html("<span{}>{}</span>", kind, content) if look else content


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """This page's address with some parts changed; an empty value takes a part out."""
    request = context["request"]
    pairs = {key: values for key, values in request.GET.lists() if key not in changes}
    pairs |= {key: [value] for key, value in changes.items() if value not in (None, "")}
    return request.path + ("?" + urlencode(pairs, doseq=True) if pairs else "")


@register.simple_tag(takes_context=True)
def keep_fields(context: template.Context) -> list[tuple[str, str]]:
    """Outbreak and clocks as pairs for hidden fields of a GET form."""
    request = context["request"]
    return [(name, request.GET[name]) for name in asof.KEPT if request.GET.get(name)]


@register.inclusion_tag("web/_menu.html", takes_context=True)
def main_menu(context: template.Context) -> dict[str, Any]:
    """The menu."""
    return {"groups": menu.of_request(context["request"])}


@register.inclusion_tag("web/_asof.html", takes_context=True)
def as_of_bar(context: template.Context) -> dict[str, Any]:
    """Which outbreak and which instant the page shows, and a way to choose others; filters stay as they are."""
    request = context["request"]
    moved = {*asof.KEPT, "after"}
    others = [(key, value) for key, values in request.GET.lists() if key not in moved for value in values]
    return {"seen": asof.or_newest(request), "request": request, "path": request.path, "others": others}


@register.inclusion_tag("web/_languages.html", takes_context=True)
def language_switch(context: template.Context) -> dict[str, Any]:
    """The other language, for the same page."""
    request = context.get("request")
    return {
        "languages": settings.LANGUAGES,
        "path": request.get_full_path() if request else "/",
        "csrf_token": context.get("csrf_token"),
    }


@register.filter
def word(value: object, list_name: str) -> str:
    """The word for a code: {{ link.setting|word:"setting" }}."""
    return words.word(list_name, value)


@register.filter
def account(value: Any) -> str:
    """The name of an account; empty for none."""
    return words.account(value) if value else ""


@register.filter
def figure_value(figure: Any) -> str:
    """The value of a figure; one that is words stands in English, so that a reader of Chinese gets its sentence."""
    if figure.value is None:
        return "–"
    if isinstance(figure.value, str) and not (get_language() or "").startswith("en"):
        return figure.zh
    return intcomma(figure.value)


@register.filter
def instant(value: datetime | None) -> str:
    """A local instant."""
    return words.instant(value) if value else ""


@register.filter
def until(value: datetime | None) -> str:
    """The end of a time, not included: midnight is 24:00 of the day before."""
    return words.instant(value, end=True) if value else ""


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """The entry of a mapping."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def refusal(value: Refused) -> str:
    """A refusal in words."""
    return str(words.words_for(value))


@register.simple_tag(takes_context=True)
def correct_url(context: template.Context, fact: Any) -> str:
    """Where a fact is corrected; empty for an old version, for the past, and for who may not correct."""
    if fact is None or not context.get("may_correct") or getattr(fact, "superseded_at", None):
        return ""
    kind = next((kind for kind, (model, *_) in correction.CORRECTABLE.items() if type(fact) is model), None)
    if kind is None:
        return ""
    request = context["request"]
    outbreak = asof.read(request).outbreak
    query = {"outbreak": outbreak.code if outbreak else "", "back": request.get_full_path()}
    return reverse("correct", args=[kind, fact.pk]) + "?" + urlencode(query)
