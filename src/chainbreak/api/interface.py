"""The interface itself: who may call it, how it refuses, how it writes JSON (接口总则)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.renderers import BaseRenderer
from ninja.security import SessionAuth

from chainbreak.governance.refusal import Refused
from chainbreak.governance.services.access import User

NOT_THERE, NOT_ALLOWED = "unknown_", {"not_permitted", "other_purpose"}


class Renderer(BaseRenderer):
    """JSON as people can read it: Chinese as it is, instants with their offset."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS, default=str)


class Refusal(Schema):
    """What every "no" looks like."""

    code: str
    facts: dict[str, Any] = {}


class Misread(Schema):
    """A request whose parts do not have the form they should."""

    detail: list[dict[str, Any]]


# Every operation may answer these.
ERRORS = {401: Refusal, 403: Refusal, 404: Refusal, 409: Refusal, 422: Misread}

api = NinjaAPI(
    title="Chainbreak",
    version="1",
    urls_namespace="api-1",
    description="What the pages offer, as JSON. Times have an offset; `as_of` is exclusive, 24:00 is the next midnight.",
    auth=SessionAuth(),
    renderer=Renderer(),
)


@api.exception_handler(Refused)
def refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal: 403 what the account may not do, 404 what is not there, 409 the rest."""
    status = 403 if refused.code in NOT_ALLOWED else 404 if refused.code.startswith(NOT_THERE) else 409
    return api.create_response(request, {"code": refused.code, "facts": plain(refused.facts)}, status=status)


def account(request: HttpRequest) -> User:
    """Who asks: behind `SessionAuth` somebody is signed in."""
    return cast(User, request.user)


def plain(value: Any) -> Any:
    """Facts of a refusal as JSON can hold them."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
