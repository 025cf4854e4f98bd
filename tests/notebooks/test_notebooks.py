"""The example notebooks run from the first cell to the last, and print what they promise."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
SAYS = {
    "r_and_delays": ["135 cases", "serial interval: n=", "2020-01-2"],
    "what_next": ["caused 80 % of the links", "best pool", "under control in"],
}


def test_every_notebook_is_run_here():
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(SAYS)


@pytest.mark.parametrize("name", sorted(SAYS))
def test_it_runs(name):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    told, names = io.StringIO(), {"__name__": "__main__"}
    with contextlib.redirect_stdout(told):
        for cell in cells:
            if cell["cell_type"] == "code":
                assert not cell["outputs"], "outputs are left out, so that no data of people gets into the repository"
                exec(compile("".join(cell["source"]), cell["id"], "exec"), names)  # noqa: S102 our own cells
    for words in SAYS[name]:
        assert words in told.getvalue(), told.getvalue()
