"""The sweep (扫描引擎): contacts out of two layouts of integers, by place in order of arrival and by person.

Begin with `copresence.trace`; `layout` lays stays out, `search` goes degree by degree, `looking` and `pairing` are the
machine code under it.
"""

from __future__ import annotations

import os
from pathlib import Path


def is_ready() -> bool:
    """Whether the machine code is on disk and newer than its source, so that nobody waits for the compiler."""
    folder = Path(__file__).parent
    kept = [folder / "__pycache__"]
    for name, below in (("NUMBA_CACHE_DIR", ""), ("CHAINBREAK_DATA", "compiled")):
        if os.environ.get(name):
            kept += (Path(os.environ[name]) / below).glob("sweep_*")
    for kernel in ("looking.scan", "pairing.pairs_of", "crossing.sweep"):
        written = folder.joinpath(kernel.split(".")[0] + ".py").stat().st_mtime
        found = [path for one in kept for path in one.glob(f"{kernel}-*.nbi")]
        if not any(path.stat().st_mtime >= written for path in found):
            return False
    return True
