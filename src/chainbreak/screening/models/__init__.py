"""Tables of screening: rounds and rolls, sites, devices, tubes, swabs, shipments, laboratory runs, results."""

from .blind import BlindSample
from .intake import Device, IntakeBatch, IntakeConflict, SwabEvent
from .laboratory import RetestOrder, Shipment, ShipmentTube, Well
from .plan import RollMove, RollState, RoundPlan
from .round import RollEntry, Round, RoundEvent, RoundState
from .site import SamplingSite, SiteLoad
from .tube import LabRun, Purpose, Result, Swab, Tube, TubeCustody

__all__ = [
    "BlindSample", "Device", "IntakeBatch", "IntakeConflict", "LabRun", "Purpose", "Result", "RetestOrder", "RollEntry", "RollMove", "RollState",
    "Round", "RoundEvent", "RoundPlan", "RoundState", "SamplingSite", "Shipment", "ShipmentTube", "SiteLoad", "Swab", "SwabEvent", "Tube",
    "TubeCustody", "Well",
]  # fmt: skip
