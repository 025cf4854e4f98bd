"""A community worker's morning: the list on a phone, an outcome in one tap, a slip taken back, symptoms told."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from chainbreak.measures.models import FollowUp, Stay, SymptomReport
from chainbreak.registry.models import Person

pytestmark = pytest.mark.story
ADMITTED = datetime(2022, 3, 24, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_morning_of_calls(outbreak, screen, assert_accessible, language):
    for number in ("P6", "P7"):
        Stay.objects.create(
            person=Person.objects.get(number=number), kind="home_monitoring", reason="contact2", outbreak_code="LY",
            admitted_at=ADMITTED, recorded_at=ADMITTED + timedelta(hours=1),
        )  # fmt: skip
    mine = screen("community_worker", language)
    page = mine.page
    page.set_viewport_size({"width": 390, "height": 844})
    mine.open("/follow-up/")
    expect(page.locator(".follow-up")).to_have_count(2)
    assert_accessible(page)
    mine.picture(f"follow-up-{language}", phone=True)

    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".follow-up button[value=well]").first.click()
    expect(page.locator(".follow-up")).to_have_count(1)
    assert FollowUp.objects.get().outcome == "well"
    page.locator(".notice button[form=back]").click()  # a slip of the finger
    expect(page.locator(".follow-up")).to_have_count(2)
    assert not FollowUp.objects.known_at(None).exists()

    page.locator(".follow-up a.btn-outline-danger").first.click()
    page.locator("main form button.btn-primary").click()
    expect(page.locator("[role=alert]").last).to_be_visible()  # no symptom is ticked
    page.locator("input[value=fever]").check()
    page.locator("input[name=temperature]").fill("38.4")
    assert_accessible(page)
    mine.picture(f"follow-up-person-{language}", phone=True)
    page.locator("main form button.btn-primary").click()
    page.wait_for_url("**/follow-up/**")
    assert SymptomReport.objects.get().symptoms == ["fever"]
    mine.open("/follow-up/days/")
    expect(page.locator(".due-symptoms")).to_have_count(1)
    assert_accessible(page)
    mine.picture(f"follow-up-days-{language}")
    assert not mine.complaints
