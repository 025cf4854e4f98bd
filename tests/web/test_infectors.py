"""Possible infectors on a page: asked on live facts, worked out, stopped, repeated, read, and a link proposed from it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from chainbreak.epi.infectors import infer, prior, reply
from chainbreak.governance.models import AuditEntry
from chainbreak.investigation.models import Case, CaseReport, InfectorRun, Outbreak, TransmissionLink
from chainbreak.investigation.selectors import infectors as known
from chainbreak.investigation.services import infector_walk
from chainbreak.investigation.services import infectors as asking

pytestmark = pytest.mark.integration
ADDRESS = "/analysis/LY/infectors/"
ASKED = {"agent": "covid19-omicron", "use": ["contacts", "stays", "travel"], "iterations": "300", "seed": "7"}


@pytest.fixture
def handed(monkeypatch):
    """What was handed to the worker."""
    numbers = []
    monkeypatch.setattr("chainbreak.web.infectors._defer", numbers.append)
    return numbers


def here(outbreak, settings, *, go_on):
    """As `infector_walk.walk`, in this process."""
    asked = {name: settings[name] for name in ("iterations", "chains", "seed")}
    if not go_on(0.5):
        raise infector_walk.Stopped
    answer = infer(outbreak, prior=prior.load(settings["agent"]), **asked)
    tree = reply.tree(answer, outbreak, dated=True)
    facts = reply.diagnostics(answer, tree, **settings)
    return {"rows": reply.rows(answer, outbreak), "tree": tree, "diagnostics": facts}


@pytest.fixture
def done(client, outbreak, sign_in, handed):
    """One that was asked for by the lead and worked out."""
    lead = sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    answer = client.post(ADDRESS, ASKED)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    asking.work(handed[-1], clock=timezone.now, walk=here)
    made = InfectorRun.objects.get()
    assert made.state == "done", made.trouble
    return made, lead


def test_it_is_asked_for_worked_out_and_read(client, done):
    made, _lead = done
    page = client.get(f"/analysis/infectors/{made.pk}/").content.decode()
    assert (
        "3 cases: of" in page
        and "Only 3 cases" in page
        and "from outside" in page
        and "<svg" in page
        and "%(" not in page
    )
    assert "Omicron, pooled" in page, "assumptions stand with their sources"
    assert "start of chance 7" in page and "--iterations" not in page
    rows = list(
        csv.DictReader(
            io.StringIO(client.get(f"/analysis/infectors/{made.pk}/?format=csv").content.decode("utf-8-sig"))
        )
    )
    sums = {case: sum(float(row["probability"]) for row in rows if row["case"] == case) for case in ("1", "2", "3")}
    assert all(abs(value - 1) < 0.002 for value in sums.values())
    assert client.get(f"/analysis/infectors/{made.pk}/?format=svg").content.startswith(b"<svg")
    assert client.get(f"/analysis/infectors/{made.pk}/?format=png").content[:4] == b"\x89PNG"
    assert client.get(f"/analysis/infectors/{made.pk}/?format=exe").status_code == 400
    assert f">{made.pk}</a>" in client.get(ADDRESS).content.decode()
    client.cookies["chainbreak_language"] = "zh-hans"
    assert "可能的传染源" in client.get(f"/analysis/infectors/{made.pk}/").content.decode()


def test_the_same_start_over_the_same_facts_gives_the_same_answer(client, done, handed):
    made, _lead = done
    client.post(f"/analysis/infectors/{made.pk}/again/")
    asking.work(handed[-1], clock=timezone.now, walk=here)
    second = InfectorRun.objects.exclude(pk=made.pk).get()
    assert second.answer["rows"] == made.answer["rows"] and second.answer["tree"] == made.answer["tree"]


def test_a_pair_becomes_a_proposed_link_that_a_person_accepts(client, done):
    made, lead = done
    TransmissionLink.objects.filter(infectee__number=2).update(superseded_at=timezone.now())
    row = next(row for row in made.answer["rows"] if row["case"] == "2" and row["infector"] == "1")
    page = client.get(f"/analysis/infectors/{made.pk}/").content.decode()
    assert 'value="1-2" aria-label="Propose the link: case 1 → 2"' in page
    answer = client.post(f"/analysis/infectors/{made.pk}/propose/", {"pair": "1-2"})
    link = TransmissionLink.objects.known_at(None).get(infectee__number=2)
    assert (link.state, link.basis, link.recorded_by) == ("proposed", "history", lead)
    assert link.probability == round(row["probability"], 4)
    assert answer["Location"].startswith(f"/correct/link/{link.pk}/")
    assert client.get(answer["Location"]).status_code == 200, "where it is accepted or rejected"
    again = client.post(f"/analysis/infectors/{made.pk}/propose/", {"pair": "1-2"})
    assert again.status_code == 409 or again.status_code == 400
    wrong = client.post(f"/analysis/infectors/{made.pk}/propose/", {"pair": "1-99"})
    assert 400 <= wrong.status_code < 500
    for pair in ("", "1", "1-x", "x", "2-2"):
        assert 400 <= client.post(f"/analysis/infectors/{made.pk}/propose/", {"pair": pair}).status_code < 500, pair
    assert AuditEntry.objects.filter(act="transmissionlink.recorded").count() == 1
    found = known.gather(made.outbreak, as_of=timezone.now(), as_known=None)
    assert [0, 1] not in found.known.contacts.tolist(), "what it proposed is no evidence for the next one"


def test_one_that_runs_can_be_stopped_and_handed_over_again(client, outbreak, sign_in, handed):
    sign_in("investigator")
    where = client.post(ADDRESS, ASKED)["Location"]

    def stopped(facts, settings, *, go_on):
        assert go_on(0.1)
        client.post(where + "cancel/")
        later = timezone.now() + timedelta(seconds=5)
        nonlocal now
        now = later
        if not go_on(0.2):
            raise infector_walk.Stopped
        raise AssertionError("it went on")

    now = timezone.now()
    asking.work(handed[-1], clock=lambda: now, walk=stopped)
    made = InfectorRun.objects.get()
    assert made.state == "cancelled" and made.answer is None
    client.post(where + "again/")
    asking.work(handed[-1], clock=timezone.now, walk=here)
    made.refresh_from_db()
    assert made.state == "done"


def test_what_goes_wrong_is_said(client, outbreak, sign_in, handed):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = "en"
    where = client.post(ADDRESS, ASKED)["Location"]
    assert "data-refreshes" in client.get(where).content.decode()

    def broken(facts, settings, *, go_on):
        raise infector_walk.Failed("no memory left")

    asking.work(handed[-1], clock=timezone.now, walk=broken)
    assert "no memory left" in client.get(where).content.decode()
    for name, value in (("iterations", "7"), ("iterations", "many"), ("seed", "-1"), ("agent", "x"), ("use", "dreams")):
        page = client.post(ADDRESS, {**ASKED, name: value})
        assert page.status_code == 422 and 'role="alert"' in page.content.decode(), (name, value)
    assert (
        client.get("/analysis/infectors/999/").status_code == 404
        or client.get("/analysis/infectors/999/").status_code == 400
    )
    CaseReport.objects.filter(case__number__gt=1).update(superseded_at=timezone.now())
    page = client.get(ADDRESS).content.decode()
    assert "two are needed" in page and 'name="seed"' not in page
    assert client.post(ADDRESS, ASKED).status_code == 422


def test_who_may_ask_and_who_may_only_read(client, done, sign_in):
    made, _lead = done
    sign_in("auditor")
    page = client.get(f"/analysis/infectors/{made.pk}/").content.decode()
    assert "Propose the link" not in page and "Compute it again" not in page
    assert client.post(ADDRESS, ASKED).status_code == 403
    for deed in ("again", "cancel", "propose"):
        assert client.post(f"/analysis/infectors/{made.pk}/{deed}/", {"pair": "1-2"}).status_code == 403
    sign_in("sampler")
    assert client.get(ADDRESS).status_code == 403 and client.get(f"/analysis/infectors/{made.pk}/").status_code == 403


def test_the_past_reckons_with_what_had_happened(outbreak):
    early = known.gather(outbreak, as_of=asking_day(outbreak, 1), as_known=None)
    late = known.gather(outbreak, as_of=asking_day(outbreak, 4), as_known=None)
    assert len(early.known.ids) < len(late.known.ids) == 3
    assert late.n["onsets"] == 3 and late.n["contacts"] == 2 and "genomes" in late.missing
    assert known.gather(outbreak, as_of=asking_day(outbreak, 4), as_known=None, use=()).used == ["onsets", "samples"]


def asking_day(outbreak: Outbreak, days: int):
    return outbreak.detected_at.replace(hour=0) + timedelta(days=days, hours=-8 + 8)


def test_the_process_of_its_own_gives_the_answer_and_dies_when_told(outbreak):
    found = known.gather(outbreak, as_of=timezone.now(), as_known=None)
    settings = {
        "agent": "covid19-omicron",
        "iterations": 300,
        "chains": 2,
        "seed": 1,
        "used": found.used,
        "missing": [],
    }
    answer = infector_walk.walk(found.known, settings, go_on=lambda share: True)
    assert answer == here(found.known, settings, go_on=lambda share: True)
    with pytest.raises(infector_walk.Stopped):
        infector_walk.walk(found.known, {**settings, "iterations": 10_000_000}, go_on=lambda share: share < 0.001)
    with pytest.raises(infector_walk.Failed):
        infector_walk.walk(found.known, {**settings, "agent": "x"}, go_on=lambda share: True)
    assert Case.objects.count() == 3
