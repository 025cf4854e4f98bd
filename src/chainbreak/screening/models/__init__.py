"""Tables of screening: rounds and rolls, sites, devices, tubes, swabs, shipments, laboratory runs, results."""

from .intake import Device, IntakeBatch, IntakeConflict, SwabEvent
from .laboratory import RetestOrder, Shipment, ShipmentTube, Well
from .round import RollEntry, Round, RoundEvent, RoundState
from .site import SamplingSite, SiteLoad
from .tube import LabRun, Purpose, Result, Swab, Tube, TubeCustody

__all__ = [
    "Device", "IntakeBatch", "IntakeConflict", "LabRun", "Purpose", "Result", "RetestOrder", "RollEntry", "Round",
    "RoundEvent", "RoundState", "SamplingSite", "Shipment", "ShipmentTube", "SiteLoad", "Swab", "SwabEvent", "Tube",
    "TubeCustody", "Well",
]  # fmt: skip
