"""Chainbreak: one set of facts for a city's epidemic headquarters and its task forces (疫情防控指挥平台).

Begin with `docs/architecture.md`; each room's `__init__` says what it is for.
"""

__version__ = "0.1.0"
