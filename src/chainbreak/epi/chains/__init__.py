"""Chains of transmission (传播链): who hangs together with whom, in which generation, and what that says.

Begin at `forest_of` (the graph), `summary.of` (all figures of a line list with links) and `layout` (a drawing).
"""

from .forest import Forest, Id, forest_of
from .layout import layout

__all__ = ["Forest", "Id", "forest_of", "layout"]
