"""Paper for a round: what is printed, for whom with names, what is on record; and the workbook comes back as swabs."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.utils import timezone

from chainbreak.exchange.imports import import_file
from chainbreak.exchange.paper import sheets
from chainbreak.governance.models import AuditEntry
from chainbreak.registry.models import Person
from chainbreak.registry.services import identity
from chainbreak.screening.models import RollEntry, Round, RoundEvent, Swab

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
ADDRESS = "/rounds/CITY/1/paper/"


@pytest.fixture
def round_open(outbreak):
    now = timezone.now()
    made = Round.objects.create(
        series="CITY", number=1, area_code="411100", start_at=now - timedelta(hours=1), pool_size=5,
        sample_due_at=now + timedelta(hours=5), test_due_at=now + timedelta(hours=15),
    )  # fmt: skip
    RoundEvent.objects.create(round=made, state="sampling", at=now - timedelta(hours=1), recorded_at=now)
    for person in Person.objects.all():
        away = "away" if person.number == "P8" else None
        RollEntry.objects.create(round=made, person=person, area_code="411122", exclusion=away)
    identity.record(Person.objects.get(number="P4"), at=now, name="王建国")
    return made


@pytest.fixture
def printed(monkeypatch):
    """The lines of every sheet that is printed."""
    seen = []
    real = sheets.roll_sheet

    def spied(lines, **said):
        seen.append(list(lines))
        return real(lines, **said)

    monkeypatch.setattr(sheets, "roll_sheet", spied)
    return seen


@pytest.mark.parametrize("role, name", [("sampler", "王建国"), ("community_worker", "")])
def test_a_sheet_has_everybody_who_is_due_and_names_for_samplers_only(round_open, client, sign_in, printed, role, name):
    sign_in(role)
    answer = client.post(ADDRESS, {"what": "roll", "area": "411122", "most": 200})
    assert answer.headers["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert [line.number for line in printed[0]] == [f"P{n}" for n in range(1, 8)]
    assert {line.number: line.name for line in printed[0]}["P4"] == name
    entry = AuditEntry.objects.get(act="roll.printed")
    assert (entry.detail["people"], entry.detail["named"]) == (7, bool(name))


def test_the_next_sheet_begins_after_the_last(round_open, client, sign_in, printed):
    sign_in("sampler")
    client.post(ADDRESS, {"what": "roll", "area": "411100", "most": 3})
    client.post(ADDRESS, {"what": "roll", "area": "411100", "most": 300, "after": "P3"})
    assert [[line.number for line in lines] for lines in printed] == [["P1", "P2", "P3"], ["P4", "P5", "P6", "P7"]]


def test_an_area_without_anybody_is_said(round_open, client, sign_in):
    sign_in("sampler")
    answer = client.post(ADDRESS, {"what": "roll", "area": "411199", "most": 3})
    assert 'role="alert"' in answer.content.decode()
    assert not AuditEntry.objects.filter(act="roll.printed").exists()


def test_another_teams_area_is_refused(round_open, client, sign_in):
    sign_in("sampler", "410100")
    assert client.post(ADDRESS, {"what": "roll", "area": "411122", "most": 3}).status_code == 403


def test_the_workbook_comes_back_as_swabs(round_open, client, sign_in, tmp_path):
    actor = sign_in("sampler")
    answer = client.post(ADDRESS, {"what": "book", "area": "411122", "most": 2})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.active
    assert [cell.value for cell in sheet["A"]] == ["person_id", "P1", "P2"]
    for row, position in ((2, 1), (3, 2)):
        sheet.cell(row, 2, "CITY1-00001")
        sheet.cell(row, 3, position)
        sheet.cell(row, 7, datetime(2022, 3, 27, 9, 30))  # noqa: DTZ001 as typed into a spreadsheet
    path = tmp_path / "typed.xlsx"
    book.save(path)
    tubes = tmp_path / "tubes.csv"
    tubes.write_text("barcode,series,number,pool_limit\nCITY1-00001,CITY,1,5\n")
    import_file("tubes", tubes, actor=actor, at=timezone.now())
    reply = import_file("swabs", path, actor=actor, at=timezone.now())
    assert (reply.created, reply.rejected) == (2, 0)
    taken = Swab.objects.order_by("position").first()
    assert taken.sampled_at == datetime(2022, 3, 27, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_labels(round_open, client, sign_in):
    sign_in("sampler")
    answer = client.post(ADDRESS, {"what": "labels", "start": "CITY1-S1-", "first": 1, "count": 54})
    assert answer.content.startswith(b"%PDF")
    assert AuditEntry.objects.get(act="labels.printed").detail["count"] == 54
    beyond = client.post(ADDRESS, {"what": "labels", "start": "CITY1-S1-", "first": 99_999, "count": 2})
    assert beyond.status_code == 409


def test_two_labels_differ_and_one_is_the_same_each_time():
    assert sheets.code("A-00001") != sheets.code("A-00002")
    one = sheets.labels("A-", first=1, count=1, title="t", subtitle="s")
    assert one == sheets.labels("A-", first=1, count=1, title="t", subtitle="s")
