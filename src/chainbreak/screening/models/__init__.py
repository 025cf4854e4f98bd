"""Tables of screening: rounds and rolls, sites, devices, tubes, swabs, shipments, laboratory runs, results."""

from .blind import BlindSample
from .doorstep import DoorOutcome, DoorTask, DoorVisit
from .intake import Device, IntakeBatch, IntakeConflict, SwabEvent
from .laboratory import RetestOrder, Shipment, ShipmentTube, Well
from .plan import RollMove, RollState, RoundPlan
from .round import RollEntry, Round, RoundEvent, RoundState
from .round_count import RoundCount
from .site import SamplingSite, SiteLoad
from .table_move import TableMove
from .tube import LabRun, Purpose, Result, Swab, Tube, TubeCustody

__all__ = [
    "BlindSample", "Device", "DoorOutcome", "DoorTask", "DoorVisit", "IntakeBatch", "IntakeConflict", "LabRun", "Purpose", "Result", "RetestOrder", "RollEntry", "RollMove", "RollState",
    "Round", "RoundCount", "RoundEvent", "RoundPlan", "RoundState", "SamplingSite", "Shipment", "ShipmentTube", "SiteLoad", "Swab", "SwabEvent", "TableMove", "Tube",
    "TubeCustody", "Well",
]  # fmt: skip
