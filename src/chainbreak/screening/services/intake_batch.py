"""What a sampling table sends together (登记批次), and its events, their form checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from chainbreak.epi.round_intake import Verdict


class Event(NamedTuple):
    """One event of a device, its form checked; the id is that of a UUID, written small and with hyphens."""

    event_id: str
    kind: str
    barcode: str
    at: datetime
    person: str = ""
    position: int | None = None
    members: int | None = None
    pool_limit: int | None = None


@dataclass(slots=True)
class Batch:
    """The events one device sent together, for one round."""

    device_id: int
    user_id: int | None
    area_code: str
    round_id: int
    pool_size: int
    site_id: int | None
    table: str
    sent_at: datetime | None
    events: Sequence[Event]
    verdicts: list[Verdict] = field(default_factory=list)
    malformed: int = 0
    behind: timedelta = timedelta(0)  # how far the device's clock is behind ours
    stem: str = ""

    def at(self, event: Event, now: datetime) -> datetime:
        """The instant of an event by our clock, never in the future."""
        at = event.at + self.behind if self.behind else event.at
        return at if at <= now else now


class Again(Exception):
    """Somebody else wrote in between: look again."""
