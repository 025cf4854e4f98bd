"""Whether the probabilities of infectors keep their promise: outbreaks of synthetic cities, drawn for `docs/methods.md`.

python tools/calibration_infectors.py    writes docs/pictures/methods/calibration-infectors.svg and prints the table
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.town import outbreaks  # noqa: E402

from chainbreak.epi.infectors import infer  # noqa: E402
from chainbreak.exchange.charts.chart import Chart  # noqa: E402
from chainbreak.exchange.charts.look import Look  # noqa: E402
from chainbreak.exchange.infectors import read_outbreak  # noqa: E402

OUT = ROOT / "docs" / "pictures" / "methods" / "calibration-infectors.svg"
KNOWN = {
    "dates": {"genomes": False, "contacts": False, "stays": False},
    "dates, genomes": {"genomes": True, "contacts": False, "stays": False},
    "dates, contacts": {"genomes": False, "contacts": True, "stays": False},
    "dates, stays": {"genomes": False, "contacts": False, "stays": True},
    "all": {"genomes": True, "contacts": True, "stays": True},
}
SEED, ITERATIONS = 1, 1000  # of these cities the prior of introductions was chosen; another seed gives others
LEAST = 20  # pairs in a class of probabilities, fewer are not drawn
EDGES = np.array([0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0001])


def promised_and_kept(made: list[outbreaks.Made], **known: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each outbreak every probability that was given, (cases, cases + 1), and whether it was the true infector."""
    found = []
    for one in made:
        outbreak = read_outbreak(**one.files(**known)).outbreak
        answer = infer(outbreak, iterations=ITERATIONS, sensitivity=False)
        index = {case: number for number, case in enumerate([*outbreak.ids, outbreaks.OUTSIDE])}
        column = np.array([index[one.ancestor[case]] for case in outbreak.ids])
        found.append((answer.probability, np.arange(len(outbreak.ids) + 1)[None, :] == column[:, None]))
    return found


def main() -> None:
    lines = {}
    with tempfile.TemporaryDirectory() as folder:
        made = list(outbreaks.several(Path(folder), seed=SEED))
        print(len(made), "outbreaks,", sum(len(one.ancestor) for one in made), "cases")
        for name, known in KNOWN.items():
            each = promised_and_kept(made, **known)
            right = np.concatenate([kept[np.arange(len(given)), given.argmax(axis=1)] for given, kept in each])
            top = np.concatenate([given.max(axis=1) for given, _ in each])
            shares = [kept[np.arange(len(given)), given.argmax(axis=1)].mean() for given, kept in each]
            given = np.concatenate([one.ravel() for one, _ in each])
            kept = np.concatenate([one.ravel() for _, one in each])
            place = np.digitize(given, EDGES) - 1
            full = [place == n for n in range(len(EDGES) - 1) if (place == n).sum() >= LEAST]
            lines[name] = [(float(given[one].mean()), float(kept[one].mean())) for one in full]
            print(
                f"{name}: right {right.mean():.2f} (by outbreak {min(shares):.2f} to {max(shares):.2f}), "
                f"promised {top.mean():.2f};",
                *(f"{x:.2f}:{y:.2f}" for x, y in lines[name]),
                flush=True,
            )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(drawn(lines) + "\n", encoding="utf-8")


def drawn(lines: dict[str, list[tuple[float, float]]]) -> str:
    """The classes of each kind of evidence as SVG: probability given, share that was right."""
    words = {"x_label": "probability given", "y_label": "share that was right"}
    chart = Chart("Infectors: promised and kept", 0.0, 1.0, 0.0, 1.0, look=Look("file"), **words)
    chart.line([0.0, 1.0], [0.0, 1.0], series=5, label="as promised")
    for series, (name, classes) in enumerate(lines.items()):
        promised, share = [x for x, _ in classes], [y for _, y in classes]
        chart.line(promised, share, series=series, label=name)
        chart.dots(promised, share, series=series)
    return chart.svg()


if __name__ == "__main__":
    main()
