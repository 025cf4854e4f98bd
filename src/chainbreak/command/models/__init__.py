"""Tables of command: bulletins and their figures, assessments, press conferences, funds."""

from .assessment import Assessment, PressConference
from .bulletin import Bulletin, BulletinFact, BulletinState, FigureValue
from .fund import Expenditure, Fund, FundPurpose

__all__ = [
    "Assessment", "Bulletin", "BulletinFact", "BulletinState", "Expenditure", "FigureValue", "Fund", "FundPurpose",
    "PressConference",
]  # fmt: skip
