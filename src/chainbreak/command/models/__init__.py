"""Tables of command: bulletins and their figures, assessments, press conferences, funds, scenarios."""

from .assessment import Assessment, PressConference
from .bulletin import Bulletin, BulletinFact, BulletinState, FigureValue
from .fund import Expenditure, Fund, FundPurpose
from .scenario import ScenarioRun

__all__ = [
    "Assessment", "Bulletin", "BulletinFact", "BulletinState", "Expenditure", "FigureValue", "Fund", "FundPurpose",
    "PressConference", "ScenarioRun",
]  # fmt: skip
