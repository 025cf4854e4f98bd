"""The pages of genomes: evidence side by side, the judgement a person signs, and who may."""

from __future__ import annotations

import pytest

from chainbreak.governance.models import AuditEntry
from chainbreak.investigation.models import Case, LinkAssessment, Outbreak, Sequence
from chainbreak.registry.models import Person

from .conftest import KNOWN, at


@pytest.fixture
def sequenced(outbreak):
    """Cases 1 and 2 with genomes that do not fit the link between them."""
    for number, lineage, conclusion in ((1, "BA.2", "same_chain"), (2, "BA.1", "other")):
        Sequence.objects.create(
            case=Case.objects.get(outbreak=outbreak, number=number), lineage=lineage, conclusion=conclusion,
            coverage=0.98, distance=number, reported_at=at(26, 8), recorded_at=KNOWN, laboratory="City",
        )  # fmt: skip
    return outbreak


@pytest.fixture
def english(client):
    client.cookies["chainbreak_language"] = "en"


JUDGEMENT = {"result": "not_linked", "basis": "both", "confidence": "preliminary"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("address", ["/genomes/LY/", "/genomes/LY/LY/2/", "/genomes/LY/LY/3/"])
def test_the_pages_answer_in_both_languages(
    client, sequenced, sign_in, language, address, django_assert_max_num_queries
):
    sign_in("epidemiology_lead")
    client.cookies["chainbreak_language"] = language
    client.get(address)
    with django_assert_max_num_queries(30):
        answer = client.get(address)
    assert answer.status_code == 200
    assert f'lang="{language}"' in answer.content.decode()


def test_cases_whose_history_and_genome_disagree_stand_first(client, sequenced, sign_in, english):
    sign_in("epidemiology_lead")
    page = client.get("/genomes/LY/").content.decode()
    assert "2 of 3 cases have a genome" in page
    assert "In 2 cases the history and the genome disagree" in page
    assert "linked, but the genome says another chain" in page
    assert "a linked case has another lineage" in page
    assert "infected by 1" in page


def test_a_judgement_is_signed_and_the_newest_counts(client, sequenced, sign_in, english):
    lead = sign_in("epidemiology_lead")
    client.get("/genomes/LY/LY/2/")
    answer = client.post("/genomes/LY/LY/2/", JUDGEMENT, follow=True)
    assert "The judgement is recorded" in answer.content.decode()
    signed = LinkAssessment.objects.get()
    assert (signed.result, signed.basis, signed.recorded_by) == ("not_linked", "both", lead)
    assert AuditEntry.objects.filter(act="linkassessment.recorded").count() == 1
    again = client.post("/genomes/LY/LY/2/", JUDGEMENT)
    assert "nothing" in again.content.decode().lower()
    assert LinkAssessment.objects.count() == 1
    client.post("/genomes/LY/LY/2/", {**JUDGEMENT, "confidence": "final"})
    assert LinkAssessment.objects.count() == 2


def test_who_may_read_but_not_judge_sees_no_form_and_cannot_send_it(client, sequenced, sign_in, english):
    sign_in("commander")
    assert "Sign the judgement" not in client.get("/genomes/LY/LY/2/").content.decode()
    assert client.post("/genomes/LY/LY/2/", JUDGEMENT).status_code == 403
    assert not LinkAssessment.objects.exists()


def test_a_case_of_another_outbreak_is_judged_against_this_one(client, sequenced, sign_in, english):
    other = Outbreak.objects.create(
        code="ZL", name_zh="另一起", name_en="Another", disease="covid19", rule_pack="covid19-cn-v8",
        area_code="411100", detected_at=at(26, 8),
    )  # fmt: skip
    person = Person.objects.create(number="P99", area_code="411122")
    Case.objects.create(outbreak=other, number=1, external_id="ZL-1", person=person)
    sign_in("epidemiology_lead")
    client.post("/genomes/LY/ZL/1/", {**JUDGEMENT, "basis": "history"})
    signed = LinkAssessment.objects.get()
    assert (signed.case.outbreak.code, signed.outbreak.code) == ("ZL", "LY")


def test_an_unknown_case_is_refused(client, sequenced, sign_in, english):
    sign_in("epidemiology_lead")
    answer = client.get("/genomes/LY/LY/77/")
    assert 400 <= answer.status_code < 500
    assert "no case 77" in answer.content.decode()
