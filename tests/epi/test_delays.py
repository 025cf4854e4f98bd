"""Delays: known ones are found again under windows, truncation and censoring."""

import numpy as np
import pytest
from scipy import integrate, stats

from chainbreak.epi.delays import family, fit
from chainbreak.epi.delays.observe import log_likelihood, observations

FROZEN = {
    "gamma": lambda one, two: stats.gamma(one, scale=two),
    "lognormal": lambda one, two: stats.lognorm(two, scale=np.exp(one)),
    "weibull": lambda one, two: stats.weibull_min(one, scale=two),
    "normal": lambda one, two: stats.norm(one, two),
}


@pytest.mark.parametrize("name", FROZEN)
@pytest.mark.parametrize("mean, sd", [(5.0, 2.0), (8.0, 7.0), (3.0, 0.6)])
def test_the_likelihood_is_the_double_integral_over_both_windows(name, mean, sd):
    kind = family.FAMILIES[name]
    theta = np.array(kind.start(mean, sd))
    frozen = FROZEN[name](*(float(part) for part in kind.natural(theta)))
    for first, second in [((0, 1), (3, 4)), ((0, 6), (5, 6)), ((0, 1), (0, 1)), ((0, 2), (14, 15))]:

        def inside(p, second=second):
            return frozen.cdf(second[1] - p) - frozen.cdf(second[0] - p)

        width = first[1] - first[0]
        true = integrate.quad(inside, *first, points=[second[0], second[1]], limit=200)[0] / width
        found = np.exp(log_likelihood(kind, theta, observations([first], [second])))
        assert found == pytest.approx(true, rel=1e-6, abs=1e-13)
    never = np.exp(log_likelihood(kind, theta, observations([(0, 1)], [(4, np.inf)])))
    assert never == pytest.approx(integrate.quad(lambda p: frozen.sf(4 - p), 0, 1)[0], rel=1e-9)
    cut = np.exp(log_likelihood(kind, theta, observations([(0, 1)], [(3, 4)], horizon=6)))
    among = integrate.quad(lambda p: frozen.cdf(6 - p), 0, 1)[0]
    whole = np.exp(log_likelihood(kind, theta, observations([(0, 1)], [(3, 4)])))
    assert cut == pytest.approx(whole / among, rel=1e-9)
    wide = np.exp(log_likelihood(kind, theta, observations([(0, 2)], [(3, 4)], horizon=6)))
    among = integrate.quad(lambda p: frozen.cdf(6 - p), 0, 2)[0] / 2
    whole = integrate.quad(lambda p: frozen.cdf(4 - p) - frozen.cdf(3 - p), 0, 2)[0] / 2
    assert wide == pytest.approx(whole / among, rel=1e-6)


@pytest.mark.parametrize("name", FROZEN)
def test_mean_sd_and_quantiles_are_those_of_the_family(name):
    kind = family.FAMILIES[name]
    theta = np.array(kind.start(6.0, 3.0))
    one, two = (float(part) for part in kind.natural(theta))
    frozen = FROZEN[name](one, two)
    mean, sd = kind.moments(one, two)
    assert (mean, sd) == (pytest.approx(frozen.mean()), pytest.approx(frozen.std()))
    assert mean == pytest.approx(6.0, rel=0.03) and sd == pytest.approx(3.0, rel=0.05)
    assert kind.quantile(theta, 0.95) == pytest.approx(frozen.ppf(0.95))


def simulated(n=1500, seed=5, end=25.0):
    chance = np.random.default_rng(seed)
    first = chance.uniform(0, 30, n)
    second = first + chance.gamma(4.0, 1.5, n)
    return first[first < end], second[first < end]


def days(times):
    return np.column_stack([np.floor(times), np.floor(times) + 1])


def test_short_delays_seen_first_do_not_deceive_when_the_last_day_is_known():
    first, second = simulated()
    seen = second < 25
    blind = fit.fit(family.GAMMA, observations(days(first[seen]), days(second[seen])))
    aware = fit.fit(family.GAMMA, observations(days(first[seen]), days(second[seen]), horizon=25.0))
    assert blind.mean.high < 6.0 < aware.mean.high and aware.mean.low < 6.0
    assert aware.mean.value == pytest.approx(6.0, abs=0.5)


def test_those_still_waiting_count_for_as_long_as_they_have_waited():
    first, second = simulated()
    ends = np.where((second < 25)[:, None], days(second), [25.0, np.inf])
    found = fit.fit(family.GAMMA, observations(days(first), ends))
    assert found.mean.low < 6.0 < found.mean.high


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = 0
    for seed in range(40):
        first, second = simulated(n=60, seed=seed, end=99)
        found = fit.fit(family.GAMMA, observations(days(first), days(second))).mean
        held += found.low < 6.0 < found.high
    assert 34 <= held <= 40


def test_the_family_that_made_the_delays_is_chosen_when_there_are_many():
    chance = np.random.default_rng(1)
    first = chance.uniform(0, 50, 3000)
    for name, drawn in (("weibull", 8 * chance.weibull(3.5, 3000)), ("lognormal", chance.lognormal(1.6, 0.6, 3000))):
        assert fit.compare(observations(days(first), days(first + drawn)))[0].family.name == name


def test_a_window_of_exposure_is_narrowed_by_the_onset():
    one = observations([(0, 20)], [(5, 6)])
    two = observations([(0, 6)], [(5, 6)])
    theta = np.array(family.GAMMA.start(4.0, 2.0))
    ratio = np.exp(log_likelihood(family.GAMMA, theta, one) - log_likelihood(family.GAMMA, theta, two))
    assert ratio == pytest.approx(6 / 20, rel=1e-6)


def test_negative_delays_need_the_normal_distribution():
    seen = observations([(0, 1)] * 4, [(-3, -2), (2, 3), (4, 5), (5, 6)])
    with pytest.raises(ValueError, match="positive delays only; 1 are negative"):
        fit.compare(seen)
    assert fit.compare(seen, ["normal"])[0].mean.value == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    "first, second, horizon",
    [([(1, 0)], [(2, 3)], None), ([(0, 1)], [(3, 2)], None), ([(0, 1)], [], None), ([(0, 1)], [(5, 6)], 4.0)],
)
def test_windows_that_cannot_be_are_refused(first, second, horizon):
    with pytest.raises(ValueError):
        observations(first, second, horizon=horizon)
