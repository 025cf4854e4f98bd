"""An interview in a village without a network: nothing is lost, nothing is there twice.

1. The investigator begins on the phone where there is a network; then it is gone.
2. A stay and two people are told; the page is loaded again, and all of it is still there.
3. The network returns, the server takes the messages, but its answers are lost; the phone sends again.
4. The days are complete. The preview shows what the interview makes; after the confirmation it is on file, once.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from chainbreak.investigation.models import Exposure, Interview, InterviewEntry, TrajectorySegment

pytestmark = pytest.mark.story


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_interview_without_a_network(outbreak, screen, assert_accessible, language):
    mine = screen("investigator", language)
    page = mine.page
    page.set_viewport_size({"width": 390, "height": 844})
    mine.open("/cases/LY/1/")
    page.get_by_role("button", name=re.compile("开始流调访谈|Begin the interview")).click()
    page.wait_for_url("**/field/interview/#*")
    expect(page.locator(".field-list li").first).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    expect(page.locator(".field-list li").first).to_be_visible()
    page.evaluate(
        "navigator.serviceWorker.controller ? true : new Promise(done => navigator.serviceWorker.addEventListener('controllerchange', () => done(true)))"
    )
    assert_accessible(page)
    mine.picture(f"interview-days-{language}", phone=True)

    page.context.set_offline(True)
    page.locator(".field-list a[href$='2022-03-23']").click()
    page.locator("a[href$='stay/new/shop']").click()
    page.locator("input[name=name]").fill("老街理发店")
    page.locator("input[name=from]").fill("15:00")
    page.reload()  # in the middle of typing
    expect(page.locator("input[name=name]")).to_have_value("老街理发店")
    page.locator("input[name=until]").fill("15:40")
    assert_accessible(page)
    mine.picture(f"interview-stay-{language}", phone=True)
    page.locator("form button:not([type])").click()
    for name, phone in (("王建国", "13800138000"), ("理发师傅", "")):
        page.locator("a[href*='/who/'][href$='/new']").click()
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=phone]").fill(phone)
        if phone:
            assert_accessible(page)
            mine.picture(f"interview-person-{language}", phone=True)
        page.locator("form button:not([type])").click()
        expect(page.locator(".field-met")).to_contain_text(name)
    page.reload()
    expect(page.locator(".field-met li")).to_have_count(2)
    expect(page.locator(".field-status-offline")).to_contain_text("3")
    assert InterviewEntry.objects.count() == 0
    mine.picture(f"interview-offline-{language}", phone=True)

    lost = []

    def lose(route):
        lost.append(route.fetch().status)  # the server has it, the phone never hears of it
        route.abort()

    page.route("**/entries", lose)
    page.context.set_offline(False)
    page.wait_for_timeout(500)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".field-status-offline")).to_be_visible()
    assert lost and set(lost) == {200}
    assert InterviewEntry.objects.count() == 3
    page.unroute("**/entries")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".field-status-idle")).to_be_visible(timeout=20_000)
    assert InterviewEntry.objects.count() == 3

    page.locator("button.field-wide").click()  # the day is complete
    page.wait_for_url("**/2022-03-22")
    page.goto(page.url.split("#")[0] + "#" + page.url.split("#")[1].split("/")[0] + "/end")
    expect(page.locator(".field-status-idle")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name=re.compile("预览结果|Show what this makes")).click()
    page.wait_for_url("**/interviews/*/")
    assert TrajectorySegment.objects.filter(place__name="老街理发店").count() == 0
    assert_accessible(page)
    mine.picture(f"interview-end-{language}", phone=True)
    page.locator("main form button.btn-danger").click()
    page.wait_for_url("**/cases/LY/1/")
    assert TrajectorySegment.objects.filter(place__name="老街理发店").count() == 1
    assert Exposure.objects.count() == 2
    assert Interview.objects.get().closed_at
    page.goto(f"{mine.address}/field/interview/#{Interview.objects.get().key}")
    expect(page.locator(".notice-success")).to_be_visible()
    left = page.evaluate("Field.all('entries').then(found => found.length)")
    assert left == 0, "the phone still holds what is on file"


def test_a_message_that_is_not_taken_stays_and_says_so(outbreak, screen):
    mine = screen("investigator", "en")
    mine.open("/cases/LY/1/")
    mine.page.get_by_role("button", name="Begin the interview").click()
    mine.page.locator(".field-list a[href$='2022-03-23']").click()
    Interview.objects.update(closed_at="2022-03-28T00:00:00+08:00")
    mine.page.locator("button.field-wide").click()
    expect(mine.page.locator(".field-status-refused")).to_contain_text("closed meanwhile")


def test_a_lost_session_loses_nothing(outbreak, screen):
    from django.contrib.sessions.models import Session

    mine = screen("investigator", "en")
    mine.open("/cases/LY/1/")
    mine.page.get_by_role("button", name="Begin the interview").click()
    mine.page.locator(".field-list a[href$='2022-03-23']").click()
    Session.objects.all().delete()
    mine.page.locator("button.field-wide").click()
    expect(mine.page.locator(".field-status-signed_out a")).to_be_visible()
    assert mine.page.evaluate("Field.all('outbox').then(found => found.length)") == 1
