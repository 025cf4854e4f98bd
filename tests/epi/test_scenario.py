"""Scenarios: against a peer's answers, closed forms, an implementation by generations, and what must hold of any."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from chainbreak.epi import branching, scenario
from chainbreak.epi.scenario import engine
from chainbreak.epi.scenario.simulate import UNKNOWN, with_more

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "planning_reference"
BARE = {
    "initial_cases": 3,
    "r0": 1.5,
    "k": 0.5,
    "asymptomatic": 1,
    "presymptomatic": 0.3,
    "incubation": {"mean": 4, "sd": 2},
    "days": 400,
    "cap_cases": 400,
}  # nobody is ever found or isolated
CITY = {
    "preset": "omicron",
    "initial_cases": 6,
    "r0": 4,
    "days": 50,
    "controlled": {"from_day": 30, "until_day": 50},
    "cap_cases": 1500,
}


def simulated(of, runs=400, seed=1, **changes):
    return scenario.simulate(scenario.build({**of, **changes}), runs=runs, seed=seed)


def near(share, expected, runs):
    """Whether a share of so many runs is within three standard errors of what is expected."""
    return abs(share - expected) <= 3 * math.sqrt(expected * (1 - expected) / runs) + 1e-12


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the shared data are not here")
def test_control_of_hellewells_model_is_the_peers():
    with (REFERENCE / "ringbp_control_probability.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        of = scenario.preset(
            "hellewell",
            r0=float(row["R0"]),
            traced=float(row["traced"]),
            presymptomatic=float(row["presymptomatic"]),
            delay=row["delay"],
            initial_cases=int(row["initial_cases"]),
            asymptomatic=float(row["asymptomatic"]),
            quarantine=row["quarantine"] == "True",
            days=119,
        )
        found = scenario.simulate(of, runs=600, seed=3).controlled.mean()
        wanted, error = float(row["control_probability"]), float(row["standard_error"])
        assert abs(found - wanted) <= 3 * error + 0.03, (row, found)


def by_generations(runs, seed, n0, r0, k, asymptomatic, before, traced, quarantine, cap):
    """Hellewell's model once more, by generations over all runs at once, as ringbp goes about it; share controlled."""
    rng = np.random.default_rng(seed)
    skew = math.sin(math.pi * (0.5 - before))
    rest = math.sqrt(1 - skew * skew)

    def incubations(n):
        return 6.492272 * rng.weibull(2.322737, n)

    def isolations(n):
        return 4.287786 * rng.weibull(1.651524, n)

    run = np.repeat(np.arange(runs), n0)
    exposed, silent, onset = np.zeros(len(run)), rng.random(len(run)) < asymptomatic, incubations(len(run))
    isolated = np.where(silent, np.inf, onset + isolations(len(run)))
    weeks, total = np.zeros((runs, 60), int), np.full(runs, n0)
    np.add.at(weeks, (run, np.minimum(onset // 7, 59).astype(int)), 1)
    while len(run):
        by = np.repeat(np.arange(len(run)), rng.negative_binomial(k, k / (k + r0), len(run)))
        gap, left = np.full(len(by), -1.0), np.arange(len(by))
        while len(left):
            drawn = 2 * (skew * np.abs(rng.standard_normal(len(left))) + rest * rng.standard_normal(len(left)))
            gap[left] = onset[by[left]] - exposed[by[left]] + drawn
            left = left[gap[left] < 0]
        by, when = by[exposed[by] + gap < isolated[by]], (exposed[by] + gap)[exposed[by] + gap < isolated[by]]
        n = len(by)
        new_silent, new_onset = rng.random(n) < asymptomatic, when + incubations(n)
        own = new_onset + isolations(n)
        told = isolated[by] if quarantine else np.maximum(new_onset, isolated[by])
        named = ~silent[by] & (rng.random(n) < traced)
        new_isolated = np.where(new_silent, np.inf, np.where(named, np.minimum(own, told), own))
        np.add.at(weeks, (run[by], np.minimum(new_onset // 7, 59).astype(int)), 1)
        total += np.bincount(run[by], minlength=runs)
        live = (total < cap)[run[by]] & (when < 130)
        run, exposed, silent = run[by][live], when[live], new_silent[live]
        onset, isolated = new_onset[live], new_isolated[live]
    return ((weeks[:, 12:17] == 0) & (weeks.cumsum(1)[:, 12:17] < cap)).all(1).mean()


@pytest.mark.parametrize(
    ("r0", "traced", "before", "asymptomatic", "quarantine"),
    [(1.5, 0.4, 0.15, 0.0, False), (2.5, 0.6, 0.3, 0.1, True), (3.5, 0.8, 0.01, 0.0, True)],
)
def test_control_is_that_of_an_implementation_by_generations(r0, traced, before, asymptomatic, quarantine):
    theirs = by_generations(1500, 5, 5, r0, 0.16, asymptomatic, before, traced, quarantine, 800)
    of = scenario.preset(
        "hellewell", r0=r0, traced=traced, presymptomatic=before, asymptomatic=asymptomatic, quarantine=quarantine,
        initial_cases=5, days=119, cap_cases=800,
    )  # fmt: skip
    ours = scenario.simulate(of, runs=1500, seed=6).controlled.mean()
    assert abs(ours - theirs) <= 3 * math.sqrt((ours * (1 - ours) + theirs * (1 - theirs)) / 1500)


@pytest.mark.parametrize(("r0", "k"), [(1.5, 0.5), (2.5, 0.16)])
def test_with_nothing_done_extinction_is_the_closed_form(r0, k):
    found = simulated(BARE, 1500, r0=r0, k=k)
    assert near(found.extinct.mean(), branching.extinction_probability(r0, k, 3), 1500)
    assert (found.extinct | found.capped).all()


def test_under_the_threshold_sizes_are_the_closed_form():
    found = simulated(BARE, 4000, r0=0.7)
    sizes = np.arange(3, 12)
    for size, p in zip(sizes, branching.chain_size_probability(sizes, 0.7, 0.5, 3), strict=True):
        assert near((found.n_cases == size).mean(), p, 4000)
    spread = found.n_cases.std() / math.sqrt(4000)
    assert abs(found.n_cases.mean() - branching.mean_chain_size(0.7, 3)) < 4 * spread


def test_the_same_seed_gives_the_same_and_another_does_not():
    one, again, other = (simulated(CITY, 100, seed) for seed in (7, 7, 8))
    assert (one.daily == again.daily).all() and (one.last_community == again.last_community).all()
    assert (one.n_cases != other.n_cases).any()


def test_the_answer_does_not_depend_on_the_number_of_processors():
    of = scenario.build(CITY)
    one, four = (scenario.simulate(of, runs=90, seed=1, threads=threads) for threads in (1, 4))
    assert (one.daily == four.daily).all()


def test_a_run_does_not_depend_on_how_many_there_are():
    few, many = simulated(BARE, 30), simulated(BARE, 90)
    assert (few.daily == many.daily[:30]).all()


def test_a_limit_that_is_not_reached_changes_nothing():
    free = simulated(CITY, 200)
    limited = simulated(CITY, 200, limits={"rooms": 400})
    untouched = np.isinf(limited.breaks[:, 0]) & (free.of("rooms").max(axis=1) <= 400)
    assert 20 < untouched.sum() < 200
    assert (free.daily[untouched] == limited.daily[untouched]).all()
    assert np.isinf(free.breaks).all()


@pytest.mark.parametrize(
    ("limit", "few", "waits"),
    [
        ("rooms", 30, {}),
        ("transfers_per_day", 10, {}),
        ("interviews_per_day", 0.5, {}),
        ("tubes_per_day", 9_000, {"rounds": {"count": 8, "first_day": 1, "people": 1_000_000}}),
    ],
)
def test_a_limit_that_bites_costs_control_and_more_of_it_gives_some_back(limit, few, waits):
    free = simulated(CITY, 400, **waits)
    tight = simulated(CITY, 400, limits={limit: few}, more={limit: 20 * few}, **waits)
    place = engine.LIMITS.index(limit)
    assert np.isfinite(tight.breaks[:, place]).mean() > 0.3
    assert tight.controlled.mean() < free.controlled.mean() - 0.03
    wider = scenario.simulate(with_more(tight.scenario, f"limits.{limit}"), runs=400, seed=1)
    assert wider.controlled.mean() > tight.controlled.mean()


def test_without_a_single_room_everybody_waits_from_the_first_on():
    none = simulated(CITY, 100, limits={"rooms": 0})
    home = simulated(CITY, 100, limits={"rooms": 0}, waiting_transmission=0)
    assert np.isfinite(none.breaks[:, 0]).mean() > 0.9
    assert home.n_cases.sum() < none.n_cases.sum(), "staying at home while waiting helps, if it is kept"


def test_tests_that_find_everybody_at_once_end_an_outbreak():
    rounds = {"count": 20, "first_day": 3, "people": 100_000, "sampling_days": 0.01}
    sure = {"sensitivity": {"days": [0, 3650], "values": [1, 1]}, "result_days": 0}
    found = simulated(CITY, 200, rounds=rounds, r0=9, latent=1.5, **sure)
    assert (found.last_infection < 5).mean() > 0.99
    missed = simulated(CITY, 200, rounds={**rounds, "coverage": 0.5, "count": 1}, r0=9, latent=1.5, **sure)
    assert (missed.last_infection < 5).mean() < 0.5


def test_a_slow_laboratory_makes_rounds_late():
    rounds = {"count": 6, "first_day": 1, "people": 1_000_000}
    fast = simulated(CITY, 300, rounds=rounds, limits={"tubes_per_day": 1e9})
    slow = simulated(CITY, 300, rounds=rounds, limits={"tubes_per_day": 20_000})
    assert np.isinf(fast.breaks[:, 2]).all() and (slow.breaks[:, 2] == 1).all()
    assert slow.n_cases[~slow.capped].sum() + slow.capped.sum() * 1500 > fast.n_cases.sum()
    swabs = fast.of("tests")[~fast.capped, :8].sum(axis=1)
    assert (swabs >= 6_000_000).all()


@pytest.mark.parametrize(("name", "low", "high"), [("traced", 0.2, 0.9), ("traced2", 0.0, 0.9)])
def test_more_tracing_is_more_control(name, low, high):
    less, more = (simulated(CITY, 400, **{name: share}).controlled.mean() for share in (low, high))
    assert more > less + 0.02


def test_rooms_are_given_back_after_the_stay():
    found = simulated({**CITY, "r0": 0.4, "days": 120, "controlled": {"from_day": 80, "until_day": 120}}, 200)
    over = found.extinct & (found.last_infection < 60)
    rooms = found.of("rooms")[over]
    assert over.sum() > 100 and rooms.max() > 0 and (rooms >= 0).all() and (rooms[:, -1] == 0).all()


def test_no_infection_comes_from_one_in_isolation_unless_it_leaks():
    shut = {**BARE, "asymptomatic": 0, "isolation_delay": 0, "presymptomatic": 0, "r0": 5}
    assert (simulated(shut, 100).n_cases == 3).all()
    assert simulated(shut, 100, leak=0.5).n_cases.mean() > 10


def test_bands_are_open_once_too_many_runs_reached_the_cap():
    said = scenario.answer(scenario.build({**BARE, "r0": 3, "cap_cases": 100}), runs=200, seed=1)
    assert "capped" in said["notes"] and said["infections"]["q95"][-1] is None and said["infections"]["q05"][-1] == 0
    held = said["bands_hold_until_day"]
    assert said["infections"]["q95"][held] is not None and said["p_extinct"] + said["p_capped"] == pytest.approx(1)


def test_the_answer_holds_what_the_contract_names_and_is_in_order():
    said = scenario.answer(scenario.build({**CITY, "limits": {"rooms": 40}}), runs=150, seed=2)
    for name in ("cases", "rooms", "tests", "interviews", "transfers"):
        for day in said["days"]:
            values = [said[name][key][day] for key in ("q05", "q25", "median", "q75", "q95")]
            known = [math.inf if value is None else value for value in values]
            assert known == sorted(known)
    assert 0 <= said["p_controlled"] <= 1 and said["p_extinct"] <= 1
    by_day = said["community_zero"]["p_by_day"]
    assert by_day == sorted(by_day) and said["community_zero"]["p"] == by_day[14]
    (more,) = said["one_more"]
    assert more["limit"] == "rooms" and more["more"] == 4
    assert said["first_to_break"]["limit"] == "rooms"
    assert all(line["source"] for line in said["assumptions"] if line["name"] in ("incubation", "k", "sensitivity"))


def test_runs_after_the_cap_say_nothing():
    found = simulated({**BARE, "r0": 3, "cap_cases": 100}, 100)
    for run in np.flatnonzero(found.capped):
        assert (found.daily[run, :, int(found.last_infection[run]) :] == UNKNOWN).all()


def test_uncertainty_of_a_parameter_is_carried_through():
    spread = simulated({**BARE, "r0": {"mean": 1.5, "low": 0.8, "high": 2.2}}, 2000)
    drawn = spread.values[:, engine.PLACE["r0"]]
    assert drawn.mean() == pytest.approx(1.5, abs=0.03) and drawn.std() == pytest.approx(0.357, abs=0.02)
    expected = np.mean([branching.extinction_probability(float(r), 0.5, 3) for r in drawn])
    assert near(spread.extinct.mean(), expected, 2000)
    assert abs(expected - branching.extinction_probability(1.5, 0.5, 3)) > 0.02
