"""Contacts (密接、次密接): determination, disposition, degree, and who is looked for first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chainbreak.epi.case import InfectiousWindow
from chainbreak.epi.rule import Setting
from chainbreak.epi.rulepack import RulePack
from chainbreak.epi.transitions import moves

FIRST_DETERMINATION = frozenset({"pending", "confirmed"})
DETERMINATION_MOVES = moves(pending="confirmed not_contact")

FIRST_DISPOSITION = frozenset({"identified"})
_END = " converted_to_case deceased"
DISPOSITION_MOVES = moves(
    identified="located lost referred_out" + _END,
    located="notified" + _END,
    notified="awaiting_transfer at_home home_monitoring" + _END,
    awaiting_transfer="in_facility" + _END,
    in_facility="at_home home_monitoring released" + _END,
    at_home="in_facility home_monitoring released" + _END,
    home_monitoring="released awaiting_transfer" + _END,
    referred_out="identified closed_elsewhere" + _END,
    lost="located" + _END,
)
CLOSED_DISPOSITIONS = frozenset({"released", "closed_elsewhere", "converted_to_case", "deceased"})
UNDER_CONTROL = frozenset({"in_facility", "at_home"})


def may_change_degree(before: int, after: int) -> bool:
    """Whether a contact may change degree: 2 to 1 when the source became a case, never back.

    >>> may_change_degree(2, 1), may_change_degree(1, 2)
    (True, False)
    """
    return (before, after) == (2, 1)


def highest_degree(degrees: Iterable[int]) -> int | None:
    """The degree a person counts at: the closest one ever held (1 before 2); None without any."""
    return min(degrees, default=None)


def is_exposure_inside(from_at: datetime, until: datetime, window: InfectiousWindow) -> bool:
    """Whether an exposure lies at least partly inside the infectious window of its source.

    Raises:
        ValueError: the exposure ends before it begins.
    """
    if until < from_at:
        raise ValueError(f"an exposure must not end before it begins; got {from_at} to {until}")
    if until == from_at:
        return window.holds(from_at)
    return until > window.from_at and (window.until is None or from_at < window.until)


def setting_rule(pack: RulePack, setting: str, *, degree: int, protected: bool = False) -> Setting | None:
    """The rule that makes this way of being near a contact of this degree, or None if none does.

    Effective protection undoes a setting whose rule says so.
    """
    for rule in pack.of(Setting):
        if rule.setting == setting and degree in rule.degrees:
            return None if protected and rule.protected_excluded else rule
    return None


def priority(pack: RulePack, *, degree: int, setting: str | None, last_exposure_at: datetime) -> tuple[int, int, float]:
    """The place of a contact in the work list: degree 1 first, then by setting, then the latest exposure first.

    The household comes first: 43 to 77 % of an Omicron case's household were infected.
    """
    rule = setting_rule(pack, setting, degree=degree) if setting else None
    return (degree, rule.priority if rule else 99, -last_exposure_at.timestamp())
