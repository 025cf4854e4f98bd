"""A question is no decision: who waits for a determination (待判定) keeps what the rule asks of him meanwhile."""

from datetime import timedelta

import pytest

from chainbreak.governance.services import facts
from chainbreak.investigation.models import Determination
from chainbreak.investigation.selectors import contact as contacts
from chainbreak.measures.models import DueMeasure

from .conftest import NOW, instant

MEALS = """
    person | place        | arrived  | left
    C1     | restaurant-1 | 23 12:00 | 23 13:00   # the case
    P2     | restaurant-1 | 23 12:30 | 23 13:30   # a close contact
    P2     | household-2  | 23 20:00 | 24 07:00
    P4     | household-2  | 23 06:00 | 24 07:00   # lives with P2: a contact of a contact
"""


@pytest.fixture
def eating(town):
    town.case("C1", sampled="24 08:00", reported="24 20:00", isolated="24 12:00")
    town.stays(MEALS)
    return town


def ask(town, person, *, decision="pending", degree=1):
    return Determination.objects.create(
        outbreak=town.outbreak, person=town.person(person), decision=decision, degree=degree, basis="out of the lake",
        source=town.person("C1"), valid_from=instant("25 08:00"), recorded_at=NOW,
    )  # fmt: skip


def measures(town, person):
    found = DueMeasure.objects.filter(derivation=town.snapshot(), person__number=person)
    return set(found.values_list("measure", flat=True))


def waiting(town):
    return {row.person.number for row in contacts.pending(town.snapshot(), instant("29 00:00"))}


def test_a_contact_of_a_contact_who_may_be_closer_keeps_the_measures_and_is_asked_about(eating):
    before = measures(eating, "P4")
    assert before and waiting(eating) == set()
    asked = ask(eating, "P4")
    assert eating.contacts()["P4"] == (2, "identified")
    assert measures(eating, "P4") == before
    assert waiting(eating) == {"P4"}, "the question stays open"
    facts.correct(asked, at=NOW + timedelta(hours=1), actor=None, reason="sat at one table", decision="confirmed")
    assert eating.contacts()["P4"][0] == 1
    assert waiting(eating) == set()


def test_a_question_takes_nobody_out_whom_the_rule_confirms_but_a_decision_put_back_does(eating):
    asked = ask(eating, "P2")
    assert eating.contacts()["P2"] == (1, "identified")
    assert measures(eating, "P4"), "and whom he met stays"
    again = facts.correct(asked, at=NOW + timedelta(hours=1), actor=None, reason="masks", decision="not_contact")
    assert "P2" not in eating.contacts()
    facts.correct(again, at=NOW + timedelta(hours=2), actor=None, reason="another witness", decision="pending")
    assert "P2" not in eating.contacts()
    assert waiting(eating) == {"P2"}


def test_who_is_found_by_nobody_else_waits(eating):
    ask(eating, "P9")
    assert "P9" not in eating.contacts()
    assert waiting(eating) == {"P9"}
    assert measures(eating, "P9") == set()
