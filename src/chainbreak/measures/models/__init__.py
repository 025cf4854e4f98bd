"""Tables of measures: facilities, stays, transfers, arrivals, and what is due."""

from .arrival import Arrival
from .due import DueMeasure, DueTest
from .facility import Bed, Facility, FacilityEvent, FacilityState, Room, SiteDuty
from .follow_up import FollowUp, Outcome, SymptomReport
from .stay import Stay, StayKind, StayReason
from .transfer import Transfer, TransferPerson

__all__ = [
    "Arrival", "Bed", "DueMeasure", "DueTest", "Facility", "FacilityEvent", "FacilityState", "FollowUp", "Outcome", "Room",
    "SiteDuty", "Stay", "StayKind", "StayReason", "SymptomReport", "Transfer", "TransferPerson",
]  # fmt: skip
