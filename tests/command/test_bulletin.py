"""The course of a bulletin: who may do what, when figures freeze, what a correction shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from chainbreak.command.models import Bulletin, BulletinFact
from chainbreak.command.selectors import bulletin as bulletins
from chainbreak.command.services import bulletin
from chainbreak.governance.models import AuditEntry
from chainbreak.governance.refusal import Refused

from .conftest import AS_OF, NOW, instant

pytestmark = pytest.mark.django_db

REVIEWED = {
    "case.confirmed.cum.city", "case.asymptomatic.cum.city", "case.asymptomatic.local.LY",
    "case.asymptomatic.imported_domestic", "case.asymptomatic.new.LY", "case.new.relation", "contact.d1.cum.LY",
    "contact.d2.cum.LY", "contact.letter.d1", "contact.letter.d2", "stay.facility.now", "stay.home.now",
    "round.city.sampled",
}  # fmt: skip


@pytest.fixture
def people(account):
    return {
        "lead": account("epidemiology_lead"), "spokesperson": account("spokesperson"), "commander": account("commander"),
        "sampler": account("sampler"),
    }  # fmt: skip


@pytest.fixture
def computed(small_outbreak, people):
    return bulletin.compute("LY", as_of=AS_OF, actor=people["lead"], at=instant("28 23:00") + timedelta(hours=1))


@pytest.fixture
def published(computed, people):
    bulletin.check(computed.pk, actor=people["spokesperson"], at=NOW, reviewed=REVIEWED)
    bulletin.approve(computed.pk, actor=people["commander"], at=NOW)
    return bulletin.publish(computed.pk, actor=people["commander"], at=NOW)


def values(found: Bulletin) -> dict:
    return {fact.key: fact.value for fact in bulletins.facts(found)}


def refused(code: str):
    return pytest.raises(Refused, match=f"^{code}$")


def test_a_bulletin_is_checked_by_another_person_than_the_one_who_computed_it(computed, people):
    with refused("checked_by_another"):
        bulletin.check(computed.pk, actor=people["lead"], at=NOW, reviewed=REVIEWED)
    assert bulletin.check(computed.pk, actor=people["spokesperson"], at=NOW, reviewed=REVIEWED).state == "checked"


def test_who_may_not_is_refused_and_nothing_happens(small_outbreak, computed, people):
    for deed in (bulletin.check, bulletin.approve, bulletin.publish):
        with refused("not_permitted"):
            deed(computed.pk, actor=people["sampler"], at=NOW)
    with refused("not_permitted"):
        bulletin.compute("LY", as_of=AS_OF, actor=people["sampler"], at=NOW)
    computed.refresh_from_db()
    assert computed.state == "computed"


def test_small_cells_and_relations_are_published_after_a_review_only(computed, people):
    with pytest.raises(Refused) as no:
        bulletin.check(computed.pk, actor=people["spokesperson"], at=NOW, reviewed=REVIEWED - {"case.new.relation"})
    assert (no.value.code, no.value.facts["keys"]) == ("small_cells_not_reviewed", "case.new.relation")
    assert bulletin.check(computed.pk, actor=people["spokesperson"], at=NOW, reviewed=REVIEWED).reviewed == sorted(
        REVIEWED
    )


def test_a_bulletin_whose_states_do_not_add_up_is_not_checked(computed, people):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM investigation_disposition WHERE contact_id IN (SELECT c.id FROM investigation_contact c "
            "JOIN registry_person p ON p.id = c.person_id WHERE p.number = 'A3')"
        )
    with pytest.raises(Refused) as no:
        bulletin.check(computed.pk, actor=people["spokesperson"], at=NOW, reviewed=REVIEWED)
    assert (no.value.code, no.value.facts["detail"]) == ("figures_do_not_add_up", "d1: 3 ≠ 4")


def test_a_bulletin_computed_before_facts_that_were_known_by_then_came_in_is_computed_again(
    small_outbreak, computed, people
):
    small_outbreak.letter("L2", "A2")  # recorded at 20:00, taken in after the bulletin was computed
    with refused("facts_changed"):
        bulletin.check(computed.pk, actor=people["spokesperson"], at=NOW, reviewed=REVIEWED)
    again = bulletin.compute("LY", as_of=AS_OF, actor=people["lead"], at=NOW)
    assert (again.pk, again.number) == (computed.pk, 1)
    assert values(again)["contact.letter.d1"] == 2
    assert bulletin.check(again.pk, actor=people["spokesperson"], at=NOW, reviewed=REVIEWED).state == "checked"


def test_steps_are_taken_in_order(computed, people):
    for deed in (bulletin.approve, bulletin.publish):
        with refused("bulletin_move"):
            deed(computed.pk, actor=people["commander"], at=NOW)
    with refused("bulletin_move"):
        bulletin.correct(computed.pk, actor=people["lead"], at=NOW)


def test_late_knowledge_does_not_change_a_published_bulletin_and_shows_as_a_numbered_correction(
    small_outbreak, published, people
):
    before = values(published)
    small_outbreak.case("C9", "28 15:00", ("asymptomatic", "28 16:00"), known=instant("29 10:00"))

    assert values(Bulletin.objects.get(pk=published.pk)) == before
    second = bulletin.correct(published.pk, actor=people["lead"], at=instant("29 11:00"))
    changed = {fact.key: (fact.previous["value"], fact.value) for fact in bulletins.changed(bulletins.facts(second))}

    assert (second.number, second.corrects_id, second.as_of) == (2, published.pk, published.as_of)
    assert changed["case.asymptomatic.new.LY"] == (1, 2)
    assert changed["case.asymptomatic.cum.city"] == (3, 4)
    assert "facility.open" not in changed
    assert Bulletin.objects.get(pk=published.pk).state == "published"

    reviewed = REVIEWED | set(values(second))
    bulletin.check(second.pk, actor=people["spokesperson"], at=instant("29 11:00"), reviewed=reviewed)
    bulletin.approve(second.pk, actor=people["commander"], at=instant("29 11:00"))
    bulletin.publish(second.pk, actor=people["commander"], at=instant("29 11:00"))
    assert Bulletin.objects.get(pk=published.pk).state == "superseded"
    assert values(Bulletin.objects.get(pk=published.pk)) == before
    words = bulletins.printed(second, bulletins.facts(second), "zh")
    assert any("原为：无症状感染者3例；现为：无症状感染者4例" in line for line in words.corrections)


def test_a_bulletin_without_change_is_not_corrected(published, people):
    with refused("nothing_to_correct"):
        bulletin.correct(published.pk, actor=people["lead"], at=NOW)
    assert Bulletin.objects.count() == 1


def test_an_instant_has_one_published_bulletin(published, people):
    with refused("bulletin_exists"):
        bulletin.compute("LY", as_of=AS_OF, actor=people["lead"], at=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE command_bulletinfact SET value = '9'",
        "DELETE FROM command_bulletinfact",
        "UPDATE command_bulletin SET as_of = now()",
        "UPDATE command_bulletin SET state = 'computed'",
        "DELETE FROM command_bulletin",
        "INSERT INTO command_bulletinfact (bulletin_id, position, key, unit, scope, zh, en, query, reason) "
        "SELECT id, 99, 'more', '', '', '', '', '', '' FROM command_bulletin",
    ],
)
def test_the_database_itself_keeps_a_published_bulletin_as_it_is(published, statement):
    before = values(published)
    with pytest.raises(DatabaseError, match="bulletin"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert values(Bulletin.objects.get(pk=published.pk)) == before


def test_every_step_is_on_record(published):
    acts = list(
        AuditEntry.objects.filter(subject__startswith="bulletin:LY").order_by("pk").values_list("act", flat=True)
    )
    assert acts == ["bulletin.computed", "bulletin.checked", "bulletin.approved", "bulletin.published"]


def test_the_print_reads_as_sentences_in_both_languages(published):
    found = bulletins.facts(published)
    zh, en = bulletins.printed(published, found, "zh"), bulletins.printed(published, found, "en")
    assert zh.as_of == "截至2022年3月28日24时"
    assert en.as_of == "As of 28 March 2022 24:00"
    assert zh.paragraphs[0].startswith(
        "全市累计报告确诊病例1例，无症状感染者3例，其中临颍县本轮疫情2例，省外输入1例（召陵区报告）"
    )
    assert zh.paragraphs[0].endswith("。")
    assert en.paragraphs[0].startswith("1 confirmed case in the city to date; 3 asymptomatic infections; 2 of them")
    assert len(zh.paragraphs) == len(en.paragraphs)


def test_a_figure_that_may_not_be_printed_is_kept_with_its_reason_and_left_out_of_the_print(small_outbreak, people):
    from chainbreak.screening.models import Round

    small_outbreak.tube("T-9", Round.objects.get(series="CITY"), "P9", sampled="27 11:00")
    made = bulletin.compute("LY", as_of=AS_OF, actor=people["lead"], at=NOW)
    fact = BulletinFact.objects.get(bulletin=made, key="round.city.positive")
    assert (fact.value, fact.reason) == (None, "not_printable")
    assert not any("阴性" in line for line in bulletins.printed(made, bulletins.facts(made), "zh").paragraphs)
