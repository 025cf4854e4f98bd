"""A session expires in the middle of a form: nothing is changed, and what was typed is offered again after the login.

1. An investigator opens the form that corrects a stay and types a reason.
2. In the meantime the session has ended; the form is sent.
3. The login page comes. After the login the form is there again and offers the text.
4. One press puts it back. Thrown away, it is gone.
"""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from chainbreak.governance.models import Correction, User
from chainbreak.investigation.models import TrajectorySegment

pytestmark = pytest.mark.story

REASON = "商户的监控显示离开时间是 10:40"
PASSWORD = "quiet-river-lamp-47"


def test_what_was_typed_is_offered_after_the_login(outbreak, screen):
    mine = screen("investigator", "en")
    user = User.objects.get(username__startswith="investigator")
    user.language = "en"
    user.set_password(PASSWORD)
    user.save()
    Session.objects.all().delete()
    mine.open("/accounts/login/?next=/cases/")
    log_in(mine.page, user)

    stay = TrajectorySegment.objects.order_by("pk").first()
    mine.open(f"/correct/stay/{stay.pk}/?outbreak=LY&back=/cases/LY/1/")
    assert not mine.page.locator("[data-draft-offer]").is_visible()
    mine.page.locator("textarea[name=reason]").fill(REASON)
    Session.objects.all().delete()
    mine.page.get_by_role("button", name="Show what this changes").click()
    mine.page.wait_for_url("**/accounts/login/**")
    assert Correction.objects.count() == 0

    log_in(mine.page, user)
    mine.page.wait_for_url("**/correct/stay/**")
    offer = mine.page.locator("[data-draft-offer]")
    offer.wait_for(state="visible")
    mine.picture("draft-offer-en")
    mine.page.get_by_role("button", name="Put it back").click()
    assert mine.page.locator("textarea[name=reason]").input_value() == REASON
    assert not offer.is_visible()


def test_a_lost_network_or_a_server_that_does_not_answer_loses_nothing(outbreak, screen):
    mine = screen("investigator", "en")
    page = mine.page
    stay = TrajectorySegment.objects.order_by("pk").first()
    address = f"/correct/stay/{stay.pk}/?outbreak=LY&back=/cases/LY/1/"
    mine.open(address)
    page.locator("textarea[name=reason]").fill(REASON)
    send = page.get_by_role("button", name="Show what this changes")
    page.context.set_offline(True)
    page.get_by_text("There is no network just now").wait_for()
    send.click()
    assert page.locator("textarea[name=reason]").input_value() == REASON, "the page stays and so does the text"
    page.context.set_offline(False)

    page.route(
        "**/correct/stay/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    send.click()
    page.wait_for_url("chrome-error://**")
    page.unroute("**/correct/stay/**")
    mine.open("/cases/")
    mine.open(address)
    page.locator("[data-draft-offer]").wait_for(state="visible")
    page.get_by_role("button", name="Put it back").click()
    assert page.locator("textarea[name=reason]").input_value() == REASON

    send.click()  # this time it arrives: a preview, and the draft is gone
    page.wait_for_load_state()
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('chainbreak.draft.')).length"
    mine.open("/cases/")
    assert page.evaluate(kept) == 0
    assert Correction.objects.count() == 0


def test_log_out_leaves_nothing_in_the_browser(outbreak, screen):
    mine = screen("investigator", "en")
    stay = TrajectorySegment.objects.order_by("pk").first()
    mine.open(f"/correct/stay/{stay.pk}/?outbreak=LY")
    mine.page.locator("textarea[name=reason]").fill(REASON)
    assert mine.page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('chainbreak.draft.')).length") == 1
    mine.page.get_by_role("button", name="Log out").click()
    mine.page.wait_for_url("**/accounts/login/**")
    assert mine.page.evaluate("JSON.stringify(localStorage)").find(REASON) == -1


def log_in(page, user) -> None:
    page.locator("input[name=login]").fill(user.username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit], main form button:not([type])").first.click()
    page.wait_for_load_state()
