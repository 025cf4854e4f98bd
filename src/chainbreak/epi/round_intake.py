"""What becomes of a registration from a sampling table (采样登记判定): pure, one event at a time (E3 15).

Told on the spot, a table can take another tube or send the person on. Told late, from a device that was without a
network, the swab lies in a tube already: nothing is thrown away, people decide, and both tubes are marked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

LATE = timedelta(minutes=2)
SKEW = timedelta(minutes=2)
MOST_IN_A_TUBE = 20
ACCEPTED, DUPLICATE, CONFLICT, REFUSED = "accepted", "duplicate", "conflict", "refused"


@dataclass
class TubeNow:
    """One tube as it stands: its limit, the persons in it by position, when and by which device it was sealed."""

    round_id: int | None
    limit: int
    members: dict[int, int] = field(default_factory=dict)
    sealed_at: datetime | None = None
    sealed_by: int | None = None
    has_result: bool = False

    def free(self) -> int | None:
        """The lowest free position; None when the tube is full."""
        for place in range(1, self.limit + 1):
            if place not in self.members:
                return place
        return None


@dataclass(frozen=True)
class Verdict:
    """What an event becomes: the outcome, why, and for an accepted swab its place in the tube."""

    outcome: str
    reason: str = ""
    position: int | None = None


_AT = tuple(Verdict(ACCEPTED, position=place) for place in range(MOST_IN_A_TUBE + 1))  # one for each place: made once


def judged_swab(
    tube: TubeNow, *, round_id: int, person: int | None, at: datetime, wanted: int | None, elsewhere: bool, late: bool
) -> Verdict:
    """A swab into a tube: accepted with a position, or why not.

    Args:
        person: None when nobody has the number.
        wanted: the position the table gave; taken by somebody else, the next free one is given.
        elsewhere: the person has a swab of this round in another tube.
        late: known after the fact, so that a refusal would lose it: it becomes a conflict for people.
    """
    if tube.round_id is not None and tube.round_id != round_id:
        return Verdict(REFUSED, "tube_of_another_round")
    no = CONFLICT if late else REFUSED
    if person is None:
        return Verdict(no, "unknown_person")
    if elsewhere:
        return Verdict(no, "same_person")
    if tube.has_result or (tube.sealed_at is not None and at > tube.sealed_at):
        return Verdict(no, "after_sealing")
    free = tube.free()
    if free is None:
        return Verdict(no, "tube_full")
    if wanted is not None and 1 <= wanted <= tube.limit and wanted not in tube.members:
        free = wanted
    return _AT[free]


def judged_seal(tube: TubeNow, *, round_id: int, device: int) -> Verdict:
    """A tube is sealed once. The same device saying it again says nothing new; another device contradicts it."""
    if tube.round_id is not None and tube.round_id != round_id:
        return Verdict(REFUSED, "tube_of_another_round")
    if tube.sealed_at is None:
        return Verdict(ACCEPTED)
    return Verdict(DUPLICATE) if tube.sealed_by == device else Verdict(CONFLICT, "sealed_twice")


def by_our_clock(at: datetime, *, sent_at: datetime | None, received_at: datetime) -> tuple[datetime, timedelta]:
    """The instant of an event by the server's clock, and how far the device's clock is behind it.

    A device says what its clock shows when it sends; what that differs from ours is the error of the clock. Small
    differences are the network's. No event lies in the future.
    """
    behind = received_at - sent_at if sent_at is not None else timedelta(0)
    if abs(behind) <= SKEW:
        behind = timedelta(0)
    return min(at + behind, received_at), behind
