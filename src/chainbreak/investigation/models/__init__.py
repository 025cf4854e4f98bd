"""Tables of investigation: outbreaks, cases, chains, trajectories, contacts, letters."""

from .case import (
    Case,
    CaseClassification,
    CaseRelation,
    CaseReport,
    Classification,
    DiscoveryRoute,
    LinkAssessment,
    Origin,
    Sequence,
)
from .chain import TransmissionLink
from .contact import (
    Contact,
    ContactEvent,
    ContactPair,
    Decision,
    Derivation,
    Determination,
    Disposition,
    DispositionState,
)
from .genome import Genome
from .infectors import InfectorRun
from .interview import Interview, InterviewEntry
from .letter import Letter, LetterEvent, LetterPerson
from .outbreak import Outbreak
from .trajectory import Evidence, Exposure, TrajectorySegment

__all__ = [
    "Case", "CaseClassification", "CaseRelation", "CaseReport", "Classification", "Contact", "ContactEvent", "ContactPair",
    "Decision", "Derivation", "Determination", "DiscoveryRoute", "Disposition", "DispositionState", "Evidence", "Exposure",
    "Genome", "InfectorRun", "Interview", "InterviewEntry",
    "Letter", "LetterEvent", "LetterPerson", "LinkAssessment", "Origin", "Outbreak", "Sequence", "TrajectorySegment",
    "TransmissionLink",
]  # fmt: skip
