"""What changes the figures of the reference outbreak, and what does not (F5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chainbreak.command.models import Bulletin
from chainbreak.command.selectors import bulletin as bulletins
from chainbreak.command.selectors import gap
from chainbreak.command.selectors.reconciliation import reconcile
from chainbreak.command.services import bulletin, figure
from chainbreak.governance.models import User
from chainbreak.governance.services import facts
from chainbreak.investigation.models import (
    Case,
    CaseClassification,
    CaseReport,
    ContactPair,
    Determination,
    Exposure,
    LetterEvent,
    LetterPerson,
    Outbreak,
)
from chainbreak.measures.models import Stay
from chainbreak.registry.models import Person
from chainbreak.screening.models import LabRun, Result, Swab, Tube

from .conftest import AS_OF, ZONE

pytestmark = pytest.mark.slow


def at(text: str) -> datetime:
    day, clock = text.split()
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(2022, 3, int(day), tzinfo=ZONE) + timedelta(hours=hour, minutes=minute)


NEXT, NOW = at("29 24:00"), at("30 09:00")


def values(outbreak: Outbreak, as_of: datetime = AS_OF, as_known: datetime | None = None) -> dict:
    return figure.values(figure.figures(outbreak, as_of=as_of, as_known=as_known, at=NOW))


def test_the_table_of_states_adds_up_and_explains_the_isolation(reference):
    table = reconcile(figure.context(reference, as_of=AS_OF, as_known=None, at=NOW))
    assert table.states == {
        "referred_out": (11, 38), "converted_to_case": (9, 0), "in_facility": (790, 2760), "at_home": (20, 15),
        "home_monitoring": (0, 500), "awaiting_transfer": (0, 183), "released": (0, 2310),
    }  # fmt: skip
    assert table.holds
    assert (table.contacts, table.isolated) == (6636, 3926)


def test_forty_wait_for_a_transfer_beyond_the_limit(reference):
    counts = {one.code: one for one in gap.counts(figure.context(reference, as_of=AS_OF, as_known=None, at=NOW))}
    assert (counts["awaiting_transfer"].n, counts["awaiting_transfer"].late) == (183, 40)
    assert counts["tests_missing"].n > 0
    assert counts["letters_unanswered"].n > 0


def test_1_a_late_positive_changes_no_published_bulletin_and_is_shown_by_the_next_number(reference):
    first = Bulletin.objects.get(outbreak=reference, state="published")
    before = {fact.key: (fact.value, fact.zh) for fact in bulletins.facts(first)}

    late = Case.objects.create(
        outbreak=reference,
        number=13,
        external_id="LY-13",
        person=Person.objects.create(number="PX13", area_code="411122"),
    )
    CaseReport.objects.create(
        case=late, recorded_at=at("29 03:00"), reported_at=at("28 22:00"), first_positive_at=at("28 15:00"),
        isolated_at=at("28 10:00"), under_control_when_sampled=True, origin="local", reported_in="411122",
        discovery_route="facility",
    )  # fmt: skip
    CaseClassification.objects.create(
        case=late, classification="asymptomatic", valid_from=at("28 22:00"), recorded_at=at("29 03:00")
    )
    assert {fact.key: (fact.value, fact.zh) for fact in bulletins.facts(first)} == before
    assert values(reference, as_known=AS_OF)["case.asymptomatic.new.LY"] == 1

    second = bulletin.correct(first.pk, actor=User.objects.get(username="spokesperson"), at=NOW)
    changed = {fact.key: (fact.previous["value"], fact.value) for fact in bulletins.changed(bulletins.facts(second))}
    assert (second.number, second.as_of) == (2, first.as_of)
    assert changed["case.asymptomatic.new.LY"] == (1, 2)
    assert changed["case.asymptomatic.cum.city"] == (8, 9)


def test_2_case_4_becomes_confirmed(reference):
    case = Case.objects.get(outbreak=reference, number=4)
    CaseClassification.objects.create(
        case=case, classification="confirmed", valid_from=at("29 09:00"), recorded_at=at("29 10:00")
    )
    found = values(reference, NEXT)
    assert (found["case.confirmed.cum.city"], found["case.asymptomatic.cum.city"]) == (6, 7)
    assert values(reference)["case.confirmed.cum.city"] == 5


def test_3_one_more_exposure_changes_nothing_and_a_promotion_moves_one(reference):
    before = values(reference)
    first = figure.context(reference, as_of=AS_OF, as_known=None, at=NOW).derivation
    listed = first.contacts.filter(degree=1, converted=False, source_case__number=1).first()
    other = Case.objects.get(outbreak=reference, number=5)
    pair = ContactPair.objects.filter(derivation=first, source_case=other).first()
    meeting = {"started_at": pair.first_exposure_at, "ended_at": pair.first_exposure_at + timedelta(minutes=30)}
    Exposure.objects.create(
        outbreak=reference,
        source=other.person,
        person=listed.person,
        setting="shared_meal_or_fun",
        recorded_at=NOW,
        **meeting,
    )
    counted = [key for key in before if key.startswith(("case.", "contact.", "stay."))]
    after = values(reference)
    assert {key: after[key] for key in counted} == {key: before[key] for key in counted}

    second = first.__class__.objects.get(outbreak=reference, as_known=None).contacts.filter(degree=2).first()
    Determination.objects.create(
        outbreak=reference, person=second.person, decision="confirmed", degree=1, source=other.person,
        last_exposure_at=second.last_exposure_at, basis="met case 5", valid_from=at("28 18:00"), recorded_at=NOW,
    )  # fmt: skip
    found = values(reference)
    assert (found["contact.d1.cum.LY"], found["contact.d2.cum.LY"]) == (831, 5805)


def test_4_a_returned_letter_covers_nobody_and_its_person_is_to_be_found_again(reference):
    degree_one = set(
        figure.context(reference, as_of=AS_OF, as_known=None, at=NOW)
        .derivation.contacts.filter(degree=1)
        .values_list("person_id", flat=True)
    )
    covered = {}
    for row in LetterPerson.objects.filter(superseded_at=None).order_by("pk"):
        covered.setdefault(row.letter_id, []).append(row.person_id)
    letter, (one,) = next((letter, who) for letter, who in covered.items() if len(who) == 1 and who[0] in degree_one)
    LetterEvent.objects.create(letter_id=letter, state="returned", at=at("28 20:00"), recorded_at=at("28 20:05"))
    found = values(reference)
    assert (found["contact.letter.d1"], found["contact.letter.d2"]) == (10, 38)
    context = figure.context(reference, as_of=AS_OF, as_known=None, at=NOW)
    number = Person.objects.get(pk=one).number
    assert number in {item.subject for item in gap.page(context, gap.kind_of("not_located"))}


def test_5_stock_is_the_stock_before_plus_admissions_minus_exits(reference):
    stays = Stay.objects.filter(superseded_at=None, kind="facility_quarantine")
    for day in (26, 27, 28):
        begins, ends = at(f"{day} 00:00"), at(f"{day} 24:00")
        moved_in = stays.filter(admitted_at__gte=begins, admitted_at__lt=ends).count()
        moved_out = stays.filter(ended_at__gte=begins, ended_at__lt=ends).count()
        before = values(reference, begins)["stay.facility.now"]
        assert values(reference, ends)["stay.facility.now"] == before + moved_in - moved_out
    assert stays.filter(ended_at=AS_OF).exists()
    assert stays.filter(admitted_at=AS_OF).exists()


def test_6_one_inconclusive_tube_holds_its_ten_people_until_their_own_tests(reference):
    tube = Tube.objects.filter(round__series="CITY").order_by("barcode").first()
    result = Result.objects.get(tube=tube, superseded_at=None)
    members = list(Swab.objects.filter(tube=tube, superseded_at=None).select_related("person"))
    facts.correct(result, at=NOW, actor=None, reason="curve not clear", outcome="inconclusive")

    held = {one.key: one for one in figure.figures(reference, as_of=AS_OF, at=NOW)}["round.city.positive"]
    assert (held.value, held.reason, held.facts["held"]) == (None, "not_printable", len(members))
    assert len(members) == 10

    run = LabRun.objects.first()
    for number, member in enumerate(members):
        own = Tube.objects.create(barcode=f"OWN{number}", area_code=tube.area_code, pool_limit=1)
        Swab.objects.create(
            person=member.person, tube=own, position=1, purpose="retest", sampled_at=at("28 10:00"), recorded_at=NOW
        )
        Result.objects.create(
            tube=own, run=run, outcome="negative", stage="verified", reported_at=at("28 18:00"), recorded_at=NOW
        )
    assert values(reference)["round.city.positive"] == 0


def test_8_contacts_of_the_other_outbreak_are_in_the_facilities_and_in_no_other_figure(reference):
    other = Outbreak.objects.get(code="ZL")
    table = reconcile(figure.context(reference, as_of=AS_OF, as_known=None, at=NOW))
    elsewhere = sum(n for place, code, _, n in table.isolation if (place, code) == ("facility", other.code))
    assert elsewhere == 85
    numbers = set(Person.objects.filter(stays__outbreak_code=other.code).values_list("number", flat=True))
    mine = figure.context(reference, as_of=AS_OF, as_known=None, at=NOW).derivation.contacts
    assert not numbers & set(mine.values_list("person__number", flat=True))
