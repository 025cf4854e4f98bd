"""Tables of screening: rounds and rolls, sites, tubes, swabs, laboratory runs, results."""

from .round import RollEntry, Round, RoundEvent, RoundState
from .site import SamplingSite
from .tube import LabRun, Purpose, Result, Swab, Tube, TubeCustody

__all__ = [
    "LabRun", "Purpose", "Result", "RollEntry", "Round", "RoundEvent", "RoundState", "SamplingSite", "Swab", "Tube",
    "TubeCustody",
]  # fmt: skip
