"""Figures of judgement (研判): risks, the goal's clock, press conferences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from chainbreak.investigation.models import Outbreak

from ..models import Assessment, PressConference
from ..wording import en_day, en_ordinal, zh_day, zh_number
from .context import Context
from .figure import Answer, Definition, Records, nothing, register
from .instant import ZONE

RISKS = {
    "risk.community": ("大范围社区传播风险", "large community spread: "),
    "risk.spillover": ("外溢风险", "spill-over: "),
}
LEVELS = {
    "risk.community": {
        "lower": ("较小", "smaller risk"), "medium": ("中等", "medium risk"), "higher": ("较大", "greater risk"),
    },
    "risk.spillover": {
        "lower": ("较低", "lower risk"), "medium": ("中等", "medium risk"), "higher": ("较高", "higher risk"),
    },
}  # fmt: skip
ASSESSMENT_COLUMNS = (
    ("topic", gettext_noop("topic")),
    ("level", gettext_noop("level")),
    ("basis", gettext_noop("basis")),
    ("confidence", gettext_noop("confidence")),
    ("author", gettext_noop("author")),
    ("valid_from", gettext_noop("since")),
    ("expires_at", gettext_noop("expires")),
)
PRESS_COLUMNS = (
    ("number", gettext_noop("number")),
    ("held_at", gettext_noop("held")),
    ("as_of", gettext_noop("as of")),
)
OUTBREAK_COLUMNS = (("code", gettext_noop("outbreak")), ("detected_at", gettext_noop("detected")))


def assessments(context: Context, topic: str) -> QuerySet[Assessment]:
    """Assessments of a topic that had begun by then, newest first, expired ones too."""
    return (
        Assessment.objects.known_at(context.as_known)
        .filter(outbreak=context.outbreak, topic=topic, valid_from__lt=context.as_of)
        .order_by("-valid_from", "-pk")
    )


def _risk(context: Context, *, topic: str) -> Answer:
    """The newest assessment; an expired one is not quoted (E3 34)."""
    newest = assessments(context, topic).first()
    if newest is None:
        return nothing("no_assessment")
    if newest.expires_at < context.as_of:
        return nothing("expired", expired_at=newest.expires_at.isoformat())
    of_zh, of_en = RISKS[topic]
    zh, en = LEVELS[topic].get(newest.level, (newest.level, newest.level))
    return Answer(newest.level, of_zh + zh, of_en + en)


def _risk_records(context: Context, *, topic: str) -> Records:
    return Records(assessments(context, topic).order_by("pk"), ASSESSMENT_COLUMNS)


def _clock(context: Context) -> Answer:
    """Which day of the goal it is; day 1 is the day of detection, the goal is one incubation period of the pack."""
    if context.as_of <= context.outbreak.detected_at:
        return nothing("not_yet")
    if not context.pack.has("goal.incubation_days"):
        return nothing("no_goal_in_pack")
    days = int(context.pack.value("goal.incubation_days"))
    detected = context.outbreak.detected_at.astimezone(ZONE).date()
    today, until = (context.day.date() - detected).days + 1, detected + timedelta(days=days)
    if today > days:
        zh, en = f"已超过一个潜伏期（至{zh_day(until)}）", f"one incubation period has passed (by {en_day(until)})"
    else:
        zh, en = "力争在一个潜伏期内扑灭", f"aim: end within one incubation period (by {en_day(until)})"
    return Answer(f"day {today} of {days}", zh, en, facts={"until": until.isoformat()})


def _clock_records(context: Context) -> Records:
    return Records(Outbreak.objects.filter(pk=context.outbreak.pk).order_by("pk"), OUTBREAK_COLUMNS)


def _held(context: Context) -> QuerySet[PressConference]:
    """Press conferences whose figures were as of then or before."""
    rows = PressConference.objects.known_at(context.as_known).filter(outbreak=context.outbreak)
    return rows.filter(as_of__lte=context.as_of) | rows.filter(as_of__isnull=True, held_at__lt=context.as_of)


def _press(context: Context) -> Answer:
    newest = _held(context).order_by("-number").first()
    if newest is None:
        return nothing("no_press_conference")
    n = newest.number
    return Answer(n, f"第{zh_number(n)}场新闻发布会", f"{en_ordinal(n)} press conference")


def _press_records(context: Context) -> Records:
    return Records(_held(context).order_by("pk"), PRESS_COLUMNS)


@register(60)
def figures(context: Context) -> Iterable[Definition]:
    """Two risks, the clock and the number of the press conference."""
    for topic in RISKS:
        yield Definition(topic, "level", "outbreak", partial(_risk, topic=topic), partial(_risk_records, topic=topic))
    yield Definition("goal.clock", "text", "internal", _clock, _clock_records)
    yield Definition("series.press", "number", "outbreak", _press, _press_records)
