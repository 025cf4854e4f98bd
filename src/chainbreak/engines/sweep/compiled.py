"""Functions compiled to machine code (编译): once for a machine, kept on disk, so that nobody waits for it twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

config: Any = numba.config
F = TypeVar("F", bound=Callable[..., object])

if not config.CACHE_DIR and os.environ.get("CHAINBREAK_DATA") and not os.access(Path(__file__).parent, os.W_OK):
    config.CACHE_DIR = str(Path(os.environ["CHAINBREAK_DATA"]) / "compiled")  # else beside the source


def compiled(function: F) -> F:
    """The function as machine code, which lets other threads run meanwhile."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # nowhere to keep it: then it is compiled by every process that needs it
        return cast(F, numba.njit(nogil=True)(function))
