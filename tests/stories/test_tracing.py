"""Story of an investigator: contacts of a case are looked for, shown, taken in, and let go when a stay was wrong.

1. On the case file: find contacts; the worker takes the search; the page shows how far it is.
2. Who was found, most urgent first; the meetings of one on a time line and a map.
3. A session that ended in between: after the login the search is there still.
4. Taking in: the preview first, then the deed; the list of contacts shows who waits.
5. The stay of the case was wrong: the correction's preview says who leaves.
6. Without a lake the pages say so.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from django.conf import settings as site
from django.utils import timezone

from chainbreak.engines.lake import Lake
from chainbreak.governance.selectors import worker
from chainbreak.investigation.models import Determination, TrajectorySegment
from chainbreak.investigation.services import search
from chainbreak.registry.models import Place

pytestmark = pytest.mark.story
CHINA = ZoneInfo("Asia/Shanghai")
STAYS = [  # case 1 is P1: infectious from 21 to 24 March, 14:00
    ("P1", "PL-restaurant", (23, 9), 120, "venue_scan"),
    ("P7", "PL-restaurant", (23, 9), 90, "payment"),
    ("P8", "PL-restaurant", (23, 10, 47), 60, "venue_scan"),  # 13 minutes: nearly
    ("P1", "PL-household", (22, 22), 300, "interview"),
    ("P6", "PL-household", (22, 21), 180, "interview"),
]


@pytest.fixture
def lake(outbreak, settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    for n, place in enumerate(Place.objects.order_by("number")):
        Place.objects.filter(pk=place.pk).update(latitude=33.81 + n / 500, longitude=113.93 + n / 300)
    people, places, begins, minutes, evidence = zip(*STAYS, strict=True)
    arrived = [datetime(2022, 3, *begin, tzinfo=CHINA) for begin in begins]
    left = [begin + timedelta(minutes=n) for begin, n in zip(arrived, minutes, strict=True)]
    made = Lake.create(tmp_path / "lake")
    made.register(pa.table({"place_id": ["PL-household", "PL-restaurant"], "kind": ["household", "restaurant"]}))
    instant = pa.timestamp("us", tz="+08:00")
    made.append(
        pa.table(
            {
                "person_id": people,
                "place_id": places,
                "arrived_at": pa.array(arrived, instant),
                "left_at": pa.array(left, instant),
                "evidence": evidence,
                "certainty": ["certain"] * len(people),
            }
        )
    )
    return made


@pytest.mark.parametrize(("language", "phone"), [("zh-hans", True), ("en", False)])
def test_contacts_are_looked_for_taken_in_and_let_go(lake, screen, assert_accessible, monkeypatch, language, phone):
    monkeypatch.setattr(worker, "is_alive", lambda at: True)
    monkeypatch.setattr("chainbreak.web.tracing._defer", lambda token: None)
    mine = screen("investigator", language)
    page = mine.page
    page.set_default_timeout(60_000)
    page.set_viewport_size({"width": 390, "height": 844} if phone else {"width": 1280, "height": 900})

    def look(name: str) -> None:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.wait_for_timeout(300)  # a colour on its way to another has no contrast of its own
            assert_accessible(page)
        page.emulate_media(color_scheme="light")
        mine.picture(f"tracing-{name}-{language}", phone=phone)
        page.set_viewport_size({"width": 390, "height": 844} if phone else {"width": 1280, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is wider than the screen"

    assert mine.open("/cases/LY/1/").status == 200
    page.locator("a[href='/tracing/LY/1/']").first.click()
    page.wait_for_url("**/tracing/LY/1/")
    page.locator("details.why summary").first.click()
    page.locator("input[name=companions]").check()
    look("find")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url("**/found/**")
    assert page.locator("progress").count() == 1, "it waits for the worker"
    page.evaluate(
        "for (let n = 0; n < 9999; n++) clearTimeout(n)"
    )  # or the page would be another in the middle of the look
    look("waits")
    token = re.search(r"found/(\w+)/", page.url)[1]

    page.context.clear_cookies(name=site.SESSION_COOKIE_NAME)
    mine.open(f"/tracing/LY/1/found/{token}/")
    assert "/login" in page.url and token in page.url, "after the login the way leads back"
    again = screen("investigator", language)
    search.work(token, clock=timezone.now)
    page.set_viewport_size({"width": 390, "height": 844} if phone else {"width": 1280, "height": 900})
    assert again.open(f"/tracing/LY/1/found/{token}/").status == 200
    look("found")
    page.locator("a[href*='/with/P7/']").first.click()
    page.wait_for_url("**/with/P7/**")
    assert page.locator("svg.trajectory-map circle.stop").count() == 1
    assert page.locator("svg.trajectory-map circle.elsewhere").count() == 1, "where else the case was"
    assert page.locator("svg.tracing-line").count() == 1
    look("evidence")
    page.go_back()

    page.locator("button[name=who][value=chosen]").first.click()
    page.locator("button[name=step][value=confirm]").wait_for()
    assert not Determination.objects.exists()
    look("confirm")
    page.locator("button[name=step][value=confirm]").click()
    page.wait_for_url("**/contacts/LY/**")
    assert {"P6", "P7"} == {one.person.number for one in Determination.objects.all()}
    listed = page.locator("main tbody th").all_inner_texts()
    assert {"P6", "P7"} <= set(listed)
    mine.picture(f"tracing-waiting-{language}", phone=phone)

    stay = TrajectorySegment.objects.get(person__number="P1")
    mine.open(f"/correct/stay/{stay.pk}/?outbreak=LY")
    page.locator("textarea[name=reason]").fill("另一日 / another day")
    page.locator("#withdraw").check()
    page.locator("button[name=step][value=preview]").click()
    page.locator("button[name=step][value=confirm]").wait_for()
    assert "P5" in page.locator("section[aria-labelledby=outlook]").inner_text(), "who leaves is named"
    page.locator("button[name=step][value=confirm]").click()
    page.wait_for_load_state()
    mine.open("/contacts/LY/")
    assert "P5" not in page.locator("main").inner_text()
    for name, path in {
        "places": "/tracing/LY/places/",
        "backward": "/tracing/LY/1/backward/",
        "trial": "/tracing/LY/what-if/?case=1&minutes=100",
    }.items():
        assert mine.open(path).status == 200
        look(name)
    assert [one for one in mine.complaints if "404" not in one] == []


def test_without_a_lake_or_its_days_the_pages_say_so(outbreak, screen, assert_accessible, settings, tmp_path):
    settings.CHAINBREAK_DATA = tmp_path
    mine = screen("epidemiology_lead", "en")
    mine.open("/tracing/lake/")
    assert "no trajectory lake yet" in mine.page.locator("main").inner_text()
    mine.open("/tracing/LY/1/")
    mine.page.locator("main form button.btn-primary").click()
    mine.page.wait_for_url("**/found/**")
    assert "no trajectory lake yet" in mine.page.locator("main").inner_text()
    assert_accessible(mine.page)
    made = Lake.create(tmp_path / "lake")
    instant = pa.timestamp("us", tz="+08:00")
    early = [datetime(2022, 3, 10, 8, tzinfo=CHINA)], [datetime(2022, 3, 10, 9, tzinfo=CHINA)]
    made.append(
        pa.table({"person_id": ["P1"], "place_id": ["PL-restaurant"], "arrived_at": pa.array(early[0], instant),
                  "left_at": pa.array(early[1], instant)})
    )  # fmt: skip
    mine.page.locator("button[value=again]").click()
    mine.page.wait_for_load_state()
    said = mine.page.locator("main").inner_text()
    assert "holds no stay of this case in its window" in said and "2022-03-21" in said
    assert_accessible(mine.page)
    mine.open("/tracing/lake/")
    assert_accessible(mine.page)
