"""An extract for analysts: with a purpose, by two people of different units, pseudonymous, until its end (P-04, P-07, P-11)."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from chainbreak.governance.models import AuditEntry, Extract, Grant, Role, TaskForce, Team
from chainbreak.registry.models import Person, Place

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
WANTED = {
    "table": ["cases", "links", "contacts", "meetings", "stays", "genomes"],
    "purpose": "延误分析，供总结使用，含图表",
}


def headquarters(user):
    """Moves an account to a team of another unit."""
    team = Team.objects.create(
        task_force=TaskForce.HEADQUARTERS, area_code="411100", purpose="outbreak", name_zh="指挥部", name_en="HQ"
    )
    Grant.objects.filter(user=user).update(team=team)
    return user


@pytest.fixture
def asked(outbreak, client, sign_in):
    """An extract that an epidemiology lead has asked for, and the lead."""
    lead = sign_in("epidemiology_lead")
    assert client.post("/analysis/extracts/?outbreak=LY", WANTED).status_code == 302
    return Extract.objects.get(), lead


def tables(answer):
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer) if answer.streaming else answer.content))
    return archive, {
        name.removesuffix(".parquet"): pq.read_table(io.BytesIO(archive.read(name)))
        for name in archive.namelist()
        if name.endswith(".parquet")
    }


def allowed(client, sign_in, extract, lead):
    headquarters(sign_in("commander"))
    assert client.post(f"/analysis/extracts/{extract.pk}/allow/?outbreak=LY").status_code == 302
    client.force_login(lead)


def test_it_holds_what_is_on_file_without_anybodys_number(asked, client, sign_in):
    extract, lead = asked
    allowed(client, sign_in, extract, lead)
    archive, found = tables(client.post(f"/analysis/extracts/{extract.pk}/fetch/"))
    assert {name: table.num_rows for name, table in found.items()} == {
        "cases": 3, "links": 2, "contacts": 3, "meetings": 3, "stays": 1, "genomes": 0,
    }  # fmt: skip
    everything = json.dumps([table.to_pylist() for table in found.values()], default=str)
    for number in [*Person.objects.values_list("number", flat=True), *Place.objects.values_list("number", flat=True)]:
        assert f'"{number}"' not in everything
    cases = found["cases"].to_pylist()
    assert {row["from"] for row in found["links"].to_pylist()} < {row["case"] for row in cases}
    about = json.loads(archive.read("about.json"))
    assert about["purpose"] == WANTED["purpose"] and about["rows"]["cases"] == 3
    assert json.loads(found["cases"].schema.metadata[b"chainbreak"])["table"] == "cases"
    acts = set(AuditEntry.objects.filter(subject=f"extract:{extract.pk}").values_list("act", flat=True))
    assert acts == {"extract.asked", "extract.allowed", "extract.fetched"}


def test_two_extracts_cannot_be_joined(asked, client, sign_in):
    first, lead = asked
    allowed(client, sign_in, first, lead)
    client.post("/analysis/extracts/?outbreak=LY", WANTED)
    second = Extract.objects.latest("pk")
    Extract.objects.filter(pk=second.pk).update(
        allowed_by=Extract.objects.get(pk=first.pk).allowed_by, allowed_at=timezone.now()
    )
    numbers = [
        {row["case"] for row in tables(client.post(f"/analysis/extracts/{one.pk}/fetch/"))[1]["cases"].to_pylist()}
        for one in (first, second)
    ]
    assert len(numbers[0]) == 3 and not numbers[0] & numbers[1]


@pytest.mark.parametrize("who", ["nobody", "the same", "the same unit"])
def test_without_a_second_person_of_another_unit_nothing_is_fetched(asked, client, sign_in, who):
    extract, lead = asked
    if who == "the same":
        Grant.objects.filter(user=lead).update(role=Role.COMMANDER)
        client.post(f"/analysis/extracts/{extract.pk}/allow/?outbreak=LY")
        Grant.objects.filter(user=lead).update(role=Role.EPIDEMIOLOGY_LEAD)
    elif who == "the same unit":
        sign_in("commander")  # in the team of the one who asked
        assert client.post(f"/analysis/extracts/{extract.pk}/allow/?outbreak=LY").status_code == 409
        client.force_login(lead)
    assert client.post(f"/analysis/extracts/{extract.pk}/fetch/").status_code == 409
    assert Extract.objects.get().allowed_by is None


def test_it_ends(asked, client, sign_in):
    extract, lead = asked
    allowed(client, sign_in, extract, lead)
    Extract.objects.update(
        expires_at=timezone.now() - timedelta(seconds=1), requested_at=timezone.now() - timedelta(days=8)
    )
    assert client.post(f"/analysis/extracts/{extract.pk}/fetch/").status_code == 409


def test_only_whoever_asked_fetches(asked, client, sign_in):
    extract, lead = asked
    allowed(client, sign_in, extract, lead)
    sign_in("investigator")
    assert client.post(f"/analysis/extracts/{extract.pk}/fetch/").status_code == 404


@pytest.mark.parametrize("missing", [{"purpose": "研究"}, {"table": []}])
def test_purpose_and_tables_are_needed(outbreak, client, sign_in, missing):
    sign_in("epidemiology_lead")
    answer = client.post("/analysis/extracts/?outbreak=LY", WANTED | missing)
    assert 'role="alert"' in answer.content.decode()
    assert not Extract.objects.exists()
