"""A resident without an account (居民): known by number and code word, both posted; tries are limited.

A wrong word and an unknown number get the same answer after the same work.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from chainbreak.registry.services import codeword, people

from .ratelimit import RateLimit

BY_ADDRESS = RateLimit(30, 15 * 60)
BY_NUMBER = RateLimit(10, 15 * 60)


@dataclass(frozen=True)
class Resident:
    """Somebody who has shown that a number is theirs."""

    number: str
    person_id: int


@dataclass(frozen=True)
class Denied:
    """Why nobody is known: to wait some minutes, a wrong word, or a form that lay too long."""

    wait_minutes: int = 0
    wrong: bool = False
    expired: bool = False

    @property
    def status(self) -> int:
        """429 for who must wait, else 403."""
        return 429 if self.wait_minutes else 403


def known(request: HttpRequest) -> Resident | Denied:
    """Who posts number and word."""
    number = request.POST.get("number", "").strip().upper()[:40]
    keys = ((BY_ADDRESS, request.META.get("REMOTE_ADDR", "")), (BY_NUMBER, number))
    wait = max(limit.wait(key, time.monotonic()) for limit, key in keys)
    if wait:
        return Denied(wait_minutes=max(1, round(wait / 60)))
    person_id = people.id_of(number)  # looked up whether or not the word fits, so that the time tells nothing
    if not codeword.fits(number, request.POST.get("word", "")) or person_id is None:
        for limit, key in keys:
            limit.failed(key, time.monotonic())
        return Denied(wrong=True)
    return Resident(number, person_id)


def private(response: HttpResponse, denied: Denied | None = None) -> HttpResponse:
    """Kept by no cache."""
    response["Cache-Control"] = "no-store, private"
    if denied and denied.wait_minutes:
        response["Retry-After"] = str(denied.wait_minutes * 60)
    return response
