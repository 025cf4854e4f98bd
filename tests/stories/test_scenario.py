"""Story of an epidemiologist: a scenario is asked for with sliders, computed, read, and compared with its worst case.

1. The form stands there with the outbreak's own estimates; a slider moves the number beside it.
2. The scenario waits for the worker, then shows its answer.
3. The worst reasonable case is asked for, and both are compared.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from chainbreak.command.models import ScenarioRun
from chainbreak.command.services import scenario as asking

pytestmark = pytest.mark.story


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_scenario_and_its_worst_case(outbreak, screen, assert_accessible, monkeypatch, language):
    monkeypatch.setattr("chainbreak.web.scenario._defer", lambda number: None)
    mine = screen("epidemiology_lead", language)

    def look(name: str) -> None:
        assert_accessible(mine.page)
        mine.picture(f"{name}-{language}")
        mine.picture(f"{name}-{language}-phone", phone=True)
        wide = mine.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is wider than the screen"

    for worst in (False, True):
        assert mine.open("/analysis/scenarios/?outbreak=LY").status == 200
        form = mine.page.locator(".scenario-form")
        slider = form.locator("[data-slider-most]:has(input[name=r0]) input[type=range]")
        slider.fill("3")
        assert form.locator("input[name=r0]").input_value() == "3"
        for name, value in {"title": "一个情景", "r0-low": "2", "r0-high": "4.5", "runs": "300", "days": "45",
                            "limits.rooms": "60", "limits.transfers_per_day": "40", "contacts_per_case": "12"}.items():  # fmt: skip
            form.locator(f"input[name='{name}']").fill(value)
        if worst:
            form.locator("#worst").check()
        else:
            look("scenarios")
        form.locator("button").click()
        mine.page.wait_for_url("**/analysis/scenarios/*/")
        if not worst:
            look("scenario_waits")
        made = ScenarioRun.objects.latest("pk")
        asking.work(made.pk, clock=timezone.now)
        assert mine.open(f"/analysis/scenarios/{made.pk}/").status == 200
        assert mine.page.locator("svg.chart").count() == 4
    look("scenario")
    mine.open("/analysis/scenarios/?outbreak=LY")
    for box in mine.page.locator("input[name=with]").all():
        box.check()
    mine.page.locator("form[action*=compare] button").click()
    mine.page.wait_for_url("**/compare/**")
    assert mine.page.locator("svg.chart").count() == 1
    look("scenario_compare")
    assert mine.complaints == []
