"""The clocks of the headquarters (时钟): the round's two deadlines and the next bulletin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from chainbreak.investigation.models import Outbreak
from chainbreak.screening.models import Round, RoundEvent

from ..models import Bulletin

DAY = timedelta(days=1)
TESTED = ("complete", "reconciled", "published")
SAMPLED = ("sampling_closed", "testing", *TESTED)


@dataclass(frozen=True)
class Clock:
    """One thing that is awaited: its code, what it belongs to, when it is due; `done`, or `over` where that has passed."""

    code: str
    subject: str
    due_at: datetime
    over: bool
    done: bool = False


def clocks(outbreak: Outbreak, *, as_of: datetime) -> list[Clock]:
    """What is due next: sampling and testing of the newest round that had begun, and the next bulletin.

    A round whose testing deadline is more than a day past is not awaited any more.
    """
    found = []
    steps = RoundEvent.objects.known_at(None).filter(round=OuterRef("pk"), at__lt=as_of).order_by("-at", "-pk")
    begun = Round.objects.filter(outbreak_code=outbreak.code, start_at__lt=as_of, purpose="mass_round")
    newest = begun.annotate(state=Subquery(steps.values("state")[:1])).order_by("-start_at").first()
    if newest is not None and newest.test_due_at > as_of - DAY:
        subject = f"{newest.series}-{newest.number}"
        for code, due_at, ended in (
            ("round_sampling", newest.sample_due_at, SAMPLED),
            ("round_testing", newest.test_due_at, TESTED),
        ):
            done = newest.state in ended
            found.append(Clock(code, subject, due_at, due_at <= as_of and not done, done))
    last = Bulletin.objects.filter(outbreak=outbreak, as_of__lte=as_of, state="published").order_by("-as_of").first()
    if last is not None:
        due = last.as_of + DAY
        found.append(Clock("bulletin", "", due, due <= as_of))
    return found
