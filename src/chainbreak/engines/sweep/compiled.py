"""Functions compiled to machine code (编译): once for a machine, kept on disk, so that nobody waits for it twice."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast


@contextlib.contextmanager
def _without_delay() -> Iterator[None]:
    """Numba makes hundreds of thousands of objects that stay, and asks for SciPy's linear algebra, which nothing here
    needs: without the collector and without that, a process is ready in two thirds of the time."""
    was_on, name = gc.isenabled(), "scipy.linalg"
    hidden = name not in sys.modules
    gc.disable()
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]
        if was_on:
            gc.enable()


with _without_delay():
    import numba
    from numba.core.registry import cpu_target

    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()

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
