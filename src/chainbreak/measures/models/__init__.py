"""Tables of measures: facilities, stays, transfers, arrivals, and what is due."""

from .arrival import Arrival
from .due import DueMeasure, DueTest
from .facility import Bed, Facility, FacilityEvent, FacilityState, Room, SiteDuty
from .stay import Stay, StayKind, StayReason
from .transfer import Transfer, TransferPerson

__all__ = [
    "Arrival", "Bed", "DueMeasure", "DueTest", "Facility", "FacilityEvent", "FacilityState", "Room", "SiteDuty", "Stay",
    "StayKind", "StayReason", "Transfer", "TransferPerson",
]  # fmt: skip
