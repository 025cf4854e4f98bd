"""Scenarios on a page: asked for with the outbreak's own estimates, run by the worker, read, repeated, compared."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from chainbreak.command.models import ScenarioRun
from chainbreak.command.services import scenario as asking
from chainbreak.investigation.models import CaseReport

pytestmark = pytest.mark.integration
ADDRESS = "/analysis/scenarios/?outbreak=LY"


@pytest.fixture
def handed(monkeypatch):
    """What was handed to the worker."""
    numbers = []
    monkeypatch.setattr("chainbreak.web.scenario._defer", numbers.append)
    return numbers


def fields(page: str) -> dict[str, str]:
    """The form as a browser would send it."""
    form = page[page.index('class="scenario-form"') :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and "checkbox" not in tag:
            found[name[1]] = value[1] if value else ""
    return found


def asked(client, **changes):
    return client.post(ADDRESS, {**fields(client.get(ADDRESS).content.decode()), **changes})


SMALL = {"title": "小情景", "runs": "120", "days": "40", "r0": "2", "r0-low": "", "r0-high": "", "initial_cases": "3",
         "initial_cases-low": "", "initial_cases-high": "", "limits.rooms": "15"}  # fmt: skip


def test_a_scenario_is_asked_for_run_and_read(client, outbreak, sign_in, handed):
    sign_in("epidemiology_lead")
    answer = asked(client, **SMALL)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    made = ScenarioRun.objects.get()
    assert handed == [made.pk] and made.given["r0"] == 2 and made.given["limits.rooms"] == 15
    assert "data-refreshes" in client.get(answer["Location"]).content.decode()
    asking.work(made.pk, clock=timezone.now)
    page = client.get(answer["Location"]).content.decode()
    assert "<svg" in page and "limits.rooms" in page and "Lancet" in page and "%(" not in page
    assert "Infectious Diseases" in made.given["presymptomatic"]["source"], "what was left as proposed keeps its source"
    made.refresh_from_db()
    assert made.state == "done" and f"{100 * made.answer['p_controlled']:.1f} %" in page
    table = client.get(answer["Location"] + "?as=csv").content.decode("utf-8-sig").splitlines()
    assert len(table) == 41 and table[0].startswith("day,cases_q05")
    assert "小情景" in client.get(ADDRESS).content.decode()


def test_the_same_start_gives_the_same_and_the_file_of_the_page_too(client, outbreak, sign_in, handed):
    from chainbreak.epi import scenario

    sign_in("epidemiology_lead")
    where = asked(client, **SMALL)["Location"]
    asking.work(handed[0], clock=timezone.now)
    client.post(where + "again/")
    asking.work(handed[1], clock=timezone.now)
    first, second = ScenarioRun.objects.order_by("pk")
    assert first.answer == second.answer
    text = client.get(where + "?as=yaml").content.decode()
    said = scenario.answer(scenario.read(text), runs=first.runs, seed=first.seed)
    assert said["cases"] == first.answer["cases"] and said["p_controlled"] == first.answer["p_controlled"]
    page = client.get(f"/analysis/scenarios/compare/?with={first.pk}&with={second.pk}").content.decode()
    assert "<svg" in page and "<code>" not in page, "nothing differs"


def test_two_scenarios_are_compared_by_what_differs(client, outbreak, sign_in, handed):
    sign_in("commander")
    asked(client, **SMALL)
    asked(client, **SMALL | {"title": "more tracing", "traced": "0.9", "traced-low": "", "traced-high": ""})
    for number in handed:
        asking.work(number, clock=timezone.now)
    page = client.get("/analysis/scenarios/compare/?" + "&".join(f"with={n}" for n in handed)).content.decode()
    assert "<code>traced</code>" in page and "<code>r0</code>" not in page
    assert client.get("/analysis/scenarios/compare/?with=x").status_code in (404, 409, 422)
    assert client.get("/analysis/scenarios/compare/").status_code == 200


def test_what_cannot_be_understood_is_said_and_nothing_written_is_lost(client, outbreak, sign_in, handed):
    sign_in("epidemiology_lead")
    for changes in (
        {"r0": "viele"},
        {"r0": "2,5"},
        {"traced": "40"},
        {"runs": "5"},
        {"seed": "-1"},
        {"days": "x"},
        {"runs": "many"},
    ):
        answer = asked(client, **SMALL | changes)
        page = answer.content.decode()
        (name,) = changes
        assert answer.status_code == 422 and 'role="alert"' in page and name in page, changes
        assert "小情景" in page and "%(" not in page
    assert not handed and not ScenarioRun.objects.exists()
    assert asked(client, **SMALL | {"title": " "}).status_code in (409, 422)


def test_the_worst_reasonable_case_is_worse(client, outbreak, sign_in, handed):
    sign_in("epidemiology_lead")
    asked(client, **SMALL | {"r0": "3", "r0-low": "1", "r0-high": "6"})
    asked(client, **SMALL | {"r0": "3", "r0-low": "1", "r0-high": "6", "worst": "1"})
    for number in handed:
        asking.work(number, clock=timezone.now)
    usual, worst = ScenarioRun.objects.order_by("pk")
    assert worst.given["worst_reasonable"] is True
    assert worst.answer["p_extinct"] < usual.answer["p_extinct"] - 0.1


def test_the_form_takes_what_this_outbreak_measures(client, outbreak, sign_in, handed):
    from chainbreak.command.selectors import scenario as scenarios

    sign_in("epidemiology_lead")
    seen = timezone.now()
    few = scenarios.measured(outbreak, as_of=seen, as_known=None)
    assert few["isolation_delay"].value is None and few["isolation_delay"].n == 3, "three cases are too few"
    page = client.get(ADDRESS).content.decode()
    assert "measured in this outbreak" not in page.split('name="isolation_delay-mean"')[1].split("scenario-slot")[0]
    assert few["r0"].value is None and few["k"].value is None
    from chainbreak.command.selectors import scenario

    scenario.LEAST, kept = 3, scenario.LEAST
    try:
        CaseReport.objects.filter(superseded_at__isnull=True).count()
        found = scenarios.measured(outbreak, as_of=seen, as_known=None)["isolation_delay"]
        assert found.value == {"mean": 1.0, "sd": 0.0} and found.n == 3
        page = client.get(ADDRESS).content.decode()
        assert fields(page)["isolation_delay-mean"] == "1"
    finally:
        scenario.LEAST = kept


def test_who_may_not_run_may_read_and_others_may_not(client, outbreak, sign_in, handed):
    sign_in("auditor")
    assert client.get(ADDRESS).status_code == 200
    assert 'class="scenario-form"' not in client.get(ADDRESS).content.decode()
    assert client.post(ADDRESS, SMALL).status_code == 403
    sign_in("sampler")
    assert client.get(ADDRESS).status_code == 403
    assert not handed


def test_a_run_that_was_killed_can_be_handed_over_again(client, outbreak, sign_in, handed):
    sign_in("epidemiology_lead")
    where = asked(client, **SMALL)["Location"]
    long_ago = timezone.now() - timedelta(hours=1)
    ScenarioRun.objects.update(state="running", written_at=long_ago)
    assert "again/" in client.get(where).content.decode()
    client.post(where + "again/")
    asking.work(handed[-1], clock=timezone.now)
    asking.work(handed[-1], clock=timezone.now)
    assert ScenarioRun.objects.get().state == "done"
    assert client.get("/analysis/scenarios/999/").status_code == 404
