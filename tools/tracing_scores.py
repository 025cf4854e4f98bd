"""The plots of docs/tracing.md (排查质量图): recall, precision and contacts by threshold and by missing data.

python tools/tracing_scores.py CITY [CITY …]    folders of `chainbreak city`; writes docs/pictures/tracing-*.png
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from chainbreak.engines import tables
from chainbreak.engines.city import score
from chainbreak.engines.windows import MAY, windows_of
from chainbreak.epi import rulepack

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
MINUTES = (1, 5, 15, 30, 60, 240)
MISSING = (0.0, 0.25, 0.5, 0.75, 0.9)


def main() -> int:
    pack = rulepack.load("covid19-cn-v8")
    cities = [_city(Path(name), pack) for name in sys.argv[1:]]
    kinds = set().union(*(set(city.places["kind"].cast("string").unique().to_pylist()) for city in cities))
    own = pack.thresholds(kinds)
    by_minutes = {
        name: [_sum([score.score(city, minutes=m, thresholds=rule) for city in cities]) for m in MINUTES]
        for name, rule in (("home and visits: any overlap", own), ("the same everywhere", {}))
    }
    by_missing = {
        what: [
            _sum([score.score(city, minutes=15, thresholds=own, missing=m, what=what) for city in cities])
            for m in MISSING
        ]
        for what in ("stays", "persons")
    }
    _plot(by_minutes, MINUTES, "least minutes together", "tracing-threshold.png", log=True)
    _plot(by_missing, [100 * m for m in MISSING], "missing, %", "tracing-missing.png", log=False)
    print(json.dumps({"minutes": {k: list(zip(MINUTES, v, strict=True)) for k, v in by_minutes.items()},
                      "missing": {k: list(zip(MISSING, v, strict=True)) for k, v in by_missing.items()}}, indent=1))  # fmt: skip
    return 0


def _city(folder: Path, pack: rulepack.RulePack) -> score.City:
    source = tables.load(folder / "cases.csv", needs=("person_id",), may=MAY)
    windows, _ = windows_of(source, tables.ids(source, "person_id").cast("int64"), pack)
    return score.read(folder, windows)


def _sum(parts: list[score.Score]) -> dict[str, float]:
    true, found = sum(p.true_pairs for p in parts), sum(p.found_pairs for p in parts)
    contacts, infected = sum(p.contacts for p in parts), sum(p.infected_contacts for p in parts)
    return {
        "recall": round(found / true, 3), "precision": round(infected / contacts, 4),
        "contacts_per_case": round(contacts / sum(p.cases for p in parts), 1), "true_pairs": true,
    }  # fmt: skip


def _plot(curves: dict[str, list[dict[str, float]]], xs: object, label: str, name: str, *, log: bool) -> None:
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), constrained_layout=True)
    for axis, what in zip(axes, ("recall", "precision", "contacts_per_case"), strict=True):
        for (legend, points), style in zip(curves.items(), ("o-", "s--"), strict=True):
            axis.plot(xs, [point[what] for point in points], style, label=legend)
        axis.set(xlabel=label, title=what.replace("_", " "))
        axis.grid(alpha=0.3)
        axis.set_ylim(bottom=0)
        if log:
            axis.set_xscale("log")
    axes[0].legend(fontsize=8)
    PICTURES.mkdir(exist_ok=True)
    figure.savefig(PICTURES / name, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    raise SystemExit(main())
