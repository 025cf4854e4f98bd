"""The arrays of a reconstruction (数组): what stands in them and in which unit is said where they are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Strings = npt.NDArray[Any]
