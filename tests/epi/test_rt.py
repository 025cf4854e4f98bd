"""R over time: equal to the peer on its own examples, and right where the answer is known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainbreak.epi import rt, serial_interval, uncertain_interval, wallinga_teunis
from chainbreak.epi.delays import fit
from chainbreak.epi.delays.family import FAMILIES
from chainbreak.epi.delays.observe import observations
from chainbreak.epi.uncertain_interval import Spread

PEER = Path(__file__).parents[3] / "shared" / "data" / "rt_flu2009_measles1861"
needs_peer = pytest.mark.skipif(not PEER.is_dir(), reason="the peer's results are not here")


def columns(name):
    with open(PEER / name, newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        key: np.array([float(row[key]) if row[key] else np.nan for row in rows])
        for key in rows[0]
        if not key.startswith("date") and key != "location"
    }


def apart(found, name):
    """The greatest difference from the peer's table; the same windows must have no estimate."""
    theirs = columns(name)
    assert (found.t_start == theirs["t_start"]).all() and (found.t_end == theirs["t_end"]).all()
    mine = np.column_stack([found.mean[0], found.sd[0], found.quantiles[0]])
    other = np.column_stack([values for key, values in theirs.items() if not key.startswith("t_")])
    assert (np.isnan(mine) == np.isnan(other)).all()
    return np.nanmax(np.abs(mine - other)), np.nanmax(np.abs(mine / other - 1), axis=0)


@needs_peer
def test_the_discretised_serial_interval_is_the_peers():
    table = columns("discr_si_values.csv")
    for mean, sd in set(zip(table["mu"], table["sigma"], strict=True)):
        rows = (table["mu"] == mean) & (table["sigma"] == sd)
        found = serial_interval.discretised(mean, sd, int(table["k"][rows].max()) + 1)
        assert np.abs(found[table["k"][rows].astype(int)] - table["w"][rows]).max() < 1e-12


@needs_peer
def test_r_is_the_peers_to_a_millionth_with_a_known_and_with_a_parametric_serial_interval():
    flu, measles = columns("flu2009_incidence.csv")["I"], columns("measles1861_incidence.csv")["I"]
    known = columns("flu2009_si_distr.csv")["probability"]
    assert apart(rt.estimate(flu, None, known, rt.sliding(32, 7)), "flu2009_expected_R_nonparametric_si.csv")[0] < 1e-9
    shape = serial_interval.discretised(2.6, 1.5, 32)
    found = rt.estimate(flu, None, shape, rt.sliding(32, 7))
    assert apart(found, "flu2009_expected_R_parametric_si_2.6_1.5.csv")[0] < 1e-9
    known = columns("measles1861_si_distr.csv")["probability"]
    assert apart(rt.estimate(measles, None, known, rt.sliding(48, 7)), "measles1861_expected_R_weekly.csv")[0] < 1e-9


@needs_peer
def test_imported_cases_infect_but_nobody_here_infected_them():
    local, imported = np.zeros(27), np.zeros(27)
    with open(PEER / "example2_linelist.csv", newline="") as file:
        for row in csv.DictReader(file):
            (local if row["location"] == "local" else imported)[int(row["day"])] += 1
    si = serial_interval.discretised(2.6, 1.5, 27)
    found = rt.estimate(local, imported, si, rt.sliding(27, 7))
    assert apart(found, "example2_expected_R_local_imported.csv")[0] < 1e-9
    assert rt.estimate(local + imported, None, si, rt.sliding(27, 7)).mean[0, 0] > 2 * found.mean[0, 0]


@needs_peer
def test_an_uncertain_serial_interval_gives_the_peers_r_within_its_own_chance():
    means = Spread(2.6, 1.0, 1.0, 4.2)
    sds = Spread(1.5, 0.5, 0.5, 2.5)
    many, drawn = uncertain_interval.of_spreads(means, sds, 500, 32)
    flu = columns("flu2009_incidence.csv")["I"]
    found = rt.estimate_uncertain(flu, None, many, rt.sliding(32, 7), means=drawn)
    relative = apart(found, "flu2009_expected_R_uncertain_si.csv")[1]
    assert relative[0] < 0.03  # the mean
    assert (relative[[1, 3, 4, 5, 6, 7, 8]] < 0.05).all()
    assert relative[2] < 0.07  # the peer's 2.5 % quantile moves by 5.5 % from one random start to another
    known = rt.estimate(flu, None, serial_interval.discretised(2.6, 1.5, 32), rt.sliding(32, 7))
    assert (found.sd > known.sd).mean() > 0.9


def test_imported_cases_stand_apart_under_an_uncertain_interval_and_in_a_nowcast_too():
    chance = np.random.default_rng(4)
    local, imported = chance.poisson(6, 30).astype(float), chance.poisson(3, 30).astype(float)
    si = serial_interval.discretised(3.0, 1.5, 30)
    known = rt.estimate(local, imported, si, rt.sliding(30, 7))
    many = rt.estimate_uncertain(local, imported, np.stack([si, si]), rt.sliding(30, 7))
    drawn = rt.estimate_drawn(np.stack([local, local]), si, rt.sliding(30, 7), imported=imported)
    assert many.mean == pytest.approx(known.mean, nan_ok=True) and many.sd == pytest.approx(known.sd, nan_ok=True)
    assert drawn.mean == pytest.approx(known.mean, nan_ok=True)
    assert known.mean[0, 5] < rt.estimate(local + imported, None, si, rt.sliding(30, 7)).mean[0, 5]


def test_a_window_that_ends_as_the_mean_serial_interval_has_passed_has_no_estimate_and_the_next_has():
    found = rt.estimate(np.full(10, 20.0), None, [0.0, 0.0, 0.0, 1.0], ([2, 3], [3, 4]))
    assert np.isnan(found.mean[0, 0]) and np.isnan(found.quantiles[0, 0]).all() and found.mean[0, 1] > 0


@needs_peer
def test_a_serial_interval_from_observed_pairs_gives_the_peers_r():
    pairs = columns("flu2009_si_data.csv")
    windows = [np.column_stack([pairs[one], pairs[two]]) for one, two in (("EL", "ER"), ("SL", "SR"))]
    best = fit.fit(FAMILIES["gamma"], observations(*windows))
    found = rt.estimate_uncertain(
        columns("flu2009_incidence.csv")["I"], None, uncertain_interval.of_fit(best, 500, 40), rt.sliding(32, 7)
    )
    # EpiEstim 2.2.4, method si_from_data, gamma, 500 serial intervals by its Markov chain (seed 1)
    peer = {0: (2.906, 1.529, 2.787, 4.971), 4: (1.771, 1.172, 1.741, 2.539), 9: (1.780, 1.340, 1.762, 2.322)}
    for window, row in peer.items():
        mine = [found.mean[0, window], *found.quantiles[0, window, [0, 3, 6]]]
        assert mine == pytest.approx(row, rel=0.05)


def test_thousands_of_series_are_each_what_they_are_alone():
    cases = np.random.default_rng(3).poisson(12, (40, 60)).astype(float)
    si = serial_interval.discretised(3.0, 1.2, 60)
    together = rt.estimate(cases, None, si, rt.sliding(60, 7))
    for number in (0, 17, 39):
        alone = rt.estimate(cases[number], None, si, rt.sliding(60, 7))
        assert np.allclose(together.mean[number], alone.mean[0], rtol=1e-12)
        assert np.allclose(together.quantiles[number], alone.quantiles[0], rtol=1e-12)


def test_growth_of_a_known_r_is_found_again():
    si = serial_interval.discretised(4.0, 2.0, 80)
    cases = np.zeros(80)
    cases[0] = 1000.0
    for day in range(1, 80):
        cases[day] = 1.3 * rt.total_infectiousness(cases, si)[day]
    found = rt.estimate(cases, None, si, rt.sliding(80, 7))
    assert np.allclose(found.mean[0, 10:], 1.3, rtol=0.002)


def test_the_prior_alone_speaks_where_nobody_is_infectious():
    cases = np.zeros(30)
    found = rt.estimate(cases, None, serial_interval.discretised(2.6, 1.5, 30), rt.sliding(30, 7))
    assert found.mean[0] == pytest.approx(5.0)
    assert (found.pressure == 0).all() and (found.cases == 0).all()
    other = rt.estimate(
        cases, None, serial_interval.discretised(2.6, 1.5, 30), rt.sliding(30, 7), rt.Prior(mean=2.0, sd=1.0)
    )
    assert other.mean[0] == pytest.approx(2.0) and other.sd[0] == pytest.approx(1.0)


def test_eleven_cases_make_a_window_that_can_be_told():
    assert rt.least_cases(rt.Prior()) == 11


@pytest.mark.parametrize("windows", [([1], [7]), ([2], [31]), ([9], [8])])
def test_windows_outside_the_series_are_refused(windows):
    with pytest.raises(ValueError, match="windows must lie between day 2 and day 30"):
        rt.estimate(np.ones(30), None, [0.0, 1.0], windows)


@pytest.mark.parametrize("wrong", [[0.5, 0.5], [0.0, 0.5], [0.0, 1.5, -0.5], [], [0.0, np.nan, 1.0]])
def test_what_is_no_serial_interval_is_refused(wrong):
    with pytest.raises(ValueError, match="serial"):
        serial_interval.checked(wrong)


@given(st.lists(st.integers(0, 40), min_size=12, max_size=40), st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_quantiles_stand_in_order_and_estimates_lie_among_them(cases, window):
    found = rt.estimate(cases, None, serial_interval.discretised(3.0, 1.5, len(cases)), rt.sliding(len(cases), window))
    shown = np.isfinite(found.mean[0])
    assert (np.diff(found.quantiles[0][shown], axis=1) > 0).all()
    assert (found.mean[0][shown] > found.quantiles[0][shown][:, 2]).all()


@needs_peer
@pytest.mark.parametrize("name", ["flu2009", "measles1861"])
def test_the_cohort_r_has_the_peers_mean_and_an_interval_the_peer_only_simulates(name):
    theirs = columns(f"{name}_expected_WT_weekly.csv")
    found = wallinga_teunis.cohort_r(
        columns(f"{name}_incidence.csv")["I"],
        columns(f"{name}_si_distr.csv")["probability"],
        (theirs["t_start"], theirs["t_end"]),
    )
    assert np.abs(found.mean - theirs["Mean(R)"]).max() < 1e-9
    many = theirs["Mean(R)"] > 0.2
    assert np.abs(found.sd[many] / theirs["Std(R)"][many] - 1).max() < 0.25  # of 100 simulations
    step = 2.5 / found.cases  # infections are counted in whole numbers
    for level, name in ((0, "Quantile.0.025(R)"), (6, "Quantile.0.975(R)")):
        near = np.abs(found.quantiles[:, level] - theirs[name]) <= np.maximum(step, 0.15)
        assert near[many].mean() > 0.9
    assert (np.diff(found.seen[np.isfinite(found.seen)]) <= 1e-12).all()


def test_the_interval_of_a_cohort_is_that_of_many_drawn_ancestries():
    cases = np.array([3.0, 2, 5, 8, 6, 9, 4, 7, 3, 2])
    si = np.array([0.0, 0.3, 0.4, 0.2, 0.1])
    found = wallinga_teunis.cohort_r(cases, si, ([3], [6]))
    chance = np.random.default_rng(2)
    infected = np.zeros(20_000)
    for day in range(10):
        weight = np.array([si[day - j] * cases[j] if 0 < day - j < 5 else 0.0 for j in range(10)])
        if weight.sum():
            infected += chance.binomial(int(cases[day]), weight[2:6].sum() / weight.sum(), len(infected))
    drawn = infected / cases[2:6].sum()
    assert found.mean[0] == pytest.approx(drawn.mean(), abs=0.005)
    assert found.sd[0] == pytest.approx(drawn.std(), rel=0.03)
    assert found.quantiles[0] == pytest.approx(np.quantile(drawn, rt.LEVELS, method="inverted_cdf"), abs=1.01 / 28)


def test_large_cohorts_take_the_short_way_to_the_same_quantiles(monkeypatch):
    cases = np.full(30, 60.0)
    si = serial_interval.discretised(3.0, 1.5, 30)
    monkeypatch.setattr(wallinga_teunis, "EXACT", 1e9)
    exact = wallinga_teunis.cohort_r(cases, si, ([5], [11]))
    monkeypatch.setattr(wallinga_teunis, "EXACT", 10.0)
    short = wallinga_teunis.cohort_r(cases, si, ([5], [11]))
    assert np.abs(exact.quantiles - short.quantiles).max() * 7 * 60 <= 1.001


def test_a_nowcast_of_which_all_is_known_gives_the_plain_r():
    cases = np.random.default_rng(8).poisson(15, 40).astype(float)
    si = serial_interval.discretised(3.0, 1.5, 40)
    drawn = rt.estimate_drawn(np.repeat(cases[None], 5, axis=0), si, rt.sliding(40, 7), n_within=400)
    known = rt.estimate(cases, None, si, rt.sliding(40, 7))
    assert drawn.mean[0] == pytest.approx(known.mean[0], rel=1e-9, nan_ok=True)
    assert np.nanmax(np.abs(drawn.quantiles / known.quantiles - 1)) < 0.01
