"""Tables of measures: facilities, stays, transfers, arrivals, what is due, and appeals against it."""

from .appeal import Appeal, AppealStep
from .arrival import Arrival
from .due import DueMeasure, DueTest
from .facility import Bed, Facility, FacilityEvent, FacilityState, Room, SiteDuty
from .follow_up import FollowUp, Outcome, SymptomReport
from .stay import Stay, StayKind, StayReason
from .transfer import Transfer, TransferPerson

__all__ = [
    "Appeal", "AppealStep", "Arrival", "Bed", "DueMeasure", "DueTest", "Facility", "FacilityEvent", "FacilityState",
    "FollowUp", "Outcome", "Room", "SiteDuty", "Stay", "StayKind", "StayReason", "SymptomReport", "Transfer", "TransferPerson",
]  # fmt: skip
