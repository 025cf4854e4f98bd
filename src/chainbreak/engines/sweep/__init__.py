"""The sweep (扫描引擎): contacts out of two layouts of integers, by place in order of arrival and by person.

Begin with `copresence.trace`; `layout` lays stays out, `search` goes degree by degree, `looking` and `pairing` are the
machine code under it.
"""

from __future__ import annotations

import os
from pathlib import Path


def is_ready() -> bool:
    """Whether the machine code is on disk and newer than its source, so that nobody waits for the compiler."""
    source = Path(__file__).with_name("pairing.py")
    folders = [source.parent / "__pycache__"]
    for name, below in (("NUMBA_CACHE_DIR", ""), ("CHAINBREAK_DATA", "compiled")):
        if os.environ.get(name):
            folders += (Path(os.environ[name]) / below).glob("sweep_*")
    kept = [path for folder in folders for path in folder.glob("pairing.pairs_of-*.nbi")]
    return any(path.stat().st_mtime >= source.stat().st_mtime for path in kept)
