"""Tables of governance: accounts, teams, facts and their corrections, audit, imports, deletions."""

from .audit import AuditEntry
from .deletion import DeletionRun
from .extract import Extract
from .fact import Change, Correction, Fact, FactQuerySet
from .importrun import ImportProblem, ImportRun, ImportState, SavedMapping
from .savedview import SavedView
from .team import Grant, Role, TaskForce, Team
from .user import User

__all__ = [
    "AuditEntry", "Change", "Correction", "DeletionRun", "Extract", "Fact", "FactQuerySet", "Grant", "ImportProblem", "ImportRun",
    "ImportState", "Role", "SavedMapping", "SavedView", "TaskForce", "Team", "User",
]  # fmt: skip
