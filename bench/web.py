"""Long lists (长列表): 100,000 contacts and 2.4 million people behind the pages, against the same lists in Django's admin.

The contacts that the reference outbreak lacks are made out of the people of its register inside one transaction, which
is rolled back at the end: nothing stays. Peer and page read the same rows in the same transaction, in turns. The admin
is set up as a careful developer would: related rows joined, the state annotated by the same query, no second count.
"""

from __future__ import annotations

import copy
import json
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.pages import OUTBREAK, _signed_in
from bench.timing import Say, interleaved, percentile, result

HELP = "list pages over 100,000 contacts and 2.4 million people, against Django's admin"
NEEDS = "database"
CONTACTS, MOST_MS, ROUNDS = 100_000, 250, 31
PEER = "Django admin, the same list"
ROOT = "bench_web_addresses"


def run(rounds: int | None, say: Say) -> list[dict[str, Any]]:
    from django.db import transaction

    found: list[dict[str, Any]] = []
    with _with_admin(), transaction.atomic():
        number, words = _fill()
        for what, ours, peer in _pairs(number):
            found.append(_measure(what, ours, peer, rounds or ROUNDS, words))
            say(json.dumps(found[-1], ensure_ascii=False))
        transaction.set_rollback(True)
    return found


def _measure(what: str, ours: Any, peer: Any, rounds: int, words: dict[str, int]) -> dict[str, Any]:
    for call in (ours, peer):
        call()
        call()
    values, peer_values = interleaved(ours, peer, rounds)
    p95, peer_p95 = 1000 * percentile(values, 0.95), 1000 * percentile(peer_values, 0.95)
    return result(
        what,
        [1000 * value for value in values],
        "ms",
        peer=PEER,
        peer_values=[1000 * value for value in peer_values],
        goal=f"p95 <= {MOST_MS} ms",
        met=lambda _median, _ratio: p95 <= MOST_MS,
        p95=round(p95, 1),
        peer_p95=round(peer_p95, 1),
        **words,
    )


def _fill() -> tuple[str, dict[str, int]]:
    """Contacts with states up to the wanted number; gives a person number and how many rows there are."""
    from django.db import connection

    from chainbreak.governance.refusal import Refused
    from chainbreak.investigation.models import Contact, Derivation
    from chainbreak.registry.models import Person

    derivation = Derivation.objects.filter(outbreak__code=OUTBREAK, as_known__isnull=True).first()
    sample = Contact.objects.filter(derivation=derivation, degree=2).select_related("person").last()
    if derivation is None or sample is None:
        raise Refused("bench_needs_demo")
    missing = max(0, CONTACTS - Contact.objects.filter(derivation=derivation).count())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO investigation_contact (derivation_id, person_id, degree, determination, basis, rule, setting, "
            "source_case_id, source_person_id, first_exposure_at, last_exposure_at, valid_from, converted) "
            "SELECT %(derivation)s, p.id, 2, 'confirmed', 'meetings', %(rule)s, 'co_presence', NULL, %(source)s, "
            "%(at)s, %(at)s - (p.id %% 1209600) * interval '1 second', %(at)s, false FROM registry_person p WHERE NOT EXISTS ("
            "SELECT FROM investigation_contact c WHERE c.derivation_id = %(derivation)s AND c.person_id = p.id) "
            "ORDER BY p.id LIMIT %(missing)s",
            {
                "derivation": derivation.pk,
                "rule": sample.rule,
                "source": sample.source_person_id or sample.person_id,
                "at": sample.valid_from,
                "missing": missing,
            },
        )
        cursor.execute(
            "INSERT INTO investigation_disposition (derivation_id, contact_id, state, valid_from, reason, evidence) "
            "SELECT c.derivation_id, c.id, CASE c.id %% 3 WHEN 0 THEN 'identified' WHEN 1 THEN 'in_facility' "
            "ELSE 'awaiting_transfer' END, c.valid_from, '', '[]' FROM investigation_contact c "
            "WHERE c.derivation_id = %s AND NOT EXISTS (SELECT FROM investigation_disposition d WHERE d.contact_id = c.id)",
            [derivation.pk],
        )
        cursor.execute(
            "INSERT INTO measures_duemeasure (derivation_id, person_id, reason, measure, starts_at, ends_at, rule, evidence) "
            "SELECT c.derivation_id, c.person_id, 'contact2', 'facility_quarantine', c.valid_from, "
            "c.last_exposure_at + interval '21 days', c.rule, '[]' FROM investigation_contact c "
            "WHERE c.derivation_id = %s AND NOT EXISTS (SELECT FROM measures_duemeasure m "
            "WHERE m.derivation_id = c.derivation_id AND m.person_id = c.person_id)",
            [derivation.pk],
        )
        cursor.execute("ANALYZE investigation_contact, investigation_disposition, measures_duemeasure")
    people, contacts = Person.objects.count(), Contact.objects.filter(derivation=derivation).count()
    return sample.person.number, {"people": people, "contacts": contacts}


def _pairs(number: str) -> Iterator[tuple[str, Any, Any]]:
    """Each list with the same list of the admin: beginning, filtered, deep inside, one person."""
    from chainbreak.investigation.models import Contact

    client = _signed_in("epidemiology_lead")
    admin = _signed_in("epidemiology_lead")

    def ours(address: str, **posted: str) -> Any:
        def call() -> None:
            answer = client.post(address, posted) if posted else client.get(address)
            assert answer.status_code in (200, 302), (address, answer.status_code)

        return call

    def peer(address: str) -> Any:
        def call() -> None:
            answer = admin.get(address)
            assert answer.status_code == 200, (address, answer.status_code)

        return call

    base, there = f"/contacts/{OUTBREAK}/", "/admin/investigation/contact/"
    middle = Contact.objects.filter(derivation__outbreak__code=OUTBREAK, degree=2).order_by("pk")[60_000:60_001]
    deep = f"{base}?after=2.{middle[0].pk}"
    yield f"{base} first page", ours(base), peer(there)
    yield f"{base} degree 2", ours(base + "?degree=2"), peer(there + "?degree__exact=2")
    yield f"{base} awaiting transfer", ours(base + "?state=awaiting_transfer"), peer(there + "?state=awaiting_transfer")
    yield f"{base} 60,000 rows in", ours(deep), peer(there + "?p=1200")
    yield f"{base} by last exposure, newest first", ours(base + "?sort=-last"), peer(there + "?o=-8")
    at = Contact.objects.filter(derivation__outbreak__code=OUTBREAK).order_by("-last_exposure_at", "-pk")[60_000]
    key = quote(f"{at.pk}_{at.last_exposure_at.isoformat()}")  # type: ignore[union-attr]
    yield f"{base} so, 60,000 rows in", ours(f"{base}?sort=-last&after={key}"), peer(there + "?o=-8&p=1200")
    yield f"{base} by person", ours(base + "?sort=person"), peer(there + "?o=1")
    due, due_there = f"/due/{OUTBREAK}/", "/admin/measures/duemeasure/"
    yield due, ours(due), peer(due_there)
    yield f"{due} by end", ours(due + "?sort=until"), peer(due_there + "?o=4")
    yield f"{base} one person", ours(f"{base}?q={number}"), peer(there + f"?q={number}")
    yield "search among 2.4 million people", ours("/search/", q=number), peer(f"/admin/registry/person/?q={number}")
    yield "/stays/", ours("/stays/"), peer("/admin/measures/stay/")
    yield "/stays/ by planned end", ours("/stays/?sort=-planned"), peer("/admin/measures/stay/?o=-7")
    yield "/cases/", ours(f"/cases/?outbreak={OUTBREAK}"), peer("/admin/investigation/case/")


@contextmanager
def _with_admin() -> Iterator[None]:
    """The house's addresses with an admin beside them, for this run only."""
    from django.conf import settings
    from django.contrib import admin
    from django.contrib.admin import AdminSite
    from django.test import override_settings
    from django.urls import include, path

    from chainbreak.governance.models import User

    # its templates and tags are lent to the engine; as an app it would register the jobs of the house a second time
    engine = copy.deepcopy(settings.TEMPLATES[0])
    engine["DIRS"] = [str(Path(admin.__file__).parent / "templates")]
    tags = ("admin_list", "admin_urls", "admin_modify")
    engine["OPTIONS"]["libraries"] = {tag: f"django.contrib.admin.templatetags.{tag}" for tag in tags}
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(TEMPLATES=[engine], ROOT_URLCONF=ROOT, STORAGES=storages):
        site = AdminSite()
        site.get_log_entries = lambda _request: []  # type: ignore[assignment,method-assign]
        site.has_permission = lambda request: request.user.is_active  # type: ignore[method-assign]
        _register(site)
        module = types.ModuleType(ROOT)
        module.urlpatterns = [path("admin/", site.urls), path("", include("chainbreak.config.urls"))]  # type: ignore[attr-defined]
        sys.modules[ROOT] = module
        may = User.has_perm, User.has_module_perms
        User.has_perm = User.has_module_perms = lambda *_args, **_more: True  # type: ignore[assignment,method-assign]
        try:
            yield
        finally:
            User.has_perm, User.has_module_perms = may  # type: ignore[method-assign]
            del sys.modules[ROOT]


def _register(site: Any) -> None:
    from django.contrib.admin import ModelAdmin, SimpleListFilter

    from chainbreak.investigation.models import Case, Contact, Derivation
    from chainbreak.investigation.selectors import contact as contacts
    from chainbreak.investigation.selectors import line_list
    from chainbreak.measures.models import DueMeasure, Stay
    from chainbreak.measures.selectors import people_due
    from chainbreak.registry.models import Person
    from chainbreak.web import asof

    snapshot = (
        Derivation.objects.filter(outbreak__code=OUTBREAK, as_known__isnull=True).select_related("outbreak").get()
    )
    as_of = asof.usual(_newest(), _newest().newest_fact_at + timedelta(days=60))

    class ByState(SimpleListFilter):
        title, parameter_name = "state", "state"

        def lookups(self, *_: Any) -> Any:
            return contacts.STATES

        def queryset(self, _request: Any, rows: Any) -> Any:
            return rows.filter(state=self.value()) if self.value() else rows

    class Contacts(ModelAdmin):
        list_display = (
            "person", "degree", "state", "state_since", "setting", "source_case", "source_person", "last_exposure_at"
        )  # fmt: skip
        list_filter = ("degree", ByState)
        search_fields = ("person__number__startswith",)
        list_per_page, show_full_result_count, ordering = 50, False, ("degree", "pk")

        def get_queryset(self, _request: Any) -> Any:
            return contacts.contacts(snapshot, as_of)

        def state(self, row: Any) -> Any:
            return row.state

        def state_since(self, row: Any) -> Any:
            return row.state_since

    class People(ModelAdmin):
        list_display, search_fields = ("number", "area_code", "sex", "birth_year"), ("number__exact",)
        list_per_page, show_full_result_count = 50, False

    class Stays(ModelAdmin):
        list_display = ("person", "kind", "reason", "facility", "bed", "admitted_at", "planned_end_at")
        list_filter, list_select_related = ("kind", "reason"), ("person", "facility", "bed__room")
        list_per_page, show_full_result_count = 50, False

        def get_queryset(self, request: Any) -> Any:
            return super().get_queryset(request).filter(superseded_at__isnull=True, ended_at__isnull=True)

    class Due(ModelAdmin):
        list_display = ("person", "measure", "reason", "ends_at", "stay_kind")
        list_per_page, show_full_result_count = 50, False

        def get_queryset(self, _request: Any) -> Any:
            return people_due.people_due(snapshot, people_due.Wanted(), as_of=as_of, as_known=None)

        def stay_kind(self, row: Any) -> Any:
            return row.stay_kind

    class Cases(ModelAdmin):
        list_display = ("number", "person", "classification_then", "reported_in", "reported_at", "onset_date")
        list_per_page, show_full_result_count = 50, False

        def get_queryset(self, _request: Any) -> Any:
            return line_list.line_list(snapshot.outbreak, line_list.Wanted(), as_of=as_of, as_known=None)

        def classification_then(self, row: Any) -> Any:
            return row.classification_then

        def reported_in(self, row: Any) -> Any:
            return row.reported_in

        def reported_at(self, row: Any) -> Any:
            return row.reported_at

        def onset_date(self, row: Any) -> Any:
            return row.onset_date

    for model, kind in ((Contact, Contacts), (Person, People), (Stay, Stays), (Case, Cases), (DueMeasure, Due)):
        site.register(model, kind)


def _newest() -> Any:
    from chainbreak.investigation.selectors import outbreak as outbreaks

    return next(one for one in outbreaks.all_newest_first() if one.code == OUTBREAK)
