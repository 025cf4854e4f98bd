"""The trajectory lake (轨迹湖): a city's stays, taken in batch by batch, and questions to them.

Begin with `Lake.open(path)` or `Lake.create(path)`; `store`, `taking` and `keeping` are what it does to its files, `lake` what it answers.
The names are loaded when they are used, for the machine code behind them takes a while to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainbreak.engines.lake.errors import LakeError

if TYPE_CHECKING:
    from chainbreak.engines.lake.lake import Difference, Lake
    from chainbreak.engines.lake.taking import Outcome

__all__ = ["Difference", "Lake", "LakeError", "Outcome"]


def __getattr__(name: str) -> Any:
    if name in ("Difference", "Lake"):
        from chainbreak.engines.lake import lake

        return getattr(lake, name)
    if name == "Outcome":
        from chainbreak.engines.lake.taking import Outcome

        return Outcome
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
