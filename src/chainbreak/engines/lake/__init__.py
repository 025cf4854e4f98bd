"""The trajectory lake (轨迹湖): a city's stays, taken in batch by batch, and questions to them.

Begin with `Lake.open(path)` or `Lake.create(path)`; `store` is what it does to its files, `lake` what it answers.
"""

from chainbreak.engines.lake.errors import LakeError
from chainbreak.engines.lake.lake import Difference, Lake
from chainbreak.engines.lake.store import Outcome

__all__ = ["Difference", "Lake", "LakeError", "Outcome"]
