"""The small outbreak of the pages, for deeds of investigation too."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("small_outbreak", Path(__file__).parents[1] / "web" / "conftest.py")
_small = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_small)
outbreak = _small.outbreak
sign_in = _small.sign_in
