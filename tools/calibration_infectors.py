"""Whether the probabilities of infectors keep their promise: simulated outbreaks, drawn for `docs/methods.md`.

python tools/calibration_infectors.py    writes docs/pictures/methods/calibration-infectors.svg and prints the table
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chainbreak.epi.infectors import infer, simulated
from chainbreak.exchange.charts.chart import Chart
from chainbreak.exchange.charts.look import Look

OUT = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "methods" / "calibration-infectors.svg"
KNOWN = {
    "dates, genomes": {"contacts": False, "stays": False},
    "dates, genomes, contacts": {"contacts": True, "stays": False},
    "dates, genomes, contacts, stays": {"contacts": True, "stays": True},
}
CASES, OUTBREAKS, SEED = 50, 8, 700
LEAST = 20  # pairs in a class of probabilities, fewer are not drawn
EDGES = np.array([0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0001])


def promised_and_kept(**known: bool) -> tuple[np.ndarray, np.ndarray]:
    """Every probability that was given to a pair, and whether it was the true infector."""
    given, kept = [], []
    for seed in range(SEED, SEED + OUTBREAKS):
        one = simulated.outbreak(CASES, seed, **known)
        answer = infer(one.outbreak, iterations=1000, sensitivity=False)
        column = np.where(one.infector < 0, CASES, one.infector)
        truth = np.arange(CASES + 1)[None, :] == column[:, None]
        given.append(answer.probability.ravel())
        kept.append(truth.ravel())
    return np.concatenate(given), np.concatenate(kept)


def main() -> None:
    words = {"x_label": "probability given", "y_label": "share that was right"}
    chart = Chart("Infectors: promised and kept", 0.0, 1.0, 0.0, 1.0, look=Look("file"), **words)
    chart.line([0.0, 1.0], [0.0, 1.0], series=5, label="as promised")
    for series, (name, known) in enumerate(KNOWN.items()):
        given, kept = promised_and_kept(**known)
        place = np.digitize(given, EDGES) - 1
        full = [place == n for n in range(len(EDGES) - 1) if (place == n).sum() >= LEAST]
        promised, share = [given[one].mean() for one in full], [kept[one].mean() for one in full]
        print(name, *(f"{x:.2f}:{y:.2f}" for x, y in zip(promised, share, strict=True)))
        chart.line(promised, share, series=series, label=name)
        chart.dots(promised, share, series=series)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(chart.svg() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
