"""Story of an analyst: how the outbreak grew, who may have infected whom, what the genomes say – and a link that a person signs.

1. The epidemic curve stands there; the slider over the outbreak's days moves it back and the address says so.
2. R says that three cases are too few for a curve.
3. Possible infectors are asked for, worked out, read; a pair is proposed and accepted.
4. The genomes' distances and the verdict of a pair stand beside the history.
"""

from __future__ import annotations

import random
import re

import pytest
from django.utils import timezone

from chainbreak.exchange import imports
from chainbreak.investigation.models import InfectorRun, TransmissionLink
from chainbreak.investigation.services import infectors as asking

pytestmark = pytest.mark.story
WILD = "".join(random.Random(5).choices("ACGT", k=1500))


@pytest.mark.parametrize(("language", "phone"), [("zh-hans", True), ("en", False)])
def test_an_analyst_from_the_curve_to_an_accepted_link(
    outbreak, screen, assert_accessible, monkeypatch, tmp_path, language, phone
):
    monkeypatch.setattr("chainbreak.web.infectors._defer", lambda number: None)
    TransmissionLink.objects.filter(infectee__number=2).update(superseded_at=timezone.now())
    path = tmp_path / "g.fasta"
    path.write_text(f">REF reference\n{WILD}\n>LY-1\n{WILD}\n>LY-2\n{WILD}\n>LY-3\n{WILD[:300]}{'N' * 1200}\n")
    imports.import_file("sequences", path, outbreak="LY", at=timezone.now())
    mine = screen("epidemiology_lead", language)

    def look(name: str) -> None:
        assert_accessible(mine.page)
        mine.picture(f"analyst-{name}-{language}", phone=phone)
        if phone:
            mine.page.set_viewport_size({"width": 390, "height": 844})
        wide = mine.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is wider than the screen"

    assert mine.open("/analysis/LY/curve/").status == 200
    if phone:
        mine.page.set_viewport_size({"width": 390, "height": 844})
    before = mine.page.locator("#says").inner_text()
    slider = mine.page.locator("[data-asof-slider] input")
    slider.fill("1")
    mine.page.wait_for_url(re.compile("as_of=2022-03-24"))
    mine.page.wait_for_function("before => document.querySelector('#says').innerText !== before", arg=before)
    assert mine.page.locator("#desk svg.chart").count() == 1
    assert mine.page.locator("form.asof input[name=as_of]").input_value() == "2022-03-24"
    look("curve")
    assert mine.open("/analysis/LY/r/").status == 200
    assert mine.page.locator("#desk svg.chart").count() == 0, "three cases are told, not drawn"
    assert mine.open("/analysis/LY/areas/").status == 200
    assert_accessible(mine.page)

    assert mine.open("/analysis/LY/infectors/").status == 200
    for kind in ("contacts", "stays", "travel"):
        mine.page.locator(f"#use-{kind}").uncheck()
    mine.page.locator("input[name=iterations]").fill("300")
    look("infectors")
    mine.page.locator("form:has(input[name=seed]) button.btn-primary").click()
    mine.page.wait_for_url("**/analysis/infectors/*/")
    look("infector_waits")
    made = InfectorRun.objects.latest("pk")
    asking.work(made.pk, clock=timezone.now)
    mine.page.wait_for_selector("#ranked")  # the page looks again by itself
    look("infector_run")
    mine.page.locator("#case-2 button[name=pair]").first.click()
    mine.page.wait_for_url("**/correct/link/**")
    mine.page.locator("select[name=state]").select_option("accepted")
    mine.page.locator("textarea[name=reason]").fill("dates, meeting and genome agree")
    mine.page.locator("main form button.btn-primary, main form button[name=step]").first.click()
    mine.page.locator("button[value=confirm]").click()
    mine.page.wait_for_url(re.compile("/chains/LY/"))
    link = TransmissionLink.objects.known_at(None).get(infectee__number=2)
    assert link.state == "accepted" and link.probability and link.recorded_by is not None

    assert mine.open("/genomes/LY/distances/").status == 200
    assert mine.page.locator("#desk svg.chart").count() == 2
    look("distances")
    assert mine.open("/genomes/LY/sequences/").status == 200
    look("sequences")
    assert mine.open("/genomes/LY/LY/2/").status == 200
    assert "2" in mine.page.locator("section:has(#letters)").inner_text()
    look("genome")
    assert mine.complaints == []
