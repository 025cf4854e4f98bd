"""Whether the chains agree (收敛诊断): R-hat and effective sample size."""

from __future__ import annotations

import numpy as np

from chainbreak.epi.infectors.arrays import Floats


def r_hat(draws: Floats) -> float:
    """Split R-hat of one quantity; near 1 when the chains, and their halves, say the same.

    Args:
        draws: shape (chains, draws).

    Source: Gelman et al., Bayesian Data Analysis, 3rd edition, 11.4.
    """
    half = draws.shape[1] // 2
    if half < 2:
        return float("nan")
    parts = np.concatenate([draws[:, :half], draws[:, -half:]])
    within = parts.var(axis=1, ddof=1).mean()
    between = half * parts.mean(axis=1).var(ddof=1)
    if within <= 0:
        return 1.0 if between <= 0 else float("inf")
    return float(np.sqrt((half - 1) / half + between / within / half))


def effective_size(draws: Floats) -> float:
    """How many independent draws the chains are worth, by Geyer's initial positive sequence.

    Source: Gelman et al., Bayesian Data Analysis, 3rd edition, 11.5; Geyer, Stat Sci 1992;7:473-483.
    """
    chains, n = draws.shape
    if n < 4:
        return float(chains * n)
    centred = draws - draws.mean(axis=1, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    covariance = np.fft.irfft(power, size, axis=1)[:, :n].mean(axis=0) / n
    within = covariance[0] * n / (n - 1)
    spread = within * (n - 1) / n + (draws.mean(axis=1).var(ddof=1) if chains > 1 else 0.0)
    if spread <= 0:
        return float(chains * n)
    rho = 1 - (within - covariance) / spread
    total = 0.0
    for lag in range(1, n - 1, 2):
        pair = rho[lag] + rho[lag + 1]
        if pair < 0:
            break
        total += pair
    return float(chains * n / (1 + 2 * total))
