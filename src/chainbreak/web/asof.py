"""As of when a page is read (截至时间), from its address: `?outbreak=LY&as_of=2022-03-28&as_known=…`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import overload
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from chainbreak.command.selectors.instant import parse_as_of
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.selectors import outbreak as outbreaks

LIVE = timedelta(days=14)  # an outbreak whose newest fact is older is read as of that fact
KEPT = ("outbreak", "as_of", "as_known")  # what links carry on


@dataclass(frozen=True)
class AsOf:
    """What a page shows: the state as of `as_of`, as it was known at `as_known` (None: with all corrections)."""

    as_of: datetime
    as_known: datetime | None
    outbreak: outbreaks.Outbreak | None
    is_past: bool
    outbreaks: tuple[outbreaks.Outbreak, ...] = ()

    @property
    def day(self) -> date:
        """The day whose 24:00 `as_of` is, or the day in which it lies."""
        return timezone.localtime(self.as_of - timedelta(microseconds=1)).date()


@dataclass(frozen=True)
class OfOutbreak(AsOf):
    """What a page of one outbreak shows."""

    outbreak: outbreaks.Outbreak


@overload
def read(request: HttpRequest, *, outbreak: str) -> OfOutbreak: ...
@overload
def read(request: HttpRequest, *, outbreak: None = None) -> AsOf: ...
def read(request: HttpRequest, *, outbreak: str | None = None) -> AsOf:
    """The two clocks and the outbreak of this page; read once a request.

    Raises:
        Refused("unknown_outbreak"): there is none of that code; fact `known` lists the codes.
        Refused("no_outbreak"): there is none at all, and the address names one.
        Refused("bad_as_of"): not a day and not an instant.
    """
    kept = getattr(request, "_as_of", None)
    if kept and (outbreak is None or (kept.outbreak and kept.outbreak.code == outbreak)):
        request._of_path = outbreak or request._of_path  # type: ignore[attr-defined]
        return kept
    now = timezone.now()
    there = outbreaks.all_newest_first()
    chosen = _chosen(there, outbreak or request.GET.get("outbreak", ""))
    newest = usual(chosen, now)
    as_of = parse(request.GET.get("as_of", ""), name="as_of") or newest
    as_known = parse(request.GET.get("as_known", ""), name="as_known")
    is_past = as_of < newest or as_known is not None
    answer = (
        OfOutbreak(as_of, as_known, chosen, is_past, there) if chosen else AsOf(as_of, as_known, None, is_past, there)
    )
    request._as_of, request._of_path = answer, outbreak  # type: ignore[attr-defined]
    return answer


def or_newest(request: HttpRequest) -> AsOf:
    """The clocks of a page's frame: where the address is refused, the page says so and the frame shows the newest."""
    try:
        return read(request)
    except Refused:
        asked, request.GET = request.GET, type(request.GET)(mutable=False)  # type: ignore[assignment]
        try:
            return read(request)
        finally:
            request.GET = asked  # type: ignore[assignment]
            request._as_of = None  # type: ignore[attr-defined]


def kept(request: HttpRequest) -> str:
    """The part of an address that keeps outbreak and clocks, with its question mark; empty when nothing was chosen."""
    pairs = chosen(request)
    return "?" + urlencode(pairs) if pairs else ""


def chosen(request: HttpRequest) -> dict[str, str]:
    """Outbreak and clocks that were chosen, the outbreak by the address too."""
    pairs = {name: request.GET[name] for name in KEPT if request.GET.get(name)}
    of_path = getattr(request, "_of_path", None)
    return {**pairs, "outbreak": of_path} if of_path else pairs


def parse(text: str, *, name: str) -> datetime | None:
    """A day (its 24:00) or an instant; 24:00 may be written as such; None for nothing.

    Raises:
        Refused("bad_as_of"): see `parse_as_of`.
    """
    return parse_as_of(text, name=name) if text.strip() else None


def _chosen(there: tuple[outbreaks.Outbreak, ...], code: str) -> outbreaks.Outbreak | None:
    if not code:
        return there[0] if there else None
    for one in there:
        if one.code == code:
            return one
    if not there:
        raise Refused("no_outbreak")
    raise Refused("unknown_outbreak", outbreak=code, known=[one.code for one in there])


def usual(outbreak: outbreaks.Outbreak | None, now: datetime) -> datetime:
    """The last 24:00; for an outbreak of the past the 24:00 after its newest fact."""
    last = _midnight(timezone.localdate(now))
    newest = outbreak.newest_fact_at if outbreak else None  # type: ignore[attr-defined]
    if newest is None or not is_over(outbreak, now):
        return last
    return min(last, _midnight(timezone.localdate(newest) + timedelta(days=1)))


def is_over(outbreak: outbreaks.Outbreak | None, now: datetime) -> bool:
    """Whether nothing has been recorded of an outbreak for so long that its pages show its own last day."""
    newest = outbreak.newest_fact_at if outbreak else None  # type: ignore[attr-defined]
    return newest is not None and now - newest >= LIVE


def clock(outbreak: outbreaks.Outbreak | None, now: datetime) -> datetime:
    """When something that happens now is true: now; for an outbreak of the past the last minute that its pages show."""
    if outbreak is not None and not hasattr(outbreak, "newest_fact_at"):
        outbreak = next(one for one in outbreaks.all_newest_first() if one.pk == outbreak.pk)
    return usual(outbreak, now) - timedelta(minutes=1) if is_over(outbreak, now) else now


def instants(there: tuple[outbreaks.Outbreak, ...], now: datetime) -> dict[int, datetime]:
    """As of when each outbreak stands for somebody who asks now: now, or the end of what is past (id → instant)."""
    return {one.pk: usual(one, now) if is_over(one, now) else now for one in there}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
