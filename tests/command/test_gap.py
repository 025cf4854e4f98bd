"""Gap lists and the reconciliation R-1 on the small city."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chainbreak.command.selectors import gap
from chainbreak.command.selectors.reconciliation import Reconciliation, reconcile
from chainbreak.command.services import figure
from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import ContactEvent, TransmissionLink
from chainbreak.measures.services import derive

from .conftest import AS_OF, KNOWN, NOW, instant

pytestmark = pytest.mark.django_db


def asked(city, as_of=AS_OF):
    return figure.context(city.outbreak, as_of=as_of, as_known=None, at=NOW)


def listed(city, code, as_of=AS_OF, **which):
    return {item.subject: item for item in gap.page(asked(city, as_of), gap.kind_of(code), **which)}


def event(city, name, kind, at):
    ContactEvent.objects.create(
        outbreak=city.outbreak, person=city.person(name), kind=kind, at=instant(at), recorded_at=KNOWN
    )


def test_the_states_add_up_to_the_cumulative_figures(small_outbreak):
    table = reconcile(asked(small_outbreak))
    assert table.holds
    assert table.sums == table.cumulative == (4, 2)
    assert table.states["referred_out"] == (1, 1)
    assert table.states["converted_to_case"] == (1, 0)
    assert table.isolated == 2
    assert Reconciliation.from_json(table.as_json()) == table


def test_a_contact_without_a_state_shows_as_a_mismatch(small_outbreak):
    table = reconcile(asked(small_outbreak))
    broken = Reconciliation({**table.states, "referred_out": (0, 1)}, table.cumulative, table.isolation)
    assert not broken.holds
    assert broken.mismatch() == "d1: 3 ≠ 4"


def test_a_contact_is_not_located_until_somebody_found_them(small_outbreak):
    before = listed(small_outbreak, "not_located")
    assert "B1" in before
    event(small_outbreak, "B1", "located", "28 12:00")
    assert set(before) - set(listed(small_outbreak, "not_located")) == {"B1"}
    assert "B1" in listed(small_outbreak, "not_located", instant("28 12:00"))


def test_waiting_for_a_transfer_is_late_after_the_hours_of_the_pack(small_outbreak):
    for name, at in (("B1", "28 11:59"), ("A2", "25 07:00")):
        event(small_outbreak, name, "located", at)
        event(small_outbreak, name, "notified", at)
    found = listed(small_outbreak, "awaiting_transfer")
    assert found["B1"].late is True
    assert found["B1"].age == timedelta(hours=12, minutes=1)
    assert listed(small_outbreak, "awaiting_transfer", instant("28 23:59"))["B1"].late is False
    count = {one.code: one for one in gap.counts(asked(small_outbreak))}["awaiting_transfer"]
    assert (count.n, count.late) == (1, 1)


def test_a_case_without_an_accepted_infector_is_unlinked(small_outbreak):
    assert set(listed(small_outbreak, "unlinked_cases")) == {"1", "2", "3"}
    TransmissionLink.objects.create(
        outbreak=small_outbreak.outbreak, infector=small_outbreak.cases["C1"], infectee=small_outbreak.cases["C2"],
        state="accepted", recorded_at=KNOWN,
    )  # fmt: skip
    assert set(listed(small_outbreak, "unlinked_cases")) == {"1", "3"}


def test_a_tube_without_a_result_after_a_day_is_overdue(small_outbreak):
    small_outbreak.tube("LATE", None, "P9", sampled="27 10:00", limit=1, purpose="quarantine")
    small_outbreak.tube("FRESH", None, "P8", sampled="28 10:00", limit=1, purpose="quarantine")
    assert set(listed(small_outbreak, "results_overdue")) == {"LATE"}


def test_a_letter_without_answer_is_late_after_its_hours(small_outbreak):
    found = listed(small_outbreak, "letters_unanswered")
    assert (found["L1"].detail, found["L1"].late) == (2, True)
    assert listed(small_outbreak, "letters_unanswered", instant("27 12:00"))["L1"].late is False


def test_somebody_due_in_quarantine_and_in_none_is_a_gap(small_outbreak):
    found = listed(small_outbreak, "quarantine_missing")
    assert "B1" in found
    assert not {"A1", "A2", "A3"} & set(found)  # in a facility, at home, referred out


def test_a_missed_test_is_listed_and_one_that_was_taken_is_not(small_outbreak):
    def missing() -> dict:
        items = gap.page(asked(small_outbreak), gap.kind_of("tests_missing"), size=500)
        return {item.detail: item for item in items if item.subject == "A1"}

    before = missing()
    taken, item = min(before.items())
    day = timezone.localtime(item.since).day
    small_outbreak.tube(
        "Q1", None, "A1", sampled=f"{day} 10:00", resulted=f"{day} 20:00", limit=1, purpose="quarantine"
    )
    derive.refresh(at=NOW)
    assert set(missing()) == set(before) - {taken}


def test_every_gap_is_counted_as_many_times_as_it_is_listed_and_the_weakest_comes_first(small_outbreak):
    counts = gap.counts(asked(small_outbreak))
    assert {one.code for one in counts} == set(gap.KINDS)
    for one in counts:
        items = gap.page(asked(small_outbreak), gap.kind_of(one.code), size=500)
        assert (one.n, one.late) == (len(items), sum(item.late for item in items)), one.code
    assert [one.late for one in counts] == sorted((one.late for one in counts), reverse=True)


def test_pages_go_on_where_the_last_one_ended(small_outbreak):
    first = gap.page(asked(small_outbreak), gap.kind_of("unlinked_cases"), size=2)
    assert len(first) == 3
    rest = gap.page(asked(small_outbreak), gap.kind_of("unlinked_cases"), size=2, after=first[1].pk)
    assert [item.subject for item in first[:2] + rest] == ["1", "2", "3"]


def test_an_unknown_gap_is_refused(db):
    with pytest.raises(Refused) as refused:
        gap.kind_of("everything")
    assert refused.value.code == "unknown_gap"
