"""Story of the planner: a round is worked out over the register, kept, its tables placed, announced by a second person.

1. The form counts the people due from the register; a first answer breaks a deadline and says where.
2. With more laboratories it holds; it is kept as a draft, and its tables are placed on a map.
3. Whoever planned it may not announce it; a second person does, and the roll is drawn up.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from chainbreak.registry.models import Person
from chainbreak.screening.models import RollEntry, Round, RoundPlan
from chainbreak.screening.services import roll, round_plan

pytestmark = pytest.mark.story
POINTS = "people,latitude,longitude\n900,33.58,114.02\n600,33.585,114.025\n50,33.9,114.5\n"
SITES = "site,latitude,longitude,most_tables\nS-01,33.58,114.02,10\nS-02,33.585,114.025,10\nS-03,33.583,114.03,10\n"


def _file(name: str, text: str) -> dict:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def test_a_round_is_planned_placed_and_announced(outbreak, screen, assert_accessible, monkeypatch):
    for module in ("round", "round_plan"):
        monkeypatch.setattr(f"chainbreak.web.{module}._defer", lambda number: None)
    Person.objects.bulk_create(
        [
            Person(number=f"R{n}", area_code="411122101" if n < 700 else "411104001", away=n % 10 == 0)
            for n in range(1000)
        ]
    )
    mine = screen("commander")
    page = mine.page

    def look(name: str) -> None:
        assert_accessible(page)
        mine.picture(f"{name}-zh")
        mine.picture(f"{name}-zh-phone", phone=True)
        page.set_viewport_size({"width": 390, "height": 844})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.set_viewport_size({"width": 1280, "height": 900})
        assert wide <= 0, f"{name} is wider than a phone"

    assert mine.open("/rounds/plan/?outbreak=LY").status == 200
    assert "907" in page.locator("main").inner_text()  # 1,008 residents, 100 away, one in quarantine
    form = page.locator(".plan-form")
    for name, value in {
        "number": "7",
        "lab-0": "市疾控",
        "rate-0": "5",
        "series": "QS",
        "samplers-411122": "1",
    }.items():
        form.locator(f"input[name='{name}']").fill(value)
    form.locator("select[name='risk-411122']").select_option("medium")
    form.get_by_role("button", name="测算", exact=True).click()
    page.wait_for_selector("#answer")
    said = page.locator("#answer").inner_text()
    assert "有时限不能达到" in said or "时限" in said
    assert page.locator("#answer .tone-danger").count() == 1
    look("plan")
    form.locator("input[name='samplers-411122']").fill("9")
    form.locator("input[name='rate-0']").fill("500")
    form.get_by_role("button", name="测算", exact=True).click()
    page.wait_for_selector("#answer .tone-good")
    form.get_by_role("button", name="存为草案").click()
    page.wait_for_url("**/rounds/QS/7/course/")
    assert page.get_by_text("轮次须由另一人发布").count() == 1
    look("round_course")
    plan = RoundPlan.objects.get()
    assert plan.pool_sizes["areas"] == {"411122": 5}

    page.get_by_role("link", name="采样台布点").click()
    page.locator("input[name=points]").set_input_files(_file("points.csv", POINTS.replace("114.5", "east")))
    page.locator("input[name=sites]").set_input_files(_file("sites.csv", SITES))
    page.locator("input[name=tables]").fill("6")
    page.get_by_role("button", name="测算布点").click()
    page.wait_for_selector(".notice-error")  # the row and the column are named
    assert "longitude" in page.locator(".notice-error").inner_text()
    page.locator("input[name=points]").set_input_files(_file("points.csv", POINTS))
    page.locator("input[name=sites]").set_input_files(_file("sites.csv", SITES))
    page.locator("input[name=tables]").fill("6")
    page.get_by_role("button", name="测算布点").click()
    page.wait_for_selector("progress")
    round_plan.place(plan.pk, clock=timezone.now)
    mine.open("/rounds/QS/7/tables/")
    assert page.locator(".table-map svg").count() == 1
    assert "50" in page.locator(".notice-warning").inner_text()  # people out of reach
    look("round_tables")

    mine.complaints = [one for one in mine.complaints if "422" not in one]
    assert mine.complaints == []
    second = screen("epidemiology_lead")
    assert second.open("/rounds/QS/7/course/").status == 200
    page.get_by_role("button", name="发布本轮检测").click()
    page.wait_for_selector(".notice-success")
    assert "应检名单编制中" in page.locator("main").inner_text()
    of = Round.objects.get(series="QS")
    roll.draw_up_asked(of, apart=[], at=timezone.now())
    assert RollEntry.objects.filter(round=of, exclusion=None).count() == 908
    second.open("/rounds/QS/7/course/")
    for name, value in {"person": "R11", "reason": "卧床，不宜采样"}.items():
        page.locator(f"input[name={name}]").fill(value)
    page.locator("select[name=way]").select_option("excluded")
    page.locator("form:has(input[value=roll]) button").click()
    page.wait_for_selector(".notice-success")
    assert RollEntry.objects.get(round=of, person__number="R11").exclusion == "medical"
    assert second.complaints == []
