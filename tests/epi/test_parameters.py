"""Parameters: each with a source, an interval round its value, and a distribution that has the mean it says."""

import tomllib
from importlib.resources import files

import numpy as np
import pytest

from chainbreak.epi import parameters
from chainbreak.epi.parameters import Distribution


def _all():
    return [parameters.named(name) for name in parameters.names() if "sensitivity" not in name and "ladder" not in name]


def test_every_parameter_says_where_it_comes_from_and_its_interval_holds_its_value():
    for found in _all():
        assert found.source and found.population and found.unit and found.edition, found.name
        if found.low is not None:
            assert found.low < found.value < found.high, found.name


def test_every_distribution_has_the_mean_and_sd_it_says():
    for found in _all():
        if found.shape is not None:
            assert found.shape.mean == pytest.approx(found.value, abs=2e-3), found.name
            assert found.shape.sd == pytest.approx(found.sd, abs=2e-3), found.name


def test_a_spread_taken_from_another_article_says_so():
    assert "PMC9946695" in parameters.named("omicron.incubation").sd_from


def test_hellewells_incubation_has_a_mean_of_5_8_days():
    assert parameters.named("covid19.incubation").distribution().mean == pytest.approx(5.8, abs=0.05)


@pytest.mark.parametrize("kind", ["gamma", "lognormal", "weibull", "normal"])
def test_a_distribution_by_mean_and_sd_has_them(kind):
    found = Distribution.by_mean_sd(kind, 5.0, 2.0)
    assert (found.mean, found.sd) == (pytest.approx(5.0), pytest.approx(2.0))
    draws = found.sample(200_000, np.random.default_rng(1))
    assert draws.mean() == pytest.approx(5.0, abs=0.02) and draws.std() == pytest.approx(2.0, abs=0.02)
    assert found.cdf(found.quantile(0.3)) == pytest.approx(0.3)
    assert found.by_day(40).sum() == pytest.approx(1.0)


def test_measured_values_are_drawn_as_measured():
    found = Distribution.of_values([1, 1, 2, 6])
    assert (found.mean, found.cdf(1.5)) == (2.5, 0.5)
    assert set(found.sample(100, np.random.default_rng(1))) == {1.0, 2.0, 6.0}


@pytest.mark.parametrize(
    "wrong", [("gamma", -1.0, 1.0), ("weibull", 1.0, 0.0), ("lognormal", 1.0, 0.0), ("beta", 1, 1)]
)
def test_an_impossible_distribution_is_refused(wrong):
    with pytest.raises(ValueError):
        Distribution(*wrong)


def test_a_misspelt_name_gives_the_nearest():
    with pytest.raises(ValueError, match=r"omicron\.incubation"):
        parameters.named("omicron.incubatoin")


def test_sensitivity_of_a_swab_by_days_since_infection_is_as_published():
    found = parameters.curve("covid19.test_sensitivity")
    assert list(found.at([0, 4, 10, 40])) == [0.0, 0.77, 0.5, 0.0]


def test_the_published_entries_are_complete():
    assert len(parameters.published()) == 133
    assert len(parameters.published("covid-19", "Incubation Period")) == 15
    gammas = [entry for entry in parameters.published() if entry.shape == "gamma" and entry.parameters]
    assert gammas and all(entry.distribution().mean > 0 for entry in gammas)


def test_the_data_file_has_no_key_that_nobody_reads():
    document = tomllib.loads((files("chainbreak.epi.parameters") / "defaults.toml").read_text("utf-8"))
    assert document.pop("edition") and set(document) == set(parameters.names())
