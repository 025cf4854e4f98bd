"""Every row of the expected bulletin comes out of the files of the reference outbreak (F4)."""

from datetime import timedelta

import pytest

from chainbreak.command.services import figure

from .conftest import AS_OF, NOW

EXPECTED = {
    "case.confirmed.cum.city": 5,
    "case.asymptomatic.cum.city": 8,
    "case.asymptomatic.local.LY": 7,
    "case.asymptomatic.imported_domestic": 1,
    "case.asymptomatic.new.LY": 1,
    "case.new.relation": "daughter of case 8",
    "case.confirmed.new.LY": 0,
    "contact.d1.cum.LY": 830,
    "contact.d2.cum.LY": 5806,
    "contact.letter.d1": 11,
    "contact.letter.d2": 38,
    "facility.open": 15,
    "stay.facility.now": 3891,
    "stay.home.now": 35,
    "round.LY.latest": "4, complete",
    "round.city.sampled": 1_878_212,
    "round.city.positive": 0,
    "site.yellow.added": 39,
    "sequence.lineage": "Omicron",
    "link.ZL-1": "not linked, preliminary",
    "trajectory.ZL-1": "mostly clear",
    "risk.community": "lower",
    "risk.spillover": "lower",
    "goal.clock": "day 5 of 14",
    "series.press": 3,
}


@pytest.mark.parametrize("as_known", [None, AS_OF], ids=["as known now", "as known then"])
def test_the_bulletin_of_28_march_is_right_to_the_digit(reference, as_known):
    figures = {f.key: f for f in figure.figures(reference, as_of=AS_OF, as_known=as_known, at=NOW)}
    assert {key: figures[key].value for key in EXPECTED} == EXPECTED
    assert figures["round.city.sample_hours"].value <= 6
    assert figures["round.city.test_hours"].value <= 16
    assert figures["contact.d2.cum.LY"].zh == "次密切接触者5806人"
    assert figures["contact.d2.cum.LY"].en == "5,806 contacts of contacts"


def test_figures_grow_from_day_to_day(reference):
    days = [AS_OF - timedelta(days=back) for back in (4, 3, 2, 1, 0)]
    for key in ("case.confirmed.cum.city", "contact.d1.cum.LY", "contact.d2.cum.LY"):
        values = [{f.key: f.value for f in figure.figures(reference, as_of=day, at=NOW)}[key] for day in days]
        assert values == sorted(values)
        assert values[0] < values[-1]
