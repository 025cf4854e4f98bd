"""How often the intervals of R, of delays and of the nowcast hold the truth: simulated outbreaks, drawn for `docs/methods.md`.

python tools/calibration_rt.py       writes docs/pictures/methods/calibration-rt.svg and prints the shares
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chainbreak.epi import rt, serial_interval
from chainbreak.epi.delays import family, fit
from chainbreak.epi.delays.observe import observations
from chainbreak.epi.nowcast import nowcast
from chainbreak.exchange.charts.chart import Chart
from chainbreak.exchange.charts.look import Look

OUT = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "methods" / "calibration-rt.svg"
LEVELS = (0.5, 0.9, 0.95)
PAIRS = ((2, 4), (1, 5), (0, 6))  # places of q25 and q75, q05 and q95, q025 and q975
N = 200


def r_held(chance: np.random.Generator) -> np.ndarray:
    """Renewal outbreaks whose R falls from 2 to 0.7: share of windows whose interval holds the mean R of the window."""
    days, si = 60, serial_interval.discretised(3.0, 1.5, 60)
    true = np.where(np.arange(days) < 30, 1.6, 0.7)
    held = []
    for _turn in range(N):
        cases = np.zeros(days)
        cases[:5] = chance.poisson(6, 5)
        for day in range(5, days):
            cases[day] = chance.poisson(true[day] * rt.total_infectiousness(cases[: day + 1], si)[day])
        found = rt.estimate(cases, None, si, rt.sliding(days, 7))
        inside = (found.t_start > 8) & ((found.t_end <= 30) | (found.t_start > 31)) & (found.cases[0] >= 11)
        truth = true[found.t_end - 1]
        held.append([[(found.quantiles[0, :, low] < truth)[inside].mean(), (found.quantiles[0, :, high] > truth)[inside].mean()]
                     for low, high in PAIRS])  # fmt: skip
    return np.array(held).mean(axis=0).sum(axis=1) - 1


def delays_held(chance: np.random.Generator) -> np.ndarray:
    """Sixty delays to the day, right-truncated: share of the intervals of the mean that hold it."""
    held = np.zeros(3)
    for turn in range(N):
        first = chance.uniform(0, 30, 120)
        second = first + chance.gamma(4.0, 1.5, 120)
        seen = second < 25
        windows = [np.column_stack([np.floor(t[seen]), np.floor(t[seen]) + 1]) for t in (first, second)]
        one = fit.fit(family.GAMMA, observations(*windows, horizon=25.0), seed=turn, n_draws=2_000)
        means = one.family.moments(*one.family.natural(one.draws))[0]
        for place, level in enumerate(LEVELS):
            low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2))
            held[place] += low < 6.0 < high
    return held / N


def nowcast_held(chance: np.random.Generator) -> np.ndarray:
    """A growing outbreak reported late: share of the intervals of the newest eight days that hold the true number."""
    held = np.zeros(3)
    for turn in range(N):
        true = chance.poisson(5 * np.exp(0.06 * np.arange(40)))
        events = np.repeat(np.arange(40), true)
        delays = np.floor(chance.gamma(2.5, 1.6, len(events))).astype(int)
        found = nowcast(events, delays, 39, seed=turn)
        for place, level in enumerate(LEVELS):
            low, high = np.quantile(found.draws[:, 32:], ((1 - level) / 2, (1 + level) / 2), axis=0)
            held[place] += ((low <= true[32:]) & (true[32:] <= high)).mean()
    return held / N


def main() -> None:
    chance = np.random.default_rng(20220324)
    chart = Chart(
        "Intervals that hold the truth", 0.4, 1.0, 0.4, 1.0, x_label="said", y_label="held", look=Look("file")
    )
    chart.line([0.4, 1.0], [0.4, 1.0], series=5, label="as said")
    for series, (name, deed) in enumerate(
        (("R by window", r_held), ("mean delay", delays_held), ("nowcast by day", nowcast_held))
    ):
        held = deed(chance)
        print(name, dict(zip(LEVELS, held.round(3).tolist(), strict=True)))
        chart.line(list(LEVELS), held.tolist(), series=series, label=name)
        chart.dots(list(LEVELS), held.tolist(), series=series)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(chart.svg() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
