"""The round as it goes, the missed, the sites, the decisions on conflicts; pages and open data."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chainbreak.governance.refusal import Refused
from chainbreak.registry.models import Household, Person
from chainbreak.screening.models import (
    IntakeConflict,
    RollEntry,
    SamplingSite,
    Shipment,
    ShipmentTube,
    SiteLoad,
    Swab,
    Tube,
)
from chainbreak.screening.selectors import laboratory_live, live, missed, round_count, site_live
from chainbreak.screening.services import conflict
from chainbreak.screening.services import round_count as counts
from chainbreak.web import round_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def rolled(sampling):
    """All thirty people are due; P30 is away."""
    live.forget()
    site_live.forget()
    for person in Person.objects.filter(number__startswith="P"):
        away = "away" if person.number == "P30" else None
        RollEntry.objects.create(round=sampling, person=person, area_code="411122", exclusion=away)
    return sampling


def test_the_pace_of_the_tables_gives_the_hour_at_which_a_county_ends(rolled, send, row, now):
    send(*(row(f"P{n}") for n in range(1, 11)))
    found = live.live(rolled, at=now + timedelta(minutes=1))
    (area,) = found.areas
    assert (area.due, area.sampled, area.left, area.excluded, area.share) == (29, 10, 19, 1, 34)
    assert area.per_hour == 20  # ten in the last half hour
    assert area.projection.ends_at - found.as_of == timedelta(hours=19 / 20)
    assert not area.projection.late
    stages = [n for _words, n in live.stages(found.tubes)]
    assert (sum(stages), stages[0]) == (found.tubes.tubes, 1)


def test_a_county_where_nothing_moves_is_late_and_the_first_in_the_list(rolled, now):
    other = Person.objects.create(number="Q1", area_code="411104101001")
    RollEntry.objects.create(round=rolled, person=other, area_code="411104")
    (first, second) = live.live(rolled, at=now).areas
    assert first.projection.late
    assert second.projection.late
    assert {first.area, second.area} == {"411104", "411122"}


def test_who_was_missed_is_listed_by_grid_until_swabbed(rolled, send, row):
    send(*(row(f"P{n}") for n in range(1, 10)), row("P10", "T-7", minutes=-1.2))
    assert missed.by_part(rolled, "411122", digits=9) == [("411122101", 19)]
    listed = missed.people(rolled, "411122101")
    assert {one.number for one in listed} == {f"P{n}" for n in range(11, 30)}
    assert missed.people(rolled, "410100") == []
    page = missed.people(rolled, "411100", after=listed[4].person_id, most=5)
    assert page == listed[5:10]


def test_the_second_registration_holds_when_a_person_says_so(rolled, send, row, account_of, now):
    send(row("P1", "T-1", minutes=-40))
    send(row("P1", "T-2", minutes=-30), device="D2")
    waiting = IntakeConflict.objects.get()
    sampler, at = account_of("sampler", "411122"), now + timedelta(minutes=5)
    with pytest.raises(Refused, match="basis_missing"):
        conflict.decide(waiting.pk, "keep_second", " ", actor=sampler, at=at)
    with pytest.raises(Refused, match="not_permitted"):
        conflict.decide(waiting.pk, "keep_second", "seen", actor=account_of("sampler", "410500"), at=at)
    conflict.decide(waiting.pk, "keep_second", "seen on the sheet", actor=sampler, at=at)
    swab = Swab.objects.known_at(None).get(person__number="P1")
    assert (swab.tube.barcode, Swab.objects.count()) == ("T-2", 2)
    with pytest.raises(Refused, match="conflict_gone"):
        conflict.decide(waiting.pk, "keep_first", "again", actor=sampler, at=at)


def test_neither_holds_puts_the_person_back_among_the_missed(rolled, send, row, account_of, now):
    send(row("P1", "T-1", minutes=-40))
    send(row("P1", "T-2", minutes=-30), device="D2")
    conflict.decide(
        IntakeConflict.objects.get().pk, "recollect", "mixed up", actor=account_of("sampler", "411122"), at=now
    )
    assert "P1" in {one.number for one in missed.people(rolled, "411122")}
    assert sum(area.sampled for area in live.live(rolled, at=now + timedelta(minutes=1)).areas) == 0


def _site(number, lat, **more):
    fields = {"name_zh": number, "area_code": "411122", "tables": 2, "latitude": lat, "longitude": 114.0, **more}
    return SamplingSite.objects.create(number=number, **fields)


def test_a_wait_is_counted_down_by_the_swabs_since_and_advice_says_how_many_tables(rolled, send, row, now):
    site = SamplingSite.objects.get(number="S-1")
    SiteLoad.objects.create(site=site, at=now - timedelta(minutes=10), source="staff", people=400, tables=2)
    send(*(row(f"P{n}") for n in range(1, 11)))
    (one,) = site_live.sites(at=now + timedelta(minutes=1))
    assert (one.queue, one.tables, one.per_hour) == (390, 2, 20)
    assert one.wait.minutes == pytest.approx(390 / 20 * 60)
    assert one.wait.low < one.wait.minutes < one.wait.high
    assert one.more_tables == 390 / (10 * 0.5) - 2


def test_the_route_goes_to_a_site_for_this_audience_and_does_not_herd(rolled, client, now):
    near, far, yellow = _site("A", 33.58), _site("B", 33.60), _site("Y", 33.58, audience="yellow_code")
    for site in (near, far, yellow):
        SiteLoad.objects.create(
            site=site, at=now - timedelta(minutes=5), source="staff", people=0 if site is far else 60
        )
    sent = []
    for _ in range(75):
        answer = client.get("/api/v1/sites/route?latitude=33.58&longitude=114.0&going=true").json()
        sent.append(answer[0]["site"])
    assert set(sent) == {"A", "B"}
    assert "Y" not in {one["site"] for one in answer}
    only = client.get("/api/v1/sites/route?latitude=33.58&longitude=114.0&audience=yellow_code").json()
    assert [one["site"] for one in only] == ["Y"]
    assert client.get("/api/v1/sites/route?latitude=933.58&longitude=114.0").status_code == 409


def test_everybody_reads_the_open_data_without_a_login_and_no_person_is_in_it(rolled, client, send, row):
    send(row("P1"))
    _site("A", 33.58)
    feed = client.get("/api/v1/sites")
    assert feed.status_code == 200
    assert {one["site"] for one in feed.json()["sites"]} == {"S-1", "A"}
    features = client.get("/api/v1/sites.geojson").json()["features"]
    assert {json.dumps(one["geometry"]) for one in features} == {
        "null",
        '{"type": "Point", "coordinates": [114.0, 33.58]}',
    }
    assert "P1" not in feed.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_a_round_open_and_say_what_there_is(rolled, client, send, row, account_of, language):
    send(*(row(f"P{n}") for n in range(1, 4)))
    send(row("P1", "T-2", minutes=-30), device="D2")
    client.force_login(account_of("sampler", "411122"))
    client.cookies["chainbreak_language"] = language
    base = "/rounds/CITY/1"
    text = client.get(f"{base}/live/").content.decode()
    assert ("某县" if language == "zh-hans" else "The county") in text
    part = client.get(f"{base}/live/", headers={"HX-Request": "true"}).content
    assert b"round-board" in part
    assert b"<html" not in part
    assert "T-2" in client.get(f"{base}/conflicts/").content.decode()
    assert client.get(f"{base}/laboratory/").status_code == 200
    assert ">P4<" not in client.get(f"{base}/missed/?area=411122").content.decode()  # a sampler sees numbers only
    client.force_login(account_of("community_worker", "411122"))
    assert ">P4<" in client.get(f"{base}/missed/?area=411122").content.decode()
    assert client.get("/sites/").status_code == 200
    assert client.get("/rounds/NO/1/live/").status_code in (404, 409)
    assert client.get(f"{base}/missed/?area=x'").status_code == 400


def test_staff_say_how_many_wait(rolled, client, account_of):
    client.force_login(account_of("sampler", "411122"))
    assert client.post("/sites/S-1/report/", {"people": "120", "tables": "3"}).status_code == 302
    assert SiteLoad.objects.get().people == 120
    assert client.post("/sites/S-1/report/", {"people": "many"}).status_code == 400
    assert client.post("/sites/S-9/report/", {"people": "1"}).status_code in (404, 409)


def test_a_laboratory_sends_its_file_as_it_is(rolled, client, send, row, account_of):
    from .test_laboratory import HL7

    send(row("P1", "T-1"), row(None, "T-1", op="seal", minutes=0))
    client.force_login(account_of("laboratory", "411122"))
    answer = client.post(
        "/api/v1/results?laboratory_name=L1",
        HL7.replace("2022032711", "2022032711").encode(),
        content_type="text/plain",
    )
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["recorded"], said["held"], {one["code"] for one in said["problems"]}) == (
        1,
        1,
        {"not_received", "unknown_tube"},
    )
    assert client.post("/api/v1/results", b"hello", content_type="text/plain").json()["code"] == "laboratory_file"
    assert Tube.objects.get(barcode="T-1").results.get().outcome == "positive"


def test_households_sites_and_progress_are_counted_in_the_background_and_kept(rolled, send, row, now):
    home = Household.objects.create(number="H-1")
    Person.objects.filter(number__in=["P1", "P2", "P3"]).update(household=home)
    assert round_count.wanted(rolled, None, at=now)
    send(*(row(f"P{n}", minutes=-1.0 if n < 5 else -31.0) for n in range(1, 8)))
    counts.count(rolled, at=now)
    kept = round_count.kept(rolled)
    assert [(part.key, part.due, part.sampled) for part in kept.households] == [("few", 3, 3), ("none", 26, 4)]
    assert [(part.key, part.sampled) for part in kept.sites] == [("S-1", 7)]
    assert [n for _at, n in kept.progress] == [3, 7]
    assert not round_count.wanted(rolled, kept.counted_at, at=now + timedelta(minutes=1))
    assert round_count.wanted(rolled, kept.counted_at, at=now + timedelta(minutes=3))  # swabs came while it counted


def test_the_picture_has_the_needed_pace_and_where_it_ends(now):
    start, hour = now - timedelta(hours=2), timedelta(hours=1)
    drawn = round_picture.picture(
        [(start + hour, 100)], start=start, deadline=start + 4 * hour, due=800, now=(now, 300), ends_at=now + 2.5 * hour
    )
    assert drawn.rows == ((start, 0, 0), (start + hour, 100, 200), (now, 300, 400))
    assert (len(drawn.done.split()), len(drawn.ahead.split())) == (3, 2)
    high = [float(point.split(",")[1]) for point in drawn.done.split()]
    assert high == sorted(high, reverse=True)
    assert round_picture.picture([], start=start, deadline=now, due=0, now=(now, 0), ends_at=None) is None
    over = round_picture.picture(
        [(start + hour, 800)], start=start, deadline=start + hour, due=800, now=(now + 999 * hour, 800), ends_at=now
    )
    assert over.ahead == ""
    assert over.rows[-1][1] == 800


def test_whoever_will_not_make_it_is_warned_of_in_a_sentence(rolled, send, row, client, account_of):
    send(*(row(f"P{n}") for n in range(1, 4)))
    client.force_login(account_of("commander"))
    client.cookies["chainbreak_language"] = "en"
    text = client.get("/rounds/CITY/1/live/").content.decode()
    assert "The county will end at" in text
    assert "after the deadline: 26 people are left." in text
    assert client.get("/rounds/CITY/1/live/?wall=1").content.decode().count('class="wall"') == 1


def test_laboratories_stand_by_what_waits_there(rolled, send, row, now):
    send(
        row("P1", "T-1"),
        row(None, "T-1", op="seal", minutes=0),
        row("P2", "T-2"),
        row(None, "T-2", op="seal", minutes=0),
    )
    at = now + timedelta(minutes=10)
    box = Shipment.objects.create(
        number="B-1", round=rolled, laboratory="L1", handed_over_at=now, counted_out=2, received_at=at, counted_in=2
    )
    for tube in Tube.objects.all():
        ShipmentTube.objects.create(shipment=box, tube=tube, scanned_in=True)
    (bench,) = laboratory_live.benches(rolled, [], at=at)
    assert (bench.name, bench.waiting, bench.oldest_at) == ("L1", 2, at)
