"""When a round will end at the pace it goes (轮次预计完成): projection, and which jurisdiction is weakest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class Projection:
    """The end at the pace of the last stretch, and the room to the deadline; None while nothing moves."""

    ends_at: datetime | None
    slack: timedelta | None

    @property
    def late(self) -> bool:
        """Whether the deadline will not be kept at this pace; unknown is late where work is left."""
        return self.slack is None or self.slack < timedelta(0)


def projected(
    *, due: int, done: int, per_hour: float, as_of: datetime, deadline: datetime, last_at: datetime | None = None
) -> Projection:
    """When `due` will be done if it goes on as in the last stretch. What is done already ended with its last piece.

    >>> from datetime import UTC
    >>> at = datetime(2022, 3, 27, 10, tzinfo=UTC)
    >>> projected(due=100, done=40, per_hour=30, as_of=at, deadline=at + timedelta(hours=1)).ends_at.hour
    12
    """
    left = due - done
    if left <= 0:
        ends = last_at or as_of
        return Projection(ends, deadline - ends)
    if per_hour <= 0:
        return Projection(None, None)
    hours = left / per_hour
    if hours > LONGEST / timedelta(hours=1):
        return Projection(None, None)
    ends = as_of + timedelta(hours=hours)
    return Projection(ends, deadline - ends)
