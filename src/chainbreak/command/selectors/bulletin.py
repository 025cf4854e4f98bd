"""Bulletins as they are read (通报): what was frozen, grouped into paragraphs, with what a correction changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.db.models import QuerySet

from chainbreak.governance.refusal import Refused
from chainbreak.investigation.models import Outbreak

from ..models import Bulletin, BulletinFact, BulletinState
from .instant import ZONE
from .reconciliation import Reconciliation

STATES = BulletinState.choices
GROUPS = (
    "case",
    "contact",
    "facility",
    "stay",
    "round",
    "site",
    "sequence",
    "link",
    "trajectory",
    "risk",
    "goal",
    "series",
)
SAME_PARAGRAPH = {"stay": "facility", "site": "round", "link": "sequence", "trajectory": "sequence", "goal": "risk"}
PEOPLE = ("persons", "cases")


@dataclass(frozen=True)
class Printed:
    """A bulletin ready to be printed in one language: title, as-of line, paragraphs, what it corrects."""

    title: str
    as_of: str
    paragraphs: tuple[str, ...]
    corrections: tuple[str, ...]
    state: str
    number: int


def bulletins(outbreak: Outbreak | None = None) -> QuerySet[Bulletin]:
    """Bulletins, newest first."""
    found = Bulletin.objects.select_related("outbreak", "computed_by", "checked_by", "approved_by", "corrects")
    return (found.filter(outbreak=outbreak) if outbreak else found).order_by("-as_of", "-number", "-pk")


def bulletin_of(number: int) -> Bulletin:
    """One bulletin by its record number.

    Raises:
        Refused("unknown_bulletin"): there is none.
    """
    found = bulletins().filter(pk=number).first()
    if found is None:
        raise Refused("unknown_bulletin", number=number)
    return found


def facts(bulletin: Bulletin) -> list[BulletinFact]:
    """Its figures in the order of print."""
    return list(bulletin.facts.order_by("position"))


def changed(found: list[BulletinFact]) -> list[BulletinFact]:
    """Those that a correction changed."""
    return [fact for fact in found if fact.previous is not None]


def needs_review(found: list[BulletinFact], least: int) -> list[str]:
    """The keys that may be published after a review only: small cells and relations between cases (P-14)."""
    keys = []
    for fact in found:
        small = fact.unit in PEOPLE and isinstance(fact.value, int) and 0 < fact.value < least
        if small or (fact.key == "case.new.relation" and fact.value is not None):
            keys.append(fact.key)
    return keys


def reconciliation(bulletin: Bulletin) -> Reconciliation | None:
    """Table R-1 as it was when the bulletin was computed."""
    return Reconciliation.from_json(bulletin.reconciliation) if bulletin.reconciliation else None


def printed(bulletin: Bulletin, found: list[BulletinFact], language: str) -> Printed:
    """The bulletin in Chinese (`zh`) or English (`en`), from its frozen figures only."""
    chinese = language == "zh"
    day = (bulletin.as_of - timedelta(microseconds=1)).astimezone(ZONE)
    local = bulletin.as_of.astimezone(ZONE)
    whole_day = (local.hour, local.minute, local.second) == (0, 0, 0)
    name = bulletin.outbreak.name_zh if chinese else bulletin.outbreak.name_en
    correction = bulletin.corrects_id is not None
    if chinese:
        title = f"{name}情况通报 第{bulletin.number}号" + ("（更正）" if correction else "")
        when = f"截至{day:%Y}年{day.month}月{day.day}日24时" if whole_day else f"截至{local:%Y年%m月%d日%H时%M分}"
    else:
        title = f"{name}: bulletin no. {bulletin.number}" + (" (correction)" if correction else "")
        when = f"As of {day.day} {day:%B %Y} 24:00" if whole_day else f"As of {local:%d %B %Y %H:%M}"
    return Printed(
        title, when, tuple(_paragraphs(found, chinese)), tuple(_corrections(found, chinese)), bulletin.state,
        bulletin.number,
    )  # fmt: skip


def _paragraphs(found: list[BulletinFact], chinese: bool) -> list[str]:
    said = [fact for fact in found if fact.value is not None and (fact.zh if chinese else fact.en)]
    paragraphs = []
    for _, group in groupby(said, key=lambda fact: SAME_PARAGRAPH.get(_group(fact.key), _group(fact.key))):
        sentences = [fact.zh if chinese else fact.en for fact in group]
        text = "，".join(sentences) + "。" if chinese else "; ".join(sentences) + "."
        paragraphs.append(text if chinese else text[0].upper() + text[1:])
    return paragraphs


def _corrections(found: list[BulletinFact], chinese: bool) -> list[str]:
    lines = []
    for fact in changed(found):
        before = (fact.previous or {}).get("zh" if chinese else "en") or ("未公布" if chinese else "not printed")
        now = (fact.zh if chinese else fact.en) or ("不公布" if chinese else "not printed")
        lines.append(f"原为：{before}；现为：{now}" if chinese else f"Was: {before}. Is: {now}.")
    return lines


def _group(key: str) -> str:
    return key.split(".")[0]
