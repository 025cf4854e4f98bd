"""The figures of chains: what is counted, and what is named as wrong."""

from __future__ import annotations

from datetime import date

import pytest

from chainbreak.epi.attack_rate import Exposed
from chainbreak.epi.chains import summary
from chainbreak.epi.chains.listed import IMPORTED, LOCAL, Link, Listed
from chainbreak.epi.chains.problems import Bounds


def day(number):
    return date(2022, 3, number)


CASES = [
    Listed("A", 2, onset_date=day(10), isolated_date=day(11), origin=IMPORTED),
    Listed("B", 3, onset_date=day(13), origin=LOCAL),
    Listed("C", 4, onset_date=day(14)),
    Listed("D", 5),
    Listed("E", 6, onset_date=day(30)),
    Listed("F", 7),
]
LINKS = [Link("A", "B", 2, "home"), Link("A", "C", 3, "home"), Link("B", "D", 4, "work"), Link("A", "E", 5, "work")]


def codes(found):
    return {problem.code: problem for problem in found.problems}


def test_the_figures_of_a_small_outbreak():
    found = summary.of(CASES, LINKS)
    assert found.generations == {0: 2, 1: 3, 2: 1}
    assert found.offspring.n == 6
    assert pytest.approx(4 / 6) == found.offspring.R
    assert found.share_causing_80 == pytest.approx(2 / 6)
    assert (found.serial_interval.n, found.serial_interval.mean) == (3, pytest.approx((3 + 4 + 20) / 3))
    assert (found.origins.imported, found.origins.local, found.origins.unknown) == (1, 1, 4)
    assert (found.origins.offspring_of_imported, found.origins.offspring_of_local) == (3, pytest.approx(0.2))
    assert found.links_by_setting == {"home": 2, "work": 2}


def test_superspreading_is_above_the_limit_and_events_are_in_one_setting():
    found = summary.of(CASES, LINKS, above=1).superspreading
    assert found.cases == (("A", 3),)
    assert found.share_of_links == 0.75
    assert found.events == (("A", "home", 2),)
    assert summary.of(CASES, LINKS, above=3).superspreading.cases == ()


def test_an_infection_after_the_infector_was_isolated_is_named():
    found = codes(summary.of(CASES, LINKS, bounds=Bounds(2, 14)))
    assert found["isolated_before_infection"].ids == ("A", "E")
    assert found["isolated_before_infection"].rows == (5,)
    assert "isolated_before_infection" not in codes(summary.of(CASES, LINKS, bounds=Bounds(2, 19)))
    assert found.keys() == {"isolated_before_infection"}


@pytest.mark.parametrize(
    ("onset", "code"), [(10, None), (9, "interval_negative"), (8, "interval_negative"), (7, "interval_impossible")]
)
def test_an_infectee_ill_before_the_infector_could_infect_is_impossible(onset, code):
    cases = [Listed("A", onset_date=day(10)), Listed("B", onset_date=day(onset))]
    found = codes(summary.of(cases, [Link("A", "B", 9)], bounds=Bounds(look_back_days=2)))
    assert set(found) == ({code} if code else set())
    assert code is None or found[code].rows == (9,)


def test_bad_links_are_named_with_their_rows():
    links = [*LINKS, Link("A", "B", 6), Link("F", "F", 7), Link("C", "X", 8), Link("D", "A", 9), Link("C", "B", 10)]
    found = codes(summary.of(CASES, links))
    assert found["repeated_link"].rows == (2, 6)
    assert (found["self_link"].ids, found["self_link"].rows) == (("F",), (7,))
    assert found["dangling_link"].facts["missing"] == ("X",)
    assert found["dangling_link"].rows == (8,)
    assert found["cycle"].ids == ("A", "B", "C", "D")
    assert found["cycle"].rows == (2, 3, 4, 6, 9, 10)
    assert (found["several_infectors"].ids, found["several_infectors"].facts["infectors"]) == (("B",), ("A", "C"))
    assert found["imported_with_infector"].ids == ("A", "D")


def test_dates_of_a_case_in_the_wrong_order_are_named():
    wrong = Listed(
        "A", 2, onset_date=day(10), exposed_from=day(12), exposed_until=day(11), died_date=day(9), reported_date=day(8)
    )
    found = codes(summary.of([wrong], []))
    assert set(found) == {"exposure_reversed", "exposure_after_onset", "death_before_onset", "report_before_onset"}
    assert {code: problem.severity for code, problem in found.items()}["report_before_onset"] == "note"


def test_the_links_own_interval_counts_where_the_line_list_has_none_and_is_compared_where_it_has():
    cases = [Listed("A", onset_date=day(10)), Listed("B", onset_date=day(13)), Listed("C")]
    found = summary.of(cases, [Link("A", "B", 2, interval_days=4), Link("A", "C", 3, interval_days=6)])
    assert (found.serial_interval.n, found.serial_interval.mean) == (2, 4.5)
    assert codes(found)["interval_differs"].rows == (2,)


def test_nothing_at_all_is_no_error():
    found = summary.of([], [])
    assert (found.offspring, found.superspreading, found.share_causing_80) == (None, None, None)
    assert found.serial_interval.n == 0


def test_two_cases_of_one_id_are_misuse():
    with pytest.raises(ValueError, match="'A' twice"):
        summary.of([Listed("A"), Listed("A")], [])


def test_attack_rates_come_with_the_summary():
    found = summary.of(CASES, LINKS, exposures=[Exposed("A", "B", "home", infected=True)])
    assert [(rate.setting, rate.infected) for rate in found.attack_rates] == [(None, 1), ("home", 1)]
