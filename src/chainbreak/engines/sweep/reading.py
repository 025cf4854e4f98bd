"""Reading ahead (预读): what a question needs of files that are not in memory, asked for in one go."""

from __future__ import annotations

from typing import Any

from chainbreak.engines.sweep.layout import Layout


def ahead_of_persons(layout: Layout, persons: Any) -> None:
    """Where these persons' stays lie."""
