"""The nowcast: complete data stay as they are, and what is missing lies where it says."""

import numpy as np
import pytest

from chainbreak.epi.nowcast import nowcast


def outbreak(seed, days=40):
    chance = np.random.default_rng(seed)
    true = chance.poisson(5 * np.exp(0.06 * np.arange(days)))
    events = np.repeat(np.arange(days), true)
    return true, events, np.floor(chance.gamma(2.5, 1.6, len(events))).astype(int)


def test_the_true_numbers_lie_in_the_intervals_as_often_as_they_say():
    inside, ratio = [], []
    for seed in range(60):
        true, events, delays = outbreak(seed)
        found = nowcast(events, delays, 39)
        newest = slice(32, 40)
        inside.append(((found.low <= true) & (true <= found.high))[newest])
        ratio.append(found.draws[:, newest].sum(axis=1).mean() / true[newest].sum())
        assert found.reported[newest].sum() < 0.8 * true[newest].sum()
    assert 0.92 <= np.mean(inside) <= 0.99
    assert np.median(ratio) == pytest.approx(1.0, abs=0.08)


def test_days_old_enough_are_left_alone():
    true, events, delays = outbreak(1)
    found = nowcast(events, delays, 39 + 40)
    assert (found.expected[:40] == true).all() and (found.low[:40] == true).all() and (found.share[:40] == 1).all()


def test_reports_after_the_last_day_do_not_count():
    _true, events, delays = outbreak(2)
    known = events + delays <= 39
    assert (nowcast(events, delays, 39).reported == nowcast(events[known], delays[known], 39).reported).all()


def test_the_share_reported_by_each_delay_is_the_true_one():
    events, delays = (np.concatenate(both) for both in zip(*(outbreak(seed)[1:] for seed in range(30)), strict=True))
    found = nowcast(events, delays, 39)
    assert found.reported_by[3] == pytest.approx((delays <= 3).mean(), abs=0.03)


def test_negative_delays_and_nothing_reported_are_refused():
    with pytest.raises(ValueError, match="from 0 up"):
        nowcast([1], [-1], 5)
    with pytest.raises(ValueError, match="no report"):
        nowcast([4], [3], 5)
