"""The pages of planning, boxes, runs and own swabs: who may, what is not there, what cannot be typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chainbreak.governance.models import AuditEntry
from chainbreak.screening.models import BlindSample, RetestOrder, Round, RoundEvent, Swab, Tube, TubeCustody

pytestmark = pytest.mark.django_db
MAY = {
    "/rounds/plan/": {"commander", "epidemiology_lead"},
    "/rounds/CITY/1/course/": {
        "commander",
        "epidemiology_lead",
        "laboratory",
        "sampler",
        "community_worker",
        "auditor",
    },
    "/rounds/CITY/1/blind/": {"commander", "epidemiology_lead", "auditor"},
    "/boxes/": {"commander", "epidemiology_lead", "laboratory", "sampler", "transfer", "auditor"},
    "/boxes/hand-over/": {"sampler", "transfer"},
    "/laboratory/runs/": {"commander", "epidemiology_lead", "laboratory", "sampler", "community_worker", "auditor"},
    "/retests/": {"commander", "epidemiology_lead", "laboratory", "sampler", "community_worker", "auditor"},
    "/positives/LY/": {"commander", "epidemiology_lead", "auditor"},
}
ROLES = sorted(set().union(*MAY.values()))


@pytest.fixture
def city(outbreak) -> Round:
    now = timezone.now()
    of = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=now - timedelta(hours=2),
        sample_due_at=now + timedelta(hours=4), test_due_at=now + timedelta(hours=14),
    )  # fmt: skip
    for state in ("planned", "announced", "sampling"):
        RoundEvent.objects.create(round=of, state=state, at=of.start_at, recorded_at=of.start_at)
    tube = Tube.objects.create(barcode="T-1", round=of, area_code="411122", pool_limit=10)
    TubeCustody.objects.create(tube=tube, sealed_at=of.start_at, recorded_at=of.start_at)
    person = outbreak.cases.first().person
    Swab.objects.create(
        person=person, round=of, tube=tube, position=1, purpose="mass_round", sampled_at=of.start_at, recorded_at=now
    )
    RetestOrder.objects.create(tube=tube, person=person, cause="positive", held_at=now, due_at=now, recorded_at=now)
    return of


@pytest.mark.parametrize("role", ROLES)
def test_each_page_opens_for_its_roles_and_for_nobody_else(city, client, sign_in, role):
    sign_in(role)
    seen = {path: client.get(path).status_code for path in MAY}
    assert seen == {path: 200 if role in may else 403 for path, may in MAY.items()}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/boxes/NONE/", 404), ("/boxes/?tube=NONE", 404), ("/boxes/?show=x", 400), ("/tubes/NONE/", 404), ("/tubes/a%00b/", 404),
     ("/laboratory/runs/NONE/", 404), ("/laboratory/runs/?show=x", 400), ("/laboratory/runs/?after=x", 400),
     ("/retests/9999999/", 404), ("/retests/?show=x", 400), ("/retests/?area=x", 400), ("/retests/?round=CITY-9", 404),
     ("/rounds/CITY/9/course/", 404), ("/rounds/CITY/1/tables/", 404), ("/rounds/plan/?area=4111x", 400),
     ("/rounds/plan/?round=CITY-9", 404), ("/rounds/plan/?area=999999", 200), ("/rounds/plan/?round=CITY-1", 200)],
)  # fmt: skip
def test_what_is_not_there_is_said_and_nothing_breaks(city, client, sign_in, path, status):
    sign_in("commander")
    assert client.get(path).status_code == status


def test_a_plan_that_cannot_be_is_marked_and_nothing_is_kept(city, client, sign_in):
    sign_in("commander")
    page = client.get("/rounds/plan/?outbreak=LY")
    start = {name: field.initial for name, field in page.context["form"].fields.items()} | page.context["form"].initial
    said = {name: "" if value is None else value for name, value in start.items()}
    said |= {"start_at": "2030-01-01T06:00", "deed": "save"}

    def sent(values):
        return {key: value for key, value in values.items() if value != "" and value is not False}

    wrong = [
        {"test_hours": "1"}, {"sensitivity": "40", "specificity": "50"}, {"series": "a b"}, {"number": "0"}, {"pool": "7"},
        {"prevalence": "-1"}, {"key_people": "99999"}, {"rate-0": "5"}, {"assume-run_hours": "x"}, {"start_at": "2001-01-01T06:00"},
        {"in-411122": ""}, {"sample_hours": "nan"}, {"sample_hours": "1e400"},
    ]  # fmt: skip
    for change in wrong:
        answer = client.post("/rounds/plan/?outbreak=LY", sent({**said, **change}))
        marked = set(answer.context["form"].errors) | ({"start_at"} if answer.context.get("refusal") else set())
        assert (answer.status_code, bool(marked & {*change, "__all__", "lab-0"})) == (422, True), (change, marked)
    assert Round.objects.count() == 1
    assert client.post("/rounds/plan/?outbreak=LY", sent(said)).status_code == 302
    assert Round.objects.count() == 2


def test_boxes_hold_what_was_typed_and_hostile_bytes_are_refused(city, client, sign_in):
    sign_in("sampler")
    said = {"number": "B1", "laboratory": "L", "courier": "C", "counted": "1", "barcodes": "T-1"}
    for change in ({"number": "a/b"}, {"counted": "x"}, {"counted": "2"}, {"barcodes": ""}, {"barcodes": "'; DROP TABLE--"},
                   {"barcodes": "x" * 300}, {"site": "NONE"}, {"round": "CITY-9"}):  # fmt: skip
        answer = client.post("/boxes/hand-over/", {**said, **change})
        assert answer.status_code in (404, 422), change
    assert b"DROP" in client.post("/boxes/hand-over/", {**said, "barcodes": "DROP"}).content  # what was typed stays
    assert client.post("/boxes/hand-over/", said).status_code == 302
    assert client.post("/boxes/B1/", {"counted": "1", "barcodes": "T-1"}).status_code == 403  # a laboratory receives


def test_a_phone_is_shown_for_a_reason_only_and_the_look_is_on_record(city, client, sign_in):
    order = RetestOrder.objects.get()
    sign_in("sampler")
    assert client.post(f"/retests/{order.pk}/", {"deed": "call", "reason": "curious"}).status_code == 400
    assert not AuditEntry.objects.filter(act="person.opened").exists()
    answer = client.post(f"/retests/{order.pk}/", {"deed": "call", "reason": "ask_to_come"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store, private")
    assert list(AuditEntry.objects.filter(act__in=["retest.called", "person.opened"]).order_by("pk").values_list("act", flat=True)) == [
        "retest.called", "person.opened",
    ]  # fmt: skip
    sign_in("laboratory")
    assert client.post(f"/retests/{order.pk}/", {"deed": "call", "reason": "ask_to_come"}).status_code == 403


def test_a_preview_that_was_tampered_with_takes_nothing_in(city, client, sign_in):
    sign_in("laboratory")
    for kept in ("nonsense", "eyJ:x:y"):
        assert client.post("/laboratory/runs/", {"kept": kept, "run": "R", "laboratory": "L"}).status_code == 422
    assert client.post("/laboratory/runs/", {}).status_code == 422


def test_blind_samples_are_kept_by_those_who_may_and_stay_what_they_are(city, client, sign_in):
    sign_in("epidemiology_lead")
    for change in ({"barcode": ""}, {"barcode": "T-1"}, {"barcode": "B", "expected": "maybe"}):
        assert client.post("/rounds/CITY/1/blind/", {"expected": "positive", **change}).status_code == 422
    assert client.post("/rounds/CITY/1/blind/", {"barcode": "B", "expected": "positive"}).status_code == 302
    assert BlindSample.objects.get().tube.barcode == "B"
    assert b">B<" in client.get("/rounds/CITY/1/blind/").content
    sign_in("laboratory")
    shown = [client.get(f"/tubes/{barcode}/").content.decode() for barcode in ("B", "T-1")]
    assert all("CITY-1" in page and "/ 10" not in page for page in shown)  # nothing tells them apart
