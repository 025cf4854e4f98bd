"""Sites: check-ins, believed arrivals, tables moved by proposal and back, a site kept, residents led to a short queue."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from chainbreak.governance.models import AuditEntry
from chainbreak.governance.refusal import Refused
from chainbreak.screening.models import SamplingSite, SiteLoad, TableMove
from chainbreak.screening.selectors import site_live, table_move
from chainbreak.screening.services import site as deeds
from chainbreak.screening.services import table_move as moves
from chainbreak.web import public_sites

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    site_live.forget()
    public_sites.GOING.clear()


def site(number, lat=None, *, tables=2, **more):
    fields = {"name_zh": f"{number}号点", "name_en": f"Site {number}", "area_code": "411122101", "tables": tables}
    place = {} if lat is None else {"latitude": lat, "longitude": 114.0}
    return SamplingSite.objects.create(number=number, **{**fields, **place, **more})


def counted(one, people, at, **more):
    return SiteLoad.objects.create(site=one, at=at, source="staff", people=people, **more)


def test_who_checks_in_joins_the_queue_once_and_says_how_fast_it_grows(sampling, now, client, send, row):
    one = SamplingSite.objects.get(number="S-1")
    counted(one, 40, now - timedelta(minutes=20))
    send(row("P1"))
    token = send.tokens["D1"]
    event = str(uuid.uuid4())
    for expected in (True, False):
        told = client.post(
            "/api/v1/sites/S-1/check-ins", {"event_id": event, "people": 25}, content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert (told.status_code, told.json()) == (200, {"new": expected})
    live = site_live.site(one, at=now + timedelta(minutes=1))
    assert (live.queue, live.arrivals_per_hour, live.growing) == (40 + 25 - 1, 50, True)
    wrong = client.post(
        "/api/v1/sites/S-1/check-ins", {"event_id": str(uuid.uuid4()), "people": 0}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert wrong.status_code in (400, 409)
    assert client.post("/api/v1/sites/S-1/check-ins", {}, content_type="application/json").status_code == 401


def test_two_counts_say_how_many_come_and_the_queue_goes_on_with_them(sampling, now):
    one = SamplingSite.objects.get(number="S-1")
    counted(one, 40, now - timedelta(minutes=60))
    counted(one, 100, now - timedelta(minutes=30))
    live = site_live.site(one, at=now)
    assert (live.arrivals_per_hour, live.queue) == (120, 160)
    assert live.queue_error > 7  # more than nothing: the eye's ten in a hundred, and the arrivals that are believed
    assert site_live.site(one, at=now + timedelta(hours=3)).wait is None  # too old to say anything


def test_a_proposal_is_decided_by_somebody_changes_the_tables_and_goes_back(sampling, now, account_of, client):
    long, near, far = site("A", 33.58, tables=2), site("B", 33.60, tables=6), site("C", 34.9, tables=9)
    counted(long, 240, now - timedelta(minutes=2))
    for one in (near, far):
        counted(one, 0, now - timedelta(minutes=2))
    found = table_move.proposal(at=now, area="411122")
    assert [(one.giver.site.number, one.taker.site.number, one.tables) for one in found.moves] == [("B", "A", 5)]
    assert (found.before, round(found.after)) == (120, round(60 * 240 / (7 * 60)))
    lead = account_of("sampler", "411122")
    client.force_login(lead)
    page = client.get("/sites/moves/?area=411122").content.decode()
    assert 'value="B|A|5"' in page
    assert client.post("/sites/moves/accept/", {"move": ["B|A|5"], "area": "411122"}).status_code == 302
    assert (
        site_live.site(long, at=now + timedelta(minutes=1)).tables,
        site_live.site(near, at=now + timedelta(minutes=1)).tables,
    ) == (7, 1)
    made = TableMove.objects.get()
    assert made.recorded_by == lead
    assert AuditEntry.objects.filter(act="tablemove.recorded", actor=lead).exists()
    with pytest.raises(Refused, match="no_table_left"):
        moves.move("B", "A", 2, actor=lead, at=now + timedelta(minutes=1))
    assert client.post(f"/sites/moves/{made.pk}/back/", {"area": "411122"}).status_code == 302
    assert site_live.site(long, at=now + timedelta(minutes=2)).tables == 2
    assert client.post(f"/sites/moves/{made.pk}/back/").status_code in (404, 409)
    assert "B" in client.get("/sites/moves/").content.decode()


def test_moves_are_all_or_none_and_only_of_the_own_area(sampling, now, account_of):
    site("A"), site("B", tables=3)
    lead = account_of("sampler", "411122")
    with pytest.raises(Refused, match="no_table_left"):
        moves.move_all([("B", "A", 1), ("B", "A", 9)], actor=lead, at=now)
    assert not TableMove.objects.exists()
    for giver, taker, n, code in (
        ("B", "B", 1, "bad_filter"),
        ("B", "A", 0, "bad_filter"),
        ("X", "A", 1, "unknown_site"),
    ):
        with pytest.raises(Refused, match=code):
            moves.move(giver, taker, n, actor=lead, at=now)
    with pytest.raises(Refused, match="not_permitted"):
        moves.move("B", "A", 1, actor=account_of("sampler", "410500"), at=now)


def test_sites_without_a_place_give_within_their_county_only(sampling, now):
    taker, other = site("A", tables=1), site("B", tables=5, area_code="411104001")
    counted(taker, 120, now)
    counted(other, 0, now)
    assert table_move.proposal(at=now).moves == ()
    here = site("C", tables=5)
    counted(here, 0, now)
    (move,) = table_move.proposal(at=now).moves
    assert (move.giver.site.number, move.tables, move.kilometres) == ("C", 3, None)


def test_a_site_is_added_changed_and_closed_and_bad_places_are_refused(sampling, client, account_of):
    client.force_login(account_of("sampler", "411122"))
    said = {
        "number": "N-1",
        "name_zh": "新点",
        "area_code": "411122101",
        "audience": "yellow_code",
        "tables": "3",
        "hours": "06:00-12:00",
    }
    assert client.post("/sites/new/", said).status_code == 302
    made = SamplingSite.objects.get(number="N-1")
    assert (made.added, made.tables, made.audience) == (True, 3, "yellow_code")
    assert client.post("/sites/new/", said).status_code == 400  # there already
    change = {**said, "latitude": "33.5", "longitude": "114.1", "tables": "4"}
    assert client.post("/sites/N-1/keep/", change).status_code == 302
    made.refresh_from_db()
    assert (made.latitude, made.tables) == (33.5, 4)
    for wrong in (
        {"latitude": "133.5", "longitude": "1"},
        {"latitude": "33.5", "longitude": ""},
        {"tables": "-1"},
        {"area_code": "x"},
    ):
        assert client.post("/sites/N-1/keep/", {**said, **wrong}).status_code == 400
    assert client.post("/sites/N-1/keep/", {**said, "area_code": "410500"}).status_code == 403
    assert AuditEntry.objects.filter(act="site.changed").count() == 1
    assert client.get("/sites/N-1/").status_code == 200
    assert client.get("/sites/NO/").status_code in (404, 409)
    assert client.post("/sites/N-1/check-in/", {"people": "5"}).status_code == 302
    assert client.post("/sites/N-1/check-in/", {"people": "-5"}).status_code == 400


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_resident_is_led_to_a_short_queue_by_township_without_a_script(sampling, now, client, language):
    client.cookies["chainbreak_language"] = language
    for number, people in (("A", 60), ("B", 5), ("Y", 0)):
        counted(
            site(number, audience="yellow_code" if number == "Y" else "everybody"), people, now - timedelta(minutes=1)
        )
    page = client.get("/public/sites/?area=411122101&audience=everybody").content.decode()
    first = page.index('name="site" value="B"')
    assert first < page.index('name="site" value="A"')
    assert 'value="Y"' not in page
    gone = client.post("/public/sites/going/", {"site": "B"}).content.decode()
    assert ("Site B" if language == "en" else "B号点") in gone
    for _ in range(9):
        client.post("/public/sites/going/", {"site": "B"})
    assert SiteLoad.objects.filter(source="sent").count() == public_sites.GOING.most  # one address cannot fill a site
    assert client.get("/public/sites/?audience=yellow_code&area=411122").content.decode().count('name="site"') == 1
    assert client.get("/public/sites/?area=x").status_code == 400
    assert client.post("/public/sites/going/", {"site": "NO"}).status_code in (404, 409)


def test_a_place_that_is_posted_gives_walks_and_is_not_kept_by_a_cache(sampling, now, client):
    for number, lat, people in (("A", 33.58, 300), ("B", 33.59, 0)):
        counted(site(number, lat), people, now - timedelta(minutes=1))
    answer = client.post("/public/sites/", {"latitude": "33.58", "longitude": "114.0"})
    page = answer.content.decode()
    assert page.index('name="site" value="B"') < page.index('name="site" value="A"')
    assert "no-store" in answer["Cache-Control"]
    assert client.post("/public/sites/", {"latitude": "x", "longitude": "1e9"}).status_code == 200


def test_the_list_of_sites_is_filtered_and_paged(sampling, client, account_of):
    SamplingSite.objects.bulk_create(
        SamplingSite(number=f"K{n:03}", name_zh="点", area_code="411122101", tables=1) for n in range(130)
    )
    client.force_login(account_of("sampler", "411122"))
    assert client.get("/sites/").content.decode().count("K0") > 50
    assert "K129" in client.get("/sites/?from=100").content.decode()
    assert ">K007<" in client.get("/sites/?q=k007").content.decode()
    for query in ("from=-1", "area=x", "audience=nobody"):
        assert client.get(f"/sites/?{query}").status_code == 400
    assert client.get("/sites/?q=nothing").status_code == 200


def test_an_account_of_another_area_does_not_report(sampling, account_of, now):
    elsewhere = account_of("sampler", "410500")
    for deed in (
        lambda: deeds.report("S-1", 1, None, actor=elsewhere, at=now),
        lambda: deeds.check_in("S-1", 1, actor=elsewhere, at=now),
        lambda: deeds.keep("S-1", actor=elsewhere, at=now, tables=9),
    ):
        with pytest.raises(Refused, match="not_permitted"):
            deed()
