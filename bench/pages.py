"""Pages (页面): the server's time and queries of every page on the reference outbreak, against a bare Django page.

The peer does the least a Django page with a login can do: session, login check, as many rows as our page has, read by
the ORM and shown by a plain template; no audit, no access rules, no translation, no derivation.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from bench.timing import Say, interleaved, result

HELP = "server time and queries of every page"
NEEDS = "database"
MOST_MS, MOST_QUERIES, ROUNDS = 100, 30, 21
PEER = "bare Django page, as many rows"
OUTBREAK = "LY"
FIGURE = "contact.d2.cum.LY"  # the longest list

ROWS = """<!doctype html><html><body><table>{% for p in rows %}<tr><td>{{ p.number }}</td><td>{{ p.area_code }}</td>
<td>{{ p.pk }}</td><td>{{ p.number }}</td><td>{{ p.area_code }}</td></tr>{% endfor %}</table></body></html>"""


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    clients: dict[str, Any] = {}
    found = []
    for role, address in _addresses():
        client = clients.get(role) or clients.setdefault(role, _signed_in(role))
        found.append(_measure(client, role, address, rounds or ROUNDS))
        say(json.dumps(found[-1], ensure_ascii=False))
    return found


def _measure(client: Any, role: str, address: str, rounds: int) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def ours() -> Any:
        return client.get(address, headers={"accept-encoding": "gzip"})

    answer = ours()
    if answer.status_code != 200:
        raise ValueError(f"{address} as {role} must answer 200; got {answer.status_code}")
    ours()
    with CaptureQueriesContext(connection) as queries:
        body = ours().content
    asked = len(queries)
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    peer = _peer(role, max(1, text.count(b"<tr")))
    values, peer_values = interleaved(ours, peer, rounds)
    return result(
        address,
        [1000 * value for value in values],
        "ms",
        peer=PEER,
        peer_values=[1000 * value for value in peer_values],
        goal=f"<= {MOST_MS} ms, <= {MOST_QUERIES} queries",
        met=lambda median, _ratio: median <= MOST_MS and asked <= MOST_QUERIES,
        role=role,
        queries=asked,
        rows=text.count(b"<tr"),
        bytes=len(text),
    )


def _signed_in(role: str, **options: Any) -> Any:
    from django.test import Client

    from chainbreak.governance.models import User
    from chainbreak.governance.refusal import Refused

    user = User.objects.filter(username=role).first()
    if user is None:
        raise Refused("bench_needs_demo")
    client = Client(SERVER_NAME="localhost", headers={"accept-language": "zh-CN"}, **options)
    client.force_login(user)
    return client


def _peer(role: str, n_rows: int) -> Any:
    """A call of the bare page: a handler with sessions and login, and nothing else of ours."""
    from django.conf import settings
    from django.contrib.auth.decorators import login_required
    from django.http import HttpResponse
    from django.template import engines
    from django.test import Client, override_settings
    from django.urls import path

    from chainbreak.registry.models import Person

    template = engines["django"].from_string(ROWS)

    @login_required
    def bare(request: Any) -> HttpResponse:
        return HttpResponse(template.render({"rows": Person.objects.order_by("pk")[:n_rows]}))

    module = type("Addresses", (), {"urlpatterns": [path("bare/", bare)]})
    kept = [name for name in settings.MIDDLEWARE if name.endswith(("SessionMiddleware", "AuthenticationMiddleware"))]
    client = _signed_in(role)
    bare_client = Client(SERVER_NAME="localhost")
    bare_client.cookies = client.cookies
    with override_settings(MIDDLEWARE=kept):
        bare_client.handler.load_middleware()

    def call() -> None:
        answer = bare_client.get("/bare/")
        assert answer.status_code == 200, answer.status_code

    resolve = bare_client.handler.resolve_request

    def by_own_addresses(request: Any) -> Any:
        request.urlconf = module
        return resolve(request)

    bare_client.handler.resolve_request = by_own_addresses
    return call


def _addresses() -> list[tuple[str, str]]:
    """Each page with a role that may see it; lists with the filters people use."""
    from chainbreak.governance.models import ImportRun
    from chainbreak.governance.refusal import Refused
    from chainbreak.investigation.models import Case, Contact, ContactPair, Derivation, Outbreak

    outbreak = Outbreak.objects.filter(code=OUTBREAK).first()
    derivation = Derivation.objects.filter(outbreak=outbreak, as_known__isnull=True).first()
    if outbreak is None or derivation is None:
        raise Refused("bench_needs_demo")
    case = Case.objects.filter(outbreak=outbreak).order_by("number").first()
    contact = Contact.objects.filter(derivation=derivation, degree=1).order_by("pk").first()
    second = Contact.objects.filter(derivation=derivation, degree=2).order_by("pk").first()
    most = (
        ContactPair.objects.filter(derivation=derivation)
        .values_list("source_case__number", flat=True)
        .exclude(source_case__isnull=True)
        .first()
    )
    run = ImportRun.objects.order_by("-rejected", "pk").first()
    lead = [
        "/", "/?outbreak=TJ2020", "/?as_of=2022-03-28", "/cases/?outbreak=LY", "/cases/?outbreak=TJ2020",
        "/cases/?class=asymptomatic&area=4111", f"/cases/LY/{case.number}/", f"/cases/LY/{case.number}/?identity=1",
        "/contacts/LY/", "/contacts/LY/?degree=1&state=in_facility", "/contacts/LY/?degree=2",
        f"/contacts/LY/?source={most}", f"/contacts/LY/{contact.person.number}/", f"/contacts/LY/{second.person.number}/",
        "/chains/LY/", "/chains/TJ2020/", "/letters/LY/", "/rounds/", "/facilities/", "/stays/",
        "/stays/?sort=-planned", "/due/LY/", "/due/LY/?sort=until&missing=1", "/appeals/", "/imports/",
        f"/imports/{run.pk}/", "/bulletins/", "/bulletins/1/", f"/figures/LY/{FIGURE}/", "/rules/",
        f"/rules/{outbreak.rule_pack}/", "/account/",
    ]  # fmt: skip
    from chainbreak.command.selectors import gap

    lead += [f"/gaps/LY/{kind}/" for kind in gap.KINDS]
    return [("epidemiology_lead", address) for address in lead] + [
        ("auditor", "/audit/"), ("auditor", "/retention/"), ("administrator", "/teams/"),
    ]  # fmt: skip
